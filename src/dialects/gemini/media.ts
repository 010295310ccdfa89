import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ContentPart, File, InputAudio } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';

/** Bytes inside a request. */
export interface InlineMedia {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** An image that has to be fetched before the request can be encoded. */
export interface RemoteImage {
  readonly url: string;
  /** Where it stands in the request. */
  readonly param: string;
}

/** Media types by the ends of file names: ai.google.dev/gemini-api/docs/document-processing, /vision, /audio and /video-understanding. */
const mimeTypes: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['html', 'text/html'],
  ['csv', 'text/csv'],
  ['xml', 'text/xml'],
  ['json', 'application/json'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['aac', 'audio/aac'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/mov'],
  ['webm', 'video/webm'],
]);

/** Files that Google keeps, which its models open themselves: ai.google.dev/gemini-api/docs/files, and Cloud Storage. */
const googleFile = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/[^?#]*\/files\/|files\/)/;

const filesPath = 'https://generativelanguage.googleapis.com/v1beta/';

/** Lists the images that Google does not fetch itself, in their order, each address once. */
export function listRemoteImages(request: ChatCompletionRequest): RemoteImage[] {
  const images = new Map<string, RemoteImage>();
  for (const [at, message] of request.messages.entries()) {
    for (const [index, { part }] of message.contentParts.entries()) {
      if (part.case !== 'imageUrl' || isHeldOrInline(part.value.url) || images.has(part.value.url)) continue;
      images.set(part.value.url, { url: part.value.url, param: `messages[${at}].content[${index}].image_url.url` });
    }
  }
  return [...images.values()];
}

/**
 * Encodes an image, audio or file.
 *
 * @param fetched - the remote images, by address.
 * @returns `undefined`: it is none of these, or cannot be sent.
 */
export function encodeMedia(
  part: ContentPart['part'],
  fetched: ReadonlyMap<string, InlineMedia>,
): JsonObject | undefined {
  switch (part.case) {
    case 'imageUrl': {
      const { url } = part.value;
      const media = fetched.get(url) ?? parseDataUri(url, 'image/jpeg');
      return media === undefined ? encodeFileUri(url, undefined) : encodeInline(media);
    }
    case 'inputAudio':
      return encodeAudio(part.value);
    case 'file':
      return encodeFile(part.value);
    default:
      return undefined;
  }
}

function isHeldOrInline(url: string): boolean {
  return isDataUri(url) || googleFile.test(url);
}

function isDataUri(url: string): boolean {
  return url.slice(0, 5).toLowerCase() === 'data:';
}

/** Of audio in data URIs too, which some clients send. */
function encodeAudio({ data, format }: InputAudio): JsonObject {
  const mimeType = mimeTypes.get(format.toLowerCase()) ?? `audio/${format.toLowerCase()}`;
  return encodeInline(parseDataUri(data, mimeType) ?? { mimeType, data });
}

/** A file as a data URI or bare base64, or one that Google keeps or can fetch. */
function encodeFile({ filename, fileData, fileId }: File): JsonObject | undefined {
  const extension = filename?.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  const mimeType = mimeTypes.get(extension ?? '');
  if (fileId) return encodeFileUri(fileId, mimeType);
  if (!fileData) return undefined;
  const media = parseDataUri(fileData, mimeType ?? 'application/octet-stream');
  if (media !== undefined) return encodeInline(media);
  return encodeFileUri(fileData, mimeType) ?? encodeInline({ mimeType: mimeType ?? 'application/pdf', data: fileData });
}

/** ai.google.dev/gemini-api/docs/file-input-methods: files of the Files API, of Cloud Storage, and public addresses. */
function encodeFileUri(uri: string, mimeType: string | undefined): JsonObject | undefined {
  if (!googleFile.test(uri) && !uri.startsWith('https://')) return undefined;
  const fileUri = uri.startsWith('files/') ? filesPath + uri : uri;
  return { fileData: { fileUri, ...(mimeType !== undefined && { mimeType }) } };
}

function encodeInline({ mimeType, data }: InlineMedia): JsonObject {
  return { inlineData: { mimeType, data } };
}

/** Takes a data URI apart (RFC 2397). `undefined`: it is none. */
function parseDataUri(uri: string, defaultType: string): InlineMedia | undefined {
  const comma = isDataUri(uri) ? uri.indexOf(',') : -1;
  if (comma === -1) return undefined;
  const [type = '', ...parameters] = uri.slice(5, comma).split(';');
  const mimeType = type.trim().toLowerCase() || defaultType;
  const data = uri.slice(comma + 1);
  if (parameters.some((parameter) => parameter.trim().toLowerCase() === 'base64')) return { mimeType, data };
  return { mimeType, data: Buffer.from(decodePercents(data), 'latin1').toString('base64') };
}

/** The bytes that percent-encoded text stands for, one character each. */
function decodePercents(data: string): string {
  return Buffer.from(data, 'utf8')
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
