import { createOpenAiChatProvider } from '../openai-chat-provider.ts';
import type { ProviderKind } from '../provider.ts';

/**
 * Any server that speaks OpenAI's chat completions: vLLM, llama.cpp, LM Studio, LiteLLM and the like. Nothing is known of it, so
 * that what the client sent goes on as it is.
 */
export const openaiCompatible: ProviderKind = {
  kind: 'openai-compatible',
  baseUrl: undefined,
  apiKeyVariable: undefined,
  builtIn: false,
  create: (id, settings, dependencies) =>
    createOpenAiChatProvider(
      {
        id,
        settings,
        quirks: {
          tokenLimitField: 'as-sent',
          // docs.vllm.ai and llama.cpp's server README: as OpenAI.
          asksForStreamUsage: true,
          // A proxy may stand before a provider that needs it; servers that do not know the field ignore it.
          sendsCacheControl: true,
          // The name that vLLM, SGLang and DeepSeek share: docs.vllm.ai/en/latest/features/reasoning_outputs.html.
          reasoningField: 'reasoning_content',
        },
      },
      dependencies,
    ),
};
