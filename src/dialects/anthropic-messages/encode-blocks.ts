import type { ContentPart, File, Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { type DataUri, parseDataUri } from './data-uri.ts';
import { createRefusal, type Warnings } from './warnings.ts';

/** What a request asks for beside its body. */
export interface BlockContext {
  readonly warnings: Warnings;
  /** Names of features that must be asked for in the header `anthropic-beta`. */
  readonly betas: Set<string>;
}

/** Blocks of Anthropic's own that a client may put among the parts: OpenAI has none that could mean them. */
const nativeTypes: ReadonlySet<string> = new Set(['document', 'search_result', 'image', 'container_upload']);

/** platform.claude.com/docs/en/build-with-claude/files. */
const filesBeta = 'files-api-2025-04-14';

/**
 * Encodes what a message says as blocks. Text without a character to read is left out: Anthropic refuses it, and it says nothing.
 *
 * @param path - where the message stands, for errors.
 * @throws SignalboxError PROVIDER_REFUSED for content that no model of Anthropic's takes.
 */
export function encodeContent(message: Message, path: string, context: BlockContext): JsonObject[] {
  if (message.contentParts.length === 0) return encodeText(message.content ?? '');
  return message.contentParts.flatMap((part, index) => {
    const blocks = encodePart(part, `${path}.content[${index}]`, context);
    const last = blocks.at(-1);
    if (last !== undefined && part.cacheControl !== undefined) {
      const { type, ttl } = part.cacheControl;
      last['cache_control'] = ttl === undefined ? { type } : { type, ttl };
    }
    return blocks;
  });
}

/** Encodes text as one block, or as none. */
export function encodeText(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

function encodePart({ part, type }: ContentPart, path: string, context: BlockContext): JsonObject[] {
  switch (part.case) {
    case 'text':
    case 'refusal':
      return encodeText(part.value);
    case 'imageUrl': {
      const { url, detail } = part.value;
      if (detail !== undefined && detail !== 'auto') {
        context.warnings.leaveOut(['image_url.detail'], 'the provider decides itself how closely to look');
      }
      return [encodeImage(url, path)];
    }
    case 'inputAudio':
      throw createRefusal(path, 'Anthropic’s models take no audio. Send text, or name a model that takes it.');
    case 'file':
      return [encodeFile(part.value, path, context)];
    case 'other':
      if (nativeTypes.has(type)) return [{ ...part.value }];
      throw createRefusal(path, `Anthropic’s API has no content of the type ${type.slice(0, 100)}. Leave it out.`);
    case undefined:
      return [];
  }
}

function encodeImage(url: string, path: string): JsonObject {
  const data = parseDataUri(url);
  if (data !== undefined) return encodeData(data, undefined, path);
  if (!/^https?:\/\//i.test(url)) {
    throw createRefusal(path, 'The address of an image must be an https URL or a data URI.');
  }
  return { type: 'image', source: { type: 'url', url } };
}

/** PDFs, texts and images, by what they say they are: platform.claude.com/docs/en/build-with-claude/pdf-support. */
function encodeData({ mediaType, base64 }: DataUri, title: string | undefined, path: string): JsonObject {
  const named = title === undefined ? {} : { title };
  if (mediaType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mediaType, data: base64 }, ...named };
  }
  if (mediaType.startsWith('image/')) {
    const known = mediaType === 'image/jpg' ? 'image/jpeg' : mediaType;
    return { type: 'image', source: { type: 'base64', media_type: known, data: base64 } };
  }
  if (mediaType.startsWith('text/') || mediaType === 'application/json') {
    const data = Buffer.from(base64, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, ...named };
  }
  throw createRefusal(
    path,
    `Anthropic’s models take images, PDFs and texts, not ${mediaType.slice(0, 100) || 'this'}.`,
  );
}

function encodeFile({ filename, fileData, fileId }: File, path: string, context: BlockContext): JsonObject {
  if (fileId !== undefined && fileData === undefined) {
    context.betas.add(filesBeta);
    return { type: 'document', source: { type: 'file', file_id: fileId } };
  }
  const text = fileData ?? '';
  const data = parseDataUri(text);
  if (data !== undefined) {
    return encodeData({ ...data, mediaType: data.mediaType || guessMediaType(filename) }, filename, path);
  }
  if (/^https:\/\//i.test(text)) {
    return {
      type: 'document',
      source: { type: 'url', url: text },
      ...(filename !== undefined && { title: filename }),
    };
  }
  // Some clients send the base64 without what should stand before it. "%PDF" is how a PDF begins (ISO 32000-1 §7.5.2).
  const mediaType = text.startsWith('JVBERi') ? 'application/pdf' : guessMediaType(filename);
  if (text === '' || mediaType === '') throw createRefusal(path, 'A file needs file_data as a data URI, or a file_id.');
  return encodeData({ mediaType, base64: text }, filename, path);
}

const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/plain'],
  ['csv', 'text/plain'],
  ['json', 'text/plain'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
]);

function guessMediaType(filename: string | undefined): string {
  return mediaTypes.get(filename?.split('.').at(-1)?.toLowerCase() ?? '') ?? '';
}
