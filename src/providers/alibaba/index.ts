import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Alibaba Cloud Model Studio (DashScope), the international endpoint. */
export const alibaba = createOpenAiChatKind({
  kind: 'alibaba',
  documentation: 'alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions',
  baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  apiKeyVariable: 'DASHSCOPE_API_KEY',
  otherKeyVariables: ['ALIBABA_API_KEY'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // alibabacloud.com/help/en/model-studio/context-cache: explicit caching is asked for in Anthropic's words.
    sendsCacheControl: true,
    // alibabacloud.com/help/en/model-studio/deep-thinking: answers have it; earlier messages are to go without.
    reasoningField: undefined,
    // alibabacloud.com/help/en/model-studio/deep-thinking.
    reasoningControl: 'enable-thinking',
    // The first open models of Qwen3 reason unless told not to, and only in a stream: model-studio/error-code, "enable_thinking must be set
    // to false for non-streaming calls".
    modelRules: [
      { models: /^qwen3-(?:\d+(?:\.\d+)?b|235b-a22b|30b-a3b)$/, leavesOut: [], unstreamed: { enable_thinking: false } },
    ],
    // The roles are system, user, assistant and tool: model-studio/qwen-api-via-openai-chat-completions.
    developerRole: 'system',
    // model-studio/qwen-api-via-openai-chat-completions.
    repetitionPenaltyField: 'repetition_penalty',
  },
  errorRules: [
    // alibabacloud.com/help/en/model-studio/error-code.
    { code: 'data_inspection_failed', means: 'CONTENT_REFUSED' },
    { code: 'DataInspectionFailed', means: 'CONTENT_REFUSED' },
    { message: /\bRange of input length should be\b/i, means: 'CONTEXT_TOO_LONG' },
    // The account has a payment overdue.
    { code: 'Arrearage', means: 'PROVIDER_FAILED' },
  ],
});
