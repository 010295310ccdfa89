import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Z.ai, who make GLM. */
export const zai = createOpenAiChatKind({
  kind: 'zai',
  documentation: 'docs.z.ai/api-reference/llm/chat-completion',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  apiKeyVariable: 'ZAI_API_KEY',
  otherKeyVariables: ['ZHIPUAI_API_KEY'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    // Streams have their usage in the finishing chunk; the recorded requests ask for it without harm.
    asksForStreamUsage: true,
    // Caches on its own: docs.z.ai/guides/capabilities/cache.
    sendsCacheControl: false,
    // To be returned with tool results: docs.z.ai/guides/capabilities/thinking-mode.
    reasoningField: 'reasoning_content',
    // `thinking.type`, and low, high and max on the newest models: docs.z.ai/guides/capabilities/thinking-mode.
    reasoningControl: 'thinking',
    effortNames: { minimal: 'low', medium: 'high', xhigh: 'max' },
    // The roles are system, user, assistant and tool: docs.z.ai/api-reference/llm/chat-completion.
    developerRole: 'system',
    // From 0 to 1: docs.z.ai/api-reference/llm/chat-completion.
    maxTemperature: 1,
    // "default and only supports auto": docs.z.ai/api-reference/llm/chat-completion.
    toolChoices: ['auto'],
    // text and json_object: docs.z.ai/guides/capabilities/struct-output.
    jsonSchema: 'described',
  },
  errorRules: [
    // docs.z.ai/api-reference/api-code.
    { code: '1301', means: 'CONTENT_REFUSED' },
    { code: '1261', means: 'CONTEXT_TOO_LONG' },
    // The account has no credit.
    { code: '1113', means: 'PROVIDER_FAILED' },
    { code: '1302', means: 'PROVIDER_RATE_LIMITED' },
    { code: '1303', means: 'PROVIDER_RATE_LIMITED' },
  ],
});
