import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** DeepInfra. */
export const deepinfra = createOpenAiChatKind({
  kind: 'deepinfra',
  documentation: 'docs.deepinfra.com/api-reference/openai-chat-completions-1',
  baseUrl: 'https://api.deepinfra.com/v1/openai',
  apiKeyVariable: 'DEEPINFRA_API_KEY',
  // docs.deepinfra.com/chat/overview calls it so in its examples.
  otherKeyVariables: ['DEEPINFRA_TOKEN'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Caches on its own: docs.deepinfra.com/chat/prompt-caching.
    sendsCacheControl: false,
    // docs.deepinfra.com/chat/reasoning: answers have it as vLLM does.
    reasoningField: 'reasoning_content',
    // The roles are system, user, assistant and tool: docs.deepinfra.com/api-reference/openai-chat-completions-1.
    developerRole: 'system',
    // docs.deepinfra.com/api-reference/openai-chat-completions-1.
    repetitionPenaltyField: 'repetition_penalty',
  },
});
