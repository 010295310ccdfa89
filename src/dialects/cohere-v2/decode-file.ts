import type { File } from '../../../gen/signalbox/chat/v1/message_pb.ts';

/** What a file holds, as far as Cohere's models take it. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  /** As a data URI. */
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'other'; readonly mediaType: string };

const mediaTypes: ReadonlyMap<string, string> = new Map([
  ...['txt', 'md', 'csv', 'html', 'xml', 'yaml', 'yml', 'log'].map((ending) => [ending, 'text/plain'] as const),
  ['json', 'application/json'],
  ['pdf', 'application/pdf'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
]);

/** Reads a file that came as a data URI (RFC 2397), or as bare base64, as some clients send it. `undefined`: it came as neither. */
export function decodeFile({ filename, fileData }: File): FileContent | undefined {
  const ending = filename?.split('.').at(-1)?.toLowerCase() ?? '';
  const guessed = mediaTypes.get(ending) ?? '';
  if (fileData === undefined || fileData === '' || /^https?:/i.test(fileData)) return undefined;
  if (!/^data:/i.test(fileData)) return describe(guessed, Buffer.from(fileData, 'base64'));
  const comma = fileData.indexOf(',');
  if (comma === -1) return undefined;
  const [named = '', ...parameters] = fileData.slice('data:'.length, comma).toLowerCase().split(';');
  const data = fileData.slice(comma + 1);
  const isBase64 = parameters.some((parameter) => parameter.trim() === 'base64');
  return describe(named.trim() || guessed, isBase64 ? Buffer.from(data, 'base64') : Buffer.from(decodePercents(data)));
}

function describe(mediaType: string, bytes: Buffer): FileContent {
  const isText = mediaType.startsWith('text/') || /^application\/(?:[\w.-]+\+)?(?:json|xml|yaml)$/.test(mediaType);
  if (isText) return { kind: 'text', text: bytes.toString('utf8') };
  if (mediaType.startsWith('image/')) {
    return { kind: 'image', url: `data:${mediaType};base64,${bytes.toString('base64')}` };
  }
  return { kind: 'other', mediaType };
}

function decodePercents(data: string): string {
  try {
    return decodeURIComponent(data);
  } catch {
    // A percent sign that stands for itself.
    return data;
  }
}
