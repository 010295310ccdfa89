import type { File } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isDataUri, parseDataUri } from '../data-uri.ts';
import { mimeTypeOf } from '../file-mime-type.ts';

/** What a file holds, as far as Cohere's models take it. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  /** As a data URI. */
  | { readonly kind: 'image'; readonly url: string }
  | { readonly kind: 'other'; readonly mimeType: string };

/** Reads a file that came as a data URI, or as bare base64, as some clients send it. `undefined`: it came as neither. */
export function decodeFile({ filename, fileData }: File): FileContent | undefined {
  if (!fileData || /^https?:/i.test(fileData)) return undefined;
  const media = isDataUri(fileData) ? parseDataUri(fileData) : { mimeType: '', data: fileData };
  if (media === undefined) return undefined;
  return describe(media.mimeType || mimeTypeOf(filename), Buffer.from(media.data, 'base64'));
}

function describe(mimeType: string, bytes: Buffer): FileContent {
  const isText = mimeType.startsWith('text/') || /^application\/(?:[\w.-]+\+)?(?:json|xml|yaml)$/.test(mimeType);
  if (isText) return { kind: 'text', text: bytes.toString('utf8') };
  if (mimeType.startsWith('image/')) {
    return { kind: 'image', url: `data:${mimeType};base64,${bytes.toString('base64')}` };
  }
  return { kind: 'other', mimeType };
}
