import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Groq. */
export const groq = createOpenAiChatKind({
  kind: 'groq',
  documentation: 'console.groq.com/docs/api-reference#chat-create',
  baseUrl: 'https://api.groq.com/openai/v1',
  apiKeyVariable: 'GROQ_API_KEY',
  builtIn: true,
  quirks: {
    // `max_tokens` is deprecated: api-reference#chat-create-max_completion_tokens.
    tokenLimitField: 'max_completion_tokens',
    asksForStreamUsage: true,
    // Caches on its own: console.groq.com/docs/prompt-caching.
    sendsCacheControl: false,
    // console.groq.com/docs/reasoning: the field of answers and of earlier messages alike.
    reasoningField: 'reasoning',
  },
  errorRules: [
    // One request over the tokens-a-minute limit is 413 and not 429: console.groq.com/docs/errors.
    { status: 413, code: 'rate_limit_exceeded', means: 'PROVIDER_RATE_LIMITED' },
  ],
});
