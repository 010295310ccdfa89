import type { CacheControl, ContentPart, Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { createRefusal } from '../refusal.ts';
import type { Warnings } from '../warnings.ts';
import { encodeAudio, encodeFile, encodeImage, type MediaContext } from './media.ts';

/** What blocks are encoded with. */
export interface BlockContext extends MediaContext {
  readonly warnings: Warnings;
}

/**
 * Encodes what a message says as blocks, a mark for the cache behind the block that it is on. Text without a character to read is left
 * out: Bedrock refuses it, and it says nothing.
 *
 * @param path - where the message stands, for errors.
 * @throws SignalboxError REQUEST_UNSUPPORTED for content that Converse has no block for, and PROVIDER_REFUSED for what is wrong in itself.
 */
export function encodeContent(message: Message, path: string, context: BlockContext): JsonObject[] {
  if (message.contentParts.length === 0) return encodeText(message.content ?? '');
  return message.contentParts.flatMap((part, index) => {
    const blocks = encodePart(part, `${path}.content[${index}]`, context);
    const [block] = blocks;
    if (block === undefined || part.cacheControl === undefined) return blocks;
    // Right behind a document or a video Bedrock takes no mark: github.com/strands-agents/harness-sdk/issues/1966.
    const isPlain = block['document'] === undefined && block['video'] === undefined;
    return [...blocks, ...(isPlain ? [] : [{ text: filler }]), encodeCachePoint(part.cacheControl)];
  });
}

/** Encodes text as one block, or as none. */
export function encodeText(text: string): JsonObject[] {
  return text.trim() === '' ? [] : [{ text }];
}

/** docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CachePointBlock.html. */
function encodeCachePoint({ ttl }: CacheControl): JsonObject {
  return { cachePoint: { type: 'default', ...(ttl !== undefined && { ttl }) } };
}

/** Stands between a block that can have no mark for the cache behind it, and the mark. No text of a client's is so blank. */
const filler = '\n';

/** Whether a block says nothing, and is there for the mark for the cache behind it. */
export function isFiller(block: JsonObject): boolean {
  return block['text'] === filler;
}

/** Whether a block is a mark for the cache, which belongs to the block before it. */
export function isCachePoint(block: JsonObject): boolean {
  return block['cachePoint'] !== undefined;
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
      return [encodeImage(url, path, context)];
    }
    case 'inputAudio':
      return [encodeAudio(part.value)];
    case 'file':
      return [encodeFile(part.value, path, context)];
    case 'other':
      throw createRefusal(path, `Bedrock’s API has no content of the type ${type.slice(0, 100)}. Leave it out.`);
    case undefined:
      return [];
  }
}
