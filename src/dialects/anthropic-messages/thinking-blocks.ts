import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { claudeFormat, restoreSignedBlocks } from '../signed-reasoning.ts';

/**
 * The thinking of an earlier answer as blocks of a request, from wherever the client kept it.
 *
 * @param hidesText - whether its text may have been hidden from the client. Default false.
 */
export function restoreThinking(message: Message, hidesText = false): JsonObject[] {
  return restoreSignedBlocks(message, { format: claudeFormat, hidesText }).map((block) =>
    'signature' in block
      ? { type: 'thinking', thinking: block.text, signature: block.signature }
      : { type: 'redacted_thinking', data: block.data },
  );
}

/** Whether a block of a request is thinking. */
export function isThinking({ type }: JsonObject): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}
