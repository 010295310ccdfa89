import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Fireworks AI. */
export const fireworks = createOpenAiChatKind({
  kind: 'fireworks',
  documentation: 'docs.fireworks.ai/api-reference/post-chatcompletions',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  apiKeyVariable: 'FIREWORKS_API_KEY',
  otherKeyVariables: ['FIREWORKS_AI_API_KEY'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Caches on its own: docs.fireworks.ai/guides/prompt-caching.
    sendsCacheControl: false,
    // docs.fireworks.ai/guides/reasoning.
    reasoningField: 'reasoning_content',
    // The roles are system, user, assistant and tool: docs.fireworks.ai/api-reference/post-chatcompletions.
    developerRole: 'system',
    // docs.fireworks.ai/api-reference/post-chatcompletions.
    repetitionPenaltyField: 'repetition_penalty',
  },
  errorRules: [
    // The account is suspended: docs.fireworks.ai/guides/inference-error-codes.
    { status: 412, means: 'PROVIDER_FAILED' },
  ],
});
