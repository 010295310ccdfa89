import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** DeepSeek. */
export const deepseek = createOpenAiChatKind({
  kind: 'deepseek',
  documentation: 'api-docs.deepseek.com/api/create-chat-completion',
  baseUrl: 'https://api.deepseek.com',
  apiKeyVariable: 'DEEPSEEK_API_KEY',
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Caches on its own: api-docs.deepseek.com/guides/kv_cache.
    sendsCacheControl: false,
    // After a tool call it must come back, HTTP 400 otherwise; elsewhere it is ignored: api-docs.deepseek.com/guides/thinking_mode.
    reasoningField: 'reasoning_content',
    reasoningGoesWith: 'tool-calls',
    // api-docs.deepseek.com/guides/thinking_mode: high and max; low, medium and xhigh are taken for one of them.
    reasoningControl: 'thinking',
    effortNames: { minimal: 'low' },
    // The roles are system, user, assistant and tool: api-docs.deepseek.com/api/create-chat-completion.
    developerRole: 'system',
    // Only json_object, with the format told in the prompt: api-docs.deepseek.com/guides/json_mode.
    jsonSchema: 'described',
    // "Setting logprobs, top_logprobs will trigger an error": api-docs.deepseek.com/guides/reasoning_model.
    modelRules: [{ models: /reasoner/, leavesOut: ['logprobs', 'top_logprobs'] }],
  },
});
