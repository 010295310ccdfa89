import type { ChatEvent } from '../../core/chat-event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { text } from '../read-values.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import type { ToolNames } from './tool-names.ts';

/**
 * Decodes a whole reply to the events that a stream of the same answer would give. The caller has looked for an error in it.
 *
 * @param toolNames - of the request.
 * @returns `undefined` when it is no answer: it has no message, or one that says nothing and no reason for its end.
 */
export function decodeReply(json: JsonObject, toolNames: ToolNames): ChatEvent[] | undefined {
  if (!isJsonObject(json['message'])) return undefined;
  const events = new AnswerDecoder(toolNames).decodeWhole(json);
  const says = events.some(({ kind }) => kind === 'delta') || text(json['finish_reason']) !== undefined;
  return says ? events : undefined;
}
