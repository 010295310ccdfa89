import { createOpenAiChatKind } from '../openai-chat-kind.ts';
import { openAiModelRules } from '../openai-chat-model-rules.ts';

/** OpenAI. */
export const openai = createOpenAiChatKind({
  kind: 'openai',
  documentation: 'platform.openai.com/docs/api-reference/chat',
  baseUrl: 'https://api.openai.com/v1',
  apiKeyVariable: 'OPENAI_API_KEY',
  builtIn: true,
  quirks: {
    // `max_tokens` is deprecated and refused by reasoning models: api-reference/chat/create#max_completion_tokens.
    tokenLimitField: 'max_completion_tokens',
    asksForStreamUsage: true,
    // Caches on its own: platform.openai.com/docs/guides/prompt-caching.
    sendsCacheControl: false,
    // Chat completions neither return reasoning nor take it back: platform.openai.com/docs/guides/reasoning.
    reasoningField: undefined,
    modelRules: openAiModelRules,
  },
});
