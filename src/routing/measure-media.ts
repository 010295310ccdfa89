import type { ContentPart, File } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { Modality } from '../catalog/catalog-model.ts';
import { isJsonObject } from '../core/json.ts';

/** A part of a message that is not text. */
export interface Media {
  readonly modality: Exclude<Modality, 'text'>;
  /** In lower case, without parameters. Empty: not known. */
  readonly mimeType: string;
  /** Its size. `undefined`: it is elsewhere, so its size is not known. */
  readonly byteCount: number | undefined;
  /** Whether the client asks to look at an image cursorily. */
  readonly isLowDetail: boolean;
}

/** Types of files by the ends of their names, as far as it matters what they are. */
const mimeTypesByEnding: ReadonlyMap<string, string> = new Map([
  ...['txt', 'log', 'md', 'csv', 'html', 'xml', 'yaml', 'yml', 'json'].map((ending) => [ending, 'text/plain'] as const),
  ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'heic', 'heif'].map((ending) => [ending, 'image/*'] as const),
  ...['wav', 'mp3', 'aac', 'ogg', 'flac', 'm4a'].map((ending) => [ending, 'audio/*'] as const),
  ...['mp4', 'mov', 'webm', 'mkv', 'mpeg'].map((ending) => [ending, 'video/*'] as const),
]);

/** No media type with its parameters is longer. A longer head is not looked through. */
const maxHeadLength = 512;

/** How deep and how long a part of an unknown type is searched for what it carries. */
const maxDepth = 4;

/** What a part carries beside text, without decoding it. `undefined`: it is text, or of a type that nobody here knows. */
export function measureMedia({ part }: ContentPart): Media | undefined {
  switch (part.case) {
    case 'imageUrl':
      return {
        modality: 'image',
        ...measureUri(part.value.url),
        isLowDetail: part.value.detail === 'low',
      };
    case 'inputAudio': {
      const { data, format } = part.value;
      const { mimeType, byteCount } = measureData(data);
      return {
        modality: 'audio',
        mimeType: mimeType || `audio/${format.toLowerCase()}`,
        byteCount,
        isLowDetail: false,
      };
    }
    case 'file':
      return measureFile(part.value);
    case 'other':
      return measureOther(part.value);
    default:
      return undefined;
  }
}

function measureFile({ filename, fileData }: File): Media {
  const { mimeType: given, byteCount } = fileData === undefined ? unknownData : measureData(fileData);
  const ending = filename?.slice(filename.lastIndexOf('.') + 1).toLowerCase() ?? '';
  const mimeType =
    given === '' || given === 'application/octet-stream' ? (mimeTypesByEnding.get(ending) ?? given) : given;
  return { modality: modalityOf(mimeType), mimeType, byteCount, isLowDetail: false };
}

/** Parts such as `{type: 'video_url', video_url: {url}}`, which some providers take beyond what OpenAI does. */
function measureOther(part: { readonly [key: string]: unknown }): Media | undefined {
  const type = typeof part['type'] === 'string' ? part['type'] : '';
  const named = /image|audio|video|file|document/.exec(type)?.[0];
  if (named === undefined) return undefined;
  const { mimeType, byteCount } = measureUri(findUri(part, maxDepth) ?? '');
  const modality = named === 'document' ? 'file' : (modalities.find((modality) => modality === named) ?? 'file');
  return { modality, mimeType, byteCount, isLowDetail: false };
}

const modalities = ['image', 'audio', 'video', 'file'] as const;

/** The first address or data URI in a part. */
function findUri(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return /^(?:data|https?|gs|s3):/i.test(value) ? value : undefined;
  if (depth === 0 || !isJsonObject(value)) return undefined;
  for (const field of Object.values(value)) {
    const uri = findUri(field, depth - 1);
    if (uri !== undefined) return uri;
  }
  return undefined;
}

/** The modality that a media type belongs to. */
function modalityOf(mimeType: string): Media['modality'] {
  const slash = mimeType.indexOf('/');
  return modalities.find((modality) => modality === mimeType.slice(0, slash)) ?? 'file';
}

interface MeasuredData {
  readonly mimeType: string;
  readonly byteCount: number | undefined;
}

const unknownData: MeasuredData = { mimeType: '', byteCount: undefined };

/** A data URI, an address, or bare base64. */
function measureData(data: string): MeasuredData {
  return /^[a-z][a-z\d+.-]{0,20}:/i.test(data)
    ? measureUri(data)
    : { mimeType: '', byteCount: decodedLength(data.length) };
}

/** A data URI (RFC 2397), or an address whose content is not known. */
function measureUri(uri: string): MeasuredData {
  if (!/^data:/i.test(uri)) return unknownData;
  const head = uri.slice('data:'.length, maxHeadLength);
  const comma = head.indexOf(',');
  if (comma === -1) return { mimeType: '', byteCount: decodedLength(uri.length) };
  const [mimeType = '', ...parameters] = head.slice(0, comma).toLowerCase().split(';');
  const dataLength = uri.length - 'data:'.length - comma - 1;
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64');
  return { mimeType: mimeType.trim(), byteCount: isBase64 ? decodedLength(dataLength) : dataLength };
}

/** How many bytes so much base64 stands for. */
function decodedLength(length: number): number {
  return Math.floor((length * 3) / 4);
}
