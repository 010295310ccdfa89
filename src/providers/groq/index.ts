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
    // console.groq.com/docs/reasoning#options-for-reasoning-effort. Other models refuse the field.
    modelEffortNames: [
      { models: /^openai\/gpt-oss-/, names: { none: 'low', minimal: 'low', xhigh: 'high' } },
      {
        models: /^qwen\/qwen3/,
        names: { minimal: 'default', low: 'default', medium: 'default', high: 'default', xhigh: 'default' },
      },
      { models: /^/, names: { none: null, minimal: null, low: null, medium: null, high: null, xhigh: null } },
    ],
    // console.groq.com/docs/browser-search, and console.groq.com/docs/compound.
    webSearch: [
      { models: /^openai\/gpt-oss-/, as: 'browser_search' },
      { models: /^(?:groq\/)?compound/, as: 'unasked' },
    ],
    // console.groq.com/docs/api-reference#chat-create has no such field, and unknown ones are refused.
    leavesOut: ['verbosity'],
  },
  errorRules: [
    // One request over the tokens-a-minute limit is 413 and not 429: console.groq.com/docs/errors.
    { status: 413, code: 'rate_limit_exceeded', means: 'PROVIDER_RATE_LIMITED' },
    // "semantic errors or model hallucinations": console.groq.com/docs/errors.
    { status: 422, means: 'PROVIDER_FAILED' },
  ],
});
