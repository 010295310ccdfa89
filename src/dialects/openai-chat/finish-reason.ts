import { create } from '@bufbuild/protobuf';
import { type ChoiceFinish, ChoiceFinishSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';

/** How an answer can end, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** What providers say in place of OpenAI's words. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  // OpenAI's functions API, the predecessor of tools.
  function_call: 'tool_calls',
  // Together: docs.together.ai/reference/chat-completions-1.
  eos: 'stop',
  // Backends behind routers that pass their own word on.
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  // Mistral: docs.mistral.ai/api, the context is full.
  model_length: 'length',
  safety: 'content_filter',
  refusal: 'content_filter',
};

/**
 * Makes the finish of one choice.
 *
 * @param native - the provider's word. Empty or absent when the provider ended the answer without one (Snowflake sends `""`).
 * @param calledTools - whether the choice called a tool, which tells the end where the provider has no word.
 */
export function createFinish(index: number, native: string | undefined, calledTools: boolean): ChoiceFinish {
  const finishReason = finishReasons[native?.toLowerCase() ?? ''] ?? (calledTools ? 'tool_calls' : 'stop');
  return create(ChoiceFinishSchema, {
    index,
    finishReason,
    ...(native !== undefined && native !== finishReason && { nativeFinishReason: native }),
  });
}
