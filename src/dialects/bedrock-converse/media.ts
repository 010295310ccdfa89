import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { File, InputAudio } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import type { DocumentNames } from './document-names.ts';
import { createRefusal } from './warnings.ts';

/** Bytes inside a request. */
export interface InlineMedia {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** An image that has to be fetched before the request can be encoded: Bedrock takes only bytes. */
export interface RemoteImage {
  readonly url: string;
  /** Where it stands in the request. */
  readonly param: string;
}

/** docs.aws.amazon.com/bedrock/latest/APIReference: ImageBlock, DocumentBlock, VideoBlock and AudioBlock. */
const formats: ReadonlyMap<string, readonly [kind: 'image' | 'document' | 'video' | 'audio', format: string]> = new Map(
  [
    ['image/png', ['image', 'png']],
    ['image/jpeg', ['image', 'jpeg']],
    ['image/jpg', ['image', 'jpeg']],
    ['image/gif', ['image', 'gif']],
    ['image/webp', ['image', 'webp']],
    ['application/pdf', ['document', 'pdf']],
    ['text/csv', ['document', 'csv']],
    ['text/html', ['document', 'html']],
    ['text/markdown', ['document', 'md']],
    ['text/plain', ['document', 'txt']],
    ['application/json', ['document', 'txt']],
    ['application/msword', ['document', 'doc']],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', ['document', 'docx']],
    ['application/vnd.ms-excel', ['document', 'xls']],
    ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ['document', 'xlsx']],
    ['video/mp4', ['video', 'mp4']],
    ['video/quicktime', ['video', 'mov']],
    ['video/x-matroska', ['video', 'mkv']],
    ['video/webm', ['video', 'webm']],
    ['video/mpeg', ['video', 'mpeg']],
    ['video/x-flv', ['video', 'flv']],
    ['video/x-ms-wmv', ['video', 'wmv']],
    ['video/3gpp', ['video', 'three_gp']],
    ['audio/wav', ['audio', 'wav']],
    ['audio/x-wav', ['audio', 'wav']],
    ['audio/mp3', ['audio', 'mp3']],
    ['audio/mpeg', ['audio', 'mp3']],
    ['audio/flac', ['audio', 'flac']],
    ['audio/ogg', ['audio', 'ogg']],
    ['audio/aac', ['audio', 'aac']],
    ['audio/opus', ['audio', 'opus']],
  ],
);

/** Media types by the ends of file names. */
const mimeTypes: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['pdf', 'application/pdf'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['md', 'text/markdown'],
  ['txt', 'text/plain'],
  ['json', 'application/json'],
  ['doc', 'application/msword'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['mkv', 'video/x-matroska'],
  ['webm', 'video/webm'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
]);

/** Lists the images that must be fetched, in their order, each address once. */
export function listRemoteImages({ messages }: ChatCompletionRequest): RemoteImage[] {
  const images = new Map<string, RemoteImage>();
  for (const [at, { contentParts }] of messages.entries()) {
    for (const [index, { part }] of contentParts.entries()) {
      if (part.case !== 'imageUrl' || !/^https?:\/\//i.test(part.value.url) || images.has(part.value.url)) continue;
      images.set(part.value.url, { url: part.value.url, param: `messages[${at}].content[${index}].image_url.url` });
    }
  }
  return [...images.values()];
}

/** What media are encoded with. */
export interface MediaContext {
  /** The remote images, by address. */
  readonly fetched: ReadonlyMap<string, InlineMedia>;
  readonly documentNames: DocumentNames;
}

/**
 * Encodes an image.
 *
 * @param path - where it stands, for errors.
 * @throws SignalboxError PROVIDER_REFUSED for an address that is not read, and for what is no image.
 */
export function encodeImage(url: string, path: string, context: MediaContext): JsonObject {
  const media = context.fetched.get(url) ?? parseDataUri(url);
  if (media === undefined) throw createRefusal(path, 'The address of an image must be an https URL or a data URI.');
  return encodeMedia(media, undefined, path, context);
}

/** Encodes audio, which some clients send as a data URI. */
export function encodeAudio({ data, format }: InputAudio): JsonObject {
  return { audio: { format: format.toLowerCase(), source: { bytes: parseDataUri(data)?.data ?? data } } };
}

/**
 * Encodes a file by what it says it is: a document, an image or a video.
 *
 * @throws SignalboxError PROVIDER_REFUSED for files that Bedrock does not take, and for those that are not in the request.
 */
export function encodeFile({ filename, fileData, fileId }: File, path: string, context: MediaContext): JsonObject {
  if (!fileData) {
    const what = fileId ? 'Bedrock keeps no files' : 'A file needs file_data';
    throw createRefusal(path, `${what}. Send file_data as a data URI.`);
  }
  const named = mimeTypes.get(filename?.split('.').at(-1)?.toLowerCase() ?? '') ?? '';
  const media = parseDataUri(fileData);
  if (media !== undefined) {
    const isNamed = formats.has(media.mimeType) || named === '';
    return encodeMedia({ ...media, mimeType: isNamed ? media.mimeType : named }, filename, path, context);
  }
  if (/^[a-z0-9]+:/i.test(fileData)) {
    throw createRefusal(path, 'Bedrock does not fetch files. Send file_data as a data URI.');
  }
  // Some clients send the base64 without what should stand before it. "%PDF" is how a PDF begins (ISO 32000-1 §7.5.2).
  const mimeType = fileData.startsWith('JVBERi') ? 'application/pdf' : named;
  return encodeMedia({ mimeType, data: fileData }, filename, path, context);
}

function encodeMedia(
  media: InlineMedia,
  filename: string | undefined,
  path: string,
  context: MediaContext,
): JsonObject {
  const [kind, format] = formats.get(media.mimeType) ?? guessFormat(media.mimeType);
  if (kind === undefined) {
    const what = media.mimeType.slice(0, 100) || 'this';
    throw createRefusal(path, `Bedrock takes images, PDFs, texts, office files and videos, not ${what}.`);
  }
  const source = { bytes: media.data };
  if (kind !== 'document') return { [kind]: { format, source } };
  return { document: { name: context.documentNames.choose(filename), format, source } };
}

/** Texts of every other kind are text. */
function guessFormat(mimeType: string): readonly ['document', 'txt'] | readonly [undefined, undefined] {
  return mimeType.startsWith('text/') ? ['document', 'txt'] : [undefined, undefined];
}

/** Takes a data URI apart (RFC 2397). `undefined`: it is none. */
function parseDataUri(uri: string): InlineMedia | undefined {
  const comma = /^data:/i.test(uri) ? uri.indexOf(',') : -1;
  if (comma === -1) return undefined;
  const [mimeType = '', ...parameters] = uri.slice('data:'.length, comma).toLowerCase().split(';');
  const data = uri.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64');
  return { mimeType: mimeType.trim(), data: isBase64 ? data : encodeBytes(data) };
}

/** The bytes that percent-encoded text stands for. */
function encodeBytes(data: string): string {
  const bytes = Buffer.from(data, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1').toString('base64');
}
