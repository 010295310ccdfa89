import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { claudeFormat, restoreSignedBlocks } from '../signed-reasoning.ts';

/** The thinking of an earlier answer as blocks of a request, from wherever the client kept it. */
export function restoreThinking(message: Message): JsonObject[] {
  return restoreSignedBlocks(message, claudeFormat).map((block) =>
    'signature' in block
      ? { type: 'thinking', thinking: block.text, signature: block.signature }
      : { type: 'redacted_thinking', data: block.data },
  );
}

/** Whether a block of a request is thinking. */
export function isThinking({ type }: JsonObject): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}
