import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ContentPart, File, InputAudio } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { isDataUri, parseDataUri } from '../data-uri.ts';
import { mimeTypeOf } from '../file-mime-type.ts';
import { type InlineMedia, listImages, type RemoteImage } from '../remote-images.ts';

/** Files that Google keeps, which its models open themselves: ai.google.dev/gemini-api/docs/files, and Cloud Storage. */
const googleFile = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/[^?#]*\/files\/|files\/)/;

/**
 * Google's names for types that have another: ai.google.dev/gemini-api/docs/video-understanding and #image-understanding, which knows JPEG
 * by its registered name alone.
 */
const googleNames: ReadonlyMap<string, string> = new Map([
  ['video/quicktime', 'video/mov'],
  ['image/jpg', 'image/jpeg'],
]);

const filesPath = 'https://generativelanguage.googleapis.com/v1beta/';

/** Lists the images that Google does not fetch itself. */
export function listRemoteImages(request: ChatCompletionRequest): RemoteImage[] {
  return listImages(request, (url) => !isDataUri(url) && !googleFile.test(url));
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
      const media = fetched.get(url) ?? parseMedia(url, 'image/jpeg');
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

/** Of audio in data URIs too, which some clients send. */
function encodeAudio({ data, format }: InputAudio): JsonObject {
  const mimeType = mimeTypeOf(format) || `audio/${format.toLowerCase()}`;
  return encodeInline(parseMedia(data, mimeType) ?? { mimeType, data });
}

/** A file as a data URI or bare base64, or one that Google keeps or can fetch. */
function encodeFile({ filename, fileData, fileId }: File): JsonObject | undefined {
  const mimeType = findType(filename);
  if (fileId) return encodeFileUri(fileId, mimeType);
  if (!fileData) return undefined;
  const media = parseMedia(fileData, mimeType ?? 'application/octet-stream');
  if (media !== undefined) return encodeInline(media);
  // Base64 has no colon: this is an address that Google does not open, or a data URI that is malformed.
  if (/^[a-z][a-z0-9+.-]{0,30}:/i.test(fileData) && !isOpenedByGoogle(fileData)) return undefined;
  return encodeFileUri(fileData, mimeType) ?? encodeInline({ mimeType: mimeType ?? 'application/pdf', data: fileData });
}

/** ai.google.dev/gemini-api/docs/file-input-methods: files of the Files API, of Cloud Storage, and public addresses. */
function encodeFileUri(uri: string, mimeType: string | undefined): JsonObject | undefined {
  if (!isOpenedByGoogle(uri)) return undefined;
  const fileUri = uri.startsWith('files/') ? filesPath + uri : uri;
  // Vertex AI does not look itself what a file of Cloud Storage is.
  const type = mimeType ?? findType(uri);
  return { fileData: { fileUri, ...(type !== undefined && { mimeType: type }) } };
}

/** What the end of a name tells, in Google's words. */
function findType(name: string | undefined): string | undefined {
  const type = mimeTypeOf(name);
  return googleNames.get(type) ?? (type || undefined);
}

function isOpenedByGoogle(uri: string): boolean {
  return googleFile.test(uri) || uri.startsWith('https://');
}

function encodeInline({ mimeType, data }: InlineMedia): JsonObject {
  return { inlineData: { mimeType, data } };
}

function parseMedia(uri: string, defaultType: string): InlineMedia | undefined {
  const media = parseDataUri(uri);
  if (media === undefined) return undefined;
  const mimeType = media.mimeType || defaultType;
  return { ...media, mimeType: googleNames.get(mimeType) ?? mimeType };
}
