import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** LM Studio. */
export const lmstudio = createOpenAiChatKind({
  kind: 'lmstudio',
  documentation: 'lmstudio.ai/docs/developer/openai-compat/chat-completions',
  baseUrl: 'http://127.0.0.1:1234/v1',
  apiKeyVariable: undefined,
  builtIn: false,
  isLocal: true,
  quirks: {
    // lmstudio.ai/docs/developer/openai-compat/chat-completions lists the fields.
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Has no such field: lmstudio.ai/docs/developer/openai-compat/chat-completions.
    sendsCacheControl: false,
    // Answers can have it; that it is taken back is not documented: lmstudio.ai/docs/developer/openai-compat/chat-completions.
    reasoningField: undefined,
    // Templates of models know system, user, assistant and tool.
    developerRole: 'system',
    // lmstudio.ai/docs/developer/openai-compat/chat-completions.
    repetitionPenaltyField: 'repeat_penalty',
  },
  errorRules: [
    { message: /\bgreater than the context length\b|\bcontext the overflows\b/i, means: 'CONTEXT_TOO_LONG' },
  ],
});
