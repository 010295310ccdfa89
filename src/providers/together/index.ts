import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Together AI. */
export const together = createOpenAiChatKind({
  kind: 'together',
  documentation: 'docs.together.ai/reference/chat-completions-1',
  baseUrl: 'https://api.together.xyz/v1',
  apiKeyVariable: 'TOGETHER_API_KEY',
  // The name that several libraries read: docs.litellm.ai/docs/providers/togetherai.
  otherKeyVariables: ['TOGETHERAI_API_KEY', 'TOGETHER_AI_API_KEY'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    // The usage is in the finishing chunk, asked for or not: docs.together.ai/docs/chat-overview. To ask does no harm.
    asksForStreamUsage: true,
    // Has no such field: docs.together.ai/reference/chat-completions-1.
    sendsCacheControl: false,
    // docs.together.ai/docs/reasoning-models-guide.
    reasoningField: 'reasoning',
    // The roles are system, user, assistant and tool: docs.together.ai/reference/chat-completions-1.
    developerRole: 'system',
    // docs.together.ai/reference/chat-completions-1; the recorded requests have it.
    repetitionPenaltyField: 'repetition_penalty',
  },
  errorRules: [
    // "`inputs` tokens + `max_new_tokens` must be <= 4097", HTTP 422: docs.together.ai/docs/error-codes.
    { message: /\btokens \+ .{0,20}\bmust be <=/, means: 'CONTEXT_TOO_LONG' },
  ],
});
