import { create } from '@bufbuild/protobuf';
import { type ChoiceFinish, ChoiceFinishSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';

/** How an answer can end, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** Whether an answer that ends so may lack a part of what it was about to say. */
export function isCutShort(reason: string): boolean {
  return reason === 'length' || reason === 'content_filter';
}

/** What providers say in place of OpenAI's words. */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['content_filter', 'content_filter'],
  // OpenAI's functions API, the predecessor of tools.
  ['function_call', 'tool_calls'],
  // Together: docs.together.ai/reference/chat-completions-1.
  ['eos', 'stop'],
  // Backends behind routers that pass their own word on.
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  // Mistral: docs.mistral.ai/api, the context is full.
  ['model_length', 'length'],
  ['safety', 'content_filter'],
  // Z.ai: docs.z.ai/api-reference/llm/chat-completion.
  ['sensitive', 'content_filter'],
  ['refusal', 'content_filter'],
]);

/**
 * What providers say of an answer that they could not finish: Mistral and OpenRouter `error`, vLLM and SGLang `abort`, DeepSeek
 * `insufficient_system_resource` (api-docs.deepseek.com/api/create-chat-completion), Z.ai `network_error`
 * (docs.z.ai/api-reference/llm/chat-completion). Such an answer is not a finished one.
 */
const failureReasons: ReadonlySet<string> = new Set([
  'error',
  'abort',
  'insufficient_system_resource',
  'network_error',
]);

/** Whether a provider's word for the end says that the answer broke off. */
export function isFailureReason(native: string): boolean {
  return failureReasons.has(native.toLowerCase());
}

/**
 * Makes the finish of one choice.
 *
 * @param native - the provider's word. `undefined`: the provider ended the answer without one.
 * @param calledTools - whether the choice called a tool, which tells the end where the provider has no word.
 */
export function createFinish(index: number, native: string | undefined, calledTools: boolean): ChoiceFinish {
  const finishReason = finishReasons.get(native?.toLowerCase() ?? '') ?? (calledTools ? 'tool_calls' : 'stop');
  return create(ChoiceFinishSchema, {
    index,
    finishReason,
    ...(native !== undefined && native !== finishReason && { nativeFinishReason: native }),
  });
}
