import type { ModelRule } from '../dialects/openai-chat/quirks.ts';

/** platform.openai.com/docs/guides/reasoning, and learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning#api--feature-support. */
const refusedByReasoning = ['presence_penalty', 'frequency_penalty', 'logit_bias'];

/** What newer models take while they do not reason. A temperature of 1 is the default and taken by all. */
const refusedWhileReasoning = ['temperature', 'top_p', 'logprobs', 'top_logprobs'];
const fixedValues = { temperature: 1 };

/**
 * What OpenAI's reasoning models refuse, at OpenAI and at Azure. A fine-tuned model has its base's name after `ft:`. The models behind
 * ChatGPT, `gpt-5-chat-latest`, do not reason.
 */
export const openAiModelRules: readonly ModelRule[] = [
  {
    models: /^(?:ft:)?(?:o\d|gpt-5(?!\.\d|-chat))/,
    leavesOut: [...refusedWhileReasoning, ...refusedByReasoning],
    fixedValues,
  },
  // From 5.1 on they reason only when they are asked to: platform.openai.com/docs/guides/latest-model#parameter-compatibility.
  { models: /^(?:ft:)?gpt-5\.\d/, leavesOut: refusedByReasoning },
  { models: /^(?:ft:)?gpt-5\.\d/, leavesOut: [...refusedWhileReasoning, 'stop'], fixedValues, isWhileReasoning: true },
  // platform.openai.com/docs/api-reference/chat/create#chat-create-stop names o3 and o4-mini; the models of GPT-5 answer the same 400.
  { models: /^(?:ft:)?(?:o3(?!-mini)|o4-mini|gpt-5(?!\.\d|-chat))/, leavesOut: ['stop'] },
  // The first two know neither role: learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning#api--feature-support.
  { models: /^o1-(?:mini|preview)/, leavesOut: [], instructionRole: 'user' },
];
