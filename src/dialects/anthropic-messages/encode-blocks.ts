import type { ContentPart, File, Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { type DataUri, isDataUri, parseDataUri } from '../data-uri.ts';
import { mimeTypeOf } from '../file-mime-type.ts';
import { createImageFault, createRefusal, createRequestFault } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';

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

const fileProblem = 'A file needs file_data as a data URI, or a file_id.';

/**
 * Encodes what a message says as blocks. Text without a character to read is left out: Anthropic refuses it, and it says nothing.
 *
 * @param path - where the message stands, for errors.
 * @throws SignalboxError REQUEST_UNSUPPORTED for content that no model of Anthropic's takes, and PROVIDER_REFUSED for what is wrong in itself.
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
  if (!/^https?:\/\//i.test(url)) throw createImageFault(path, url);
  return { type: 'image', source: { type: 'url', url } };
}

/** PDFs, texts and images, by what they say they are: platform.claude.com/docs/en/build-with-claude/pdf-support. */
function encodeData({ mimeType, data }: DataUri, title: string | undefined, path: string): JsonObject {
  const named = title === undefined ? {} : { title };
  if (mimeType === 'application/pdf') {
    return { type: 'document', source: { type: 'base64', media_type: mimeType, data }, ...named };
  }
  if (mimeType.startsWith('image/')) {
    const known = mimeType === 'image/jpg' ? 'image/jpeg' : mimeType;
    return { type: 'image', source: { type: 'base64', media_type: known, data } };
  }
  if (mimeType.startsWith('text/') || mimeType === 'application/json') {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...named };
  }
  throw createRefusal(path, `Anthropic’s models take images, PDFs and texts, not ${mimeType.slice(0, 100) || 'this'}.`);
}

function encodeFile({ filename, fileData, fileId }: File, path: string, context: BlockContext): JsonObject {
  if (fileId !== undefined && fileData === undefined) {
    context.betas.add(filesBeta);
    return { type: 'document', source: { type: 'file', file_id: fileId } };
  }
  const text = fileData ?? '';
  const data = parseDataUri(text);
  if (data !== undefined) {
    return encodeData({ ...data, mimeType: data.mimeType || mimeTypeOf(filename) }, filename, path);
  }
  if (/^https:\/\//i.test(text)) {
    return {
      type: 'document',
      source: { type: 'url', url: text },
      ...(filename !== undefined && { title: filename }),
    };
  }
  // Some clients send the base64 without what should stand before it. "%PDF" is how a PDF begins (ISO 32000-1 §7.5.2).
  const mimeType = text.startsWith('JVBERi') ? 'application/pdf' : mimeTypeOf(filename);
  if (text === '' || isDataUri(text)) throw createRequestFault(path, fileProblem);
  if (mimeType === '') throw createRefusal(path, fileProblem);
  return encodeData({ mimeType, data: text }, filename, path);
}
