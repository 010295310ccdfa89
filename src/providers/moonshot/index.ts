import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Moonshot AI, who make Kimi. */
export const moonshot = createOpenAiChatKind({
  kind: 'moonshot',
  documentation: 'platform.moonshot.ai/docs/api/chat',
  baseUrl: 'https://api.moonshot.ai/v1',
  apiKeyVariable: 'MOONSHOT_API_KEY',
  otherKeyVariables: ['KIMI_API_KEY'],
  builtIn: true,
  quirks: {
    // `max_tokens` is deprecated: platform.moonshot.ai/docs/api/chat.
    tokenLimitField: 'max_completion_tokens',
    asksForStreamUsage: true,
    // Caches on its own: platform.moonshot.ai/docs/api/caching.
    sendsCacheControl: false,
    // With tool calls it must come back: platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model#frequently-asked-questions.
    reasoningField: 'reasoning_content',
    // `thinking.type` on kimi-k2, and low, high and max on kimi-k3: platform.moonshot.ai/docs/guide/use-thinking-effort.
    reasoningControl: 'thinking',
    effortNames: { minimal: 'low', medium: 'high', xhigh: 'max' },
    // The roles are system, user, assistant and tool: platform.moonshot.ai/docs/api/chat.
    developerRole: 'system',
    // From 0 to 1: platform.moonshot.ai/docs/guide/migrating-from-openai-to-kimi.
    maxTemperature: 1,
    // `required` is not taken: platform.moonshot.ai/docs/guide/migrating-from-openai-to-kimi.
    toolChoices: ['auto', 'none'],
  },
  errorRules: [
    // "Your request exceeded model token limit": platform.moonshot.ai/docs/api/chat#error-description.
    { message: /\bexceeded model token limit\b/i, means: 'CONTEXT_TOO_LONG' },
  ],
});
