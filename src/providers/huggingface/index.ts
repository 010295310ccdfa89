import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Hugging Face's Inference Providers, which route to the providers behind them and pass their answers on. */
export const huggingface = createOpenAiChatKind({
  kind: 'huggingface',
  documentation: 'huggingface.co/docs/inference-providers/tasks/chat-completion',
  baseUrl: 'https://router.huggingface.co/v1',
  apiKeyVariable: 'HF_TOKEN',
  otherKeyVariables: ['HUGGINGFACE_API_KEY', 'HUGGING_FACE_HUB_TOKEN'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Has no such field: huggingface.co/docs/inference-providers/tasks/chat-completion.
    sendsCacheControl: false,
    // Not documented, and each provider behind it has another name: huggingface.co/docs/inference-providers/tasks/chat-completion.
    reasoningField: undefined,
    // What every provider behind it knows: huggingface.co/docs/inference-providers/tasks/chat-completion.
    developerRole: 'system',
  },
});
