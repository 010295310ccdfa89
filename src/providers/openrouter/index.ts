import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** OpenRouter. */
export const openrouter = createOpenAiChatKind({
  kind: 'openrouter',
  documentation: 'openrouter.ai/docs/api-reference/chat-completion',
  baseUrl: 'https://openrouter.ai/api/v1',
  apiKeyVariable: 'OPENROUTER_API_KEY',
  builtIn: true,
  quirks: {
    // openrouter.ai/docs/api-reference/parameters#max-tokens.
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // For the models that need it: openrouter.ai/docs/features/prompt-caching.
    sendsCacheControl: true,
    // openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks.
    reasoningField: 'reasoning',
    sendsReasoningDetails: true,
    // openrouter.ai/docs/use-cases/reasoning-tokens#controlling-reasoning-tokens.
    reasoningControl: 'object',
    // openrouter.ai/docs/api-reference/parameters#repetition-penalty.
    repetitionPenaltyField: 'repetition_penalty',
  },
  errorRules: [
    // 403: "Your chosen model requires moderation and your input was flagged": openrouter.ai/docs/api-reference/errors.
    { status: 403, message: /\b(?:flagged|moderation)\b/i, means: 'CONTENT_REFUSED' },
  ],
});
