import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { File, InputAudio } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { isDataUri, parseDataUri } from '../data-uri.ts';
import { mimeTypeOf } from '../file-mime-type.ts';
import { createImageFault, createRefusal, createRequestFault } from '../refusal.ts';
import { type InlineMedia, listImages, type RemoteImage } from '../remote-images.ts';
import type { DocumentNames } from './document-names.ts';

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

/** Lists the images that must be fetched before a request can be encoded: Bedrock takes only bytes. */
export function listRemoteImages(request: ChatCompletionRequest): RemoteImage[] {
  return listImages(request, (url) => /^https?:\/\//i.test(url));
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
 * @throws SignalboxError PROVIDER_REFUSED for an address that nobody can read, and REQUEST_UNSUPPORTED for what Bedrock does not take.
 */
export function encodeImage(url: string, path: string, context: MediaContext): JsonObject {
  const media = context.fetched.get(url) ?? parseDataUri(url);
  if (media === undefined) throw createImageFault(path, url);
  return encodeMedia(media, undefined, path, context);
}

/** Encodes audio, which some clients send as a data URI. */
export function encodeAudio({ data, format }: InputAudio): JsonObject {
  return { audio: { format: format.toLowerCase(), source: { bytes: parseDataUri(data)?.data ?? data } } };
}

/**
 * Encodes a file by what it says it is: a document, an image or a video.
 *
 * @throws SignalboxError REQUEST_UNSUPPORTED for files that Bedrock does not take or would have to fetch, and PROVIDER_REFUSED for those
 *   without data.
 */
export function encodeFile({ filename, fileData, fileId }: File, path: string, context: MediaContext): JsonObject {
  if (!fileData) {
    if (fileId) throw createRefusal(path, 'Bedrock keeps no files. Send file_data as a data URI.');
    throw createRequestFault(path, 'A file needs file_data. Send file_data as a data URI.');
  }
  const named = mimeTypeOf(filename);
  const media = parseDataUri(fileData);
  if (media !== undefined) {
    const isNamed = formats.has(media.mimeType) || named === '';
    return encodeMedia({ ...media, mimeType: isNamed ? media.mimeType : named }, filename, path, context);
  }
  if (isDataUri(fileData)) throw createRequestFault(path, 'The data URI of the file is malformed.');
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
