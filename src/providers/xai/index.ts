import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** xAI. */
export const xai = createOpenAiChatKind({
  kind: 'xai',
  documentation: 'docs.x.ai/docs/api-reference#chat-completions',
  baseUrl: 'https://api.x.ai/v1',
  apiKeyVariable: 'XAI_API_KEY',
  builtIn: true,
  quirks: {
    // `max_tokens` is deprecated: docs.x.ai/docs/api-reference#chat-completions.
    tokenLimitField: 'max_completion_tokens',
    asksForStreamUsage: true,
    // Caches on its own: docs.x.ai/docs/models#cached-prompt-tokens.
    sendsCacheControl: false,
    // docs.x.ai/docs/guides/reasoning; the recorded requests with tool results carry it.
    reasoningField: 'reasoning_content',
    // none, low, medium and high: docs.x.ai/developers/model-capabilities/text/reasoning#effort-levels.
    effortNames: { minimal: 'low', xhigh: 'high' },
    modelRules: [
      // "presencePenalty, frequencyPenalty and stop parameters are not supported by reasoning models": docs.x.ai/docs/guides/reasoning.
      {
        models: /^grok-(?:3-mini|4|code)(?!.*non-reasoning)/,
        leavesOut: ['presence_penalty', 'frequency_penalty', 'stop'],
      },
      // HTTP 400, "Model does not support parameter reasoningEffort", which grok-3-mini and those from grok-4.3 on have.
      { models: /^grok-(?:2|3(?!-mini)|4(?![.-]?[3-9])|code)/, leavesOut: ['reasoning_effort'] },
    ],
  },
  errorRules: [
    // A wrong key is HTTP 400: docs.x.ai/docs/key-information/debugging.
    { status: 400, message: /\bincorrect API key\b/i, means: 'PROVIDER_CREDENTIALS' },
    { status: 400, message: /\bmaximum prompt length\b/i, means: 'CONTEXT_TOO_LONG' },
    // The content violates its usage guidelines: docs.x.ai/docs/key-information/debugging.
    { status: 403, message: /\busage guidelines\b/i, means: 'CONTENT_REFUSED' },
  ],
});
