import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Cerebras Inference. */
export const cerebras = createOpenAiChatKind({
  kind: 'cerebras',
  documentation: 'inference-docs.cerebras.ai/api-reference/chat-completions',
  baseUrl: 'https://api.cerebras.ai/v1',
  apiKeyVariable: 'CEREBRAS_API_KEY',
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_completion_tokens',
    asksForStreamUsage: true,
    // Has no such field: inference-docs.cerebras.ai/api-reference/chat-completions.
    sendsCacheControl: false,
    // inference-docs.cerebras.ai/capabilities/reasoning.
    reasoningField: 'reasoning',
    // low, medium and high, and none on some models: inference-docs.cerebras.ai/capabilities/reasoning.
    effortNames: { minimal: 'low', xhigh: 'high' },
    // The roles are system, user, assistant and tool: inference-docs.cerebras.ai/api-reference/chat-completions.
    developerRole: 'system',
    // "will result in a 400 error if they are supplied": inference-docs.cerebras.ai/resources/openai.
    leavesOut: ['frequency_penalty', 'logit_bias', 'presence_penalty', 'parallel_tool_calls', 'service_tier'],
  },
});
