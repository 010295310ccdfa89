import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** The server of llama.cpp. */
export const llamacpp = createOpenAiChatKind({
  kind: 'llamacpp',
  documentation: 'github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md',
  baseUrl: 'http://127.0.0.1:8080/v1',
  apiKeyVariable: undefined,
  builtIn: false,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Caches on its own (`cache_prompt`): tools/server/README.md.
    sendsCacheControl: false,
    // tools/server/README.md, --reasoning-format; the recorded requests with tool results carry it.
    reasoningField: 'reasoning_content',
    // Templates of models know system, user, assistant and tool.
    developerRole: 'system',
    // tools/server/README.md: what /completion takes is taken here as well.
    repetitionPenaltyField: 'repeat_penalty',
  },
  errorRules: [
    // "the request exceeds the available context size": tools/server/README.md.
    { type: 'exceed_context_size_error', means: 'CONTEXT_TOO_LONG' },
  ],
});
