import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** A vLLM server. */
export const vllm = createOpenAiChatKind({
  kind: 'vllm',
  documentation: 'docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
  baseUrl: 'http://127.0.0.1:8000/v1',
  apiKeyVariable: undefined,
  builtIn: false,
  quirks: {
    // Both are taken: docs.vllm.ai/en/latest/serving/openai_compatible_server.html.
    tokenLimitField: 'as-sent',
    asksForStreamUsage: true,
    // Caches on its own: docs.vllm.ai/en/latest/features/automatic_prefix_caching.html.
    sendsCacheControl: false,
    // docs.vllm.ai/en/latest/features/reasoning_outputs.html; older servers call it reasoning_content, and ignore this.
    reasoningField: 'reasoning',
    // none, low, medium and high, HTTP 400 otherwise: docs.vllm.ai/en/latest/serving/openai_compatible_server.html.
    effortNames: { minimal: 'low', xhigh: 'high' },
    // docs.vllm.ai/en/latest/serving/openai_compatible_server.html.
    repetitionPenaltyField: 'repetition_penalty',
  },
});
