import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/**
 * Any server that speaks OpenAI's chat completions: SGLang, LiteLLM and the like. Nothing is known of it, so that what the client sent
 * goes on as it is.
 */
export const openaiCompatible = createOpenAiChatKind({
  kind: 'openai-compatible',
  documentation: 'platform.openai.com/docs/api-reference/chat',
  baseUrl: undefined,
  apiKeyVariable: undefined,
  builtIn: false,
  quirks: {
    tokenLimitField: 'as-sent',
    // docs.vllm.ai and llama.cpp's server README: as OpenAI.
    asksForStreamUsage: true,
    // A proxy may stand before a provider that needs it; servers that do not know the field ignore it.
    sendsCacheControl: true,
    // The name that vLLM, SGLang and DeepSeek share: docs.vllm.ai/en/latest/features/reasoning_outputs.html.
    reasoningField: 'reasoning_content',
    // vLLM, SGLang and LiteLLM: docs.vllm.ai/en/latest/serving/openai_compatible_server.html.
    repetitionPenaltyField: 'repetition_penalty',
    // Google's own such endpoint, and proxies before it: ai.google.dev/gemini-api/docs/thought-signatures#openai.
    sendsGoogleSignatures: true,
  },
});
