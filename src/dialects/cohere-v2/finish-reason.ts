import { create } from '@bufbuild/protobuf';
import { type ChoiceFinish, ChoiceFinishSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';

/** Cohere's words for how an answer ended, in OpenAI's: docs.cohere.com/reference/chat, and the older docs.cohere.com/reference/chat-v1. */
const finishReasons: ReadonlyMap<string, string> = new Map([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['ERROR_LIMIT', 'length'],
  ['TOOL_CALL', 'tool_calls'],
  ['ERROR_TOXIC', 'content_filter'],
]);

/** What Cohere says of answers that it could not finish, and the HTTP status that each stands for. Such an answer is not a finished one. */
const statusOfFailure: ReadonlyMap<string, number> = new Map([
  ['ERROR', 500],
  ['TIMEOUT', 504],
  ['USER_CANCEL', 500],
]);

/** The HTTP status that a finish reason stands for. `undefined`: it says nothing of a failure. */
export function readFailureStatus(native: string): number | undefined {
  return statusOfFailure.get(native);
}

/**
 * Makes the finish of an answer.
 *
 * @param native - the provider's word. `undefined`: it gave none.
 * @param calledTools - whether it called a tool, which tells the end where the provider has no word.
 */
export function createFinish(native: string | undefined, calledTools: boolean): ChoiceFinish {
  const finishReason = finishReasons.get(native ?? '') ?? (calledTools ? 'tool_calls' : 'stop');
  return create(ChoiceFinishSchema, {
    index: 0,
    finishReason,
    ...(native !== undefined && { nativeFinishReason: native }),
  });
}
