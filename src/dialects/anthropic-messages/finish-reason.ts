import { create } from '@bufbuild/protobuf';
import { type ChoiceFinish, ChoiceFinishSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';

/**
 * Anthropic's words for how an answer ended, in OpenAI's: platform.claude.com/docs/en/build-with-claude/handling-stop-reasons.
 *
 * `pause_turn` is an answer that the provider's own tools took too long for: it is not whole, as one that met its limit is not.
 */
const finishReasons: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['pause_turn', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/**
 * Makes the finish of an answer.
 *
 * @param native - the provider's word. `undefined`: it gave none.
 * @param calledTools - whether it called a tool of the client's.
 */
export function createFinish(native: string | undefined, calledTools: boolean): ChoiceFinish {
  const told = finishReasons.get(native ?? '');
  const byCalls = calledTools ? 'tool_calls' : 'stop';
  // The one tool that was called may be the one that the answer itself came in.
  const finishReason = told === undefined || told === 'tool_calls' ? byCalls : told;
  return create(ChoiceFinishSchema, {
    index: 0,
    finishReason,
    ...(native !== undefined && native !== finishReason && { nativeFinishReason: native }),
  });
}
