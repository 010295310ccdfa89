import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Answer } from './answer.ts';

const steps = [
  'The question has to be read first.',
  ' It came to the sandbox, so no model will think about it.',
  ' A fixed answer is therefore the only honest one.',
  ' It should say that it is fixed.',
  ' Nothing speaks against giving it now.',
] as const;

/** How many of the steps each effort takes. */
const stepsByEffort: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['minimal', 1],
  ['low', 2],
  ['medium', 3],
  ['high', 4],
  ['xhigh', 5],
]);
const defaultEffort = 'medium';

/** Reasons first, as long as the effort says, and then answers. `extra_body.reasoning` wins over `reasoning_effort`. */
export function answerReasoner({ extraBody, reasoningEffort }: ChatCompletionRequest): Answer {
  const { effort = reasoningEffort ?? defaultEffort, maxTokens, exclude = false } = extraBody?.reasoning ?? {};
  const text = steps.slice(0, stepsByEffort.get(effort) ?? steps.length).join('');
  return {
    reasoning: { text, maxTokens, isHidden: exclude },
    content: 'The sandbox thought about it: this answer is always the same.',
  };
}
