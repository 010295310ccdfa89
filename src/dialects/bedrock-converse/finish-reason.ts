import { create } from '@bufbuild/protobuf';
import { type ChoiceFinish, ChoiceFinishSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';

/** Bedrock's words for how an answer ended, in OpenAI's: …/APIReference/API_runtime_ConverseStream.html (docs.aws.amazon.com/bedrock/latest). */
const finishReasons: ReadonlyMap<string, string> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  // Not whole either, as an answer that met its limit is not.
  ['malformed_model_output', 'length'],
  ['malformed_tool_use', 'length'],
  ['tool_use', 'tool_calls'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
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
