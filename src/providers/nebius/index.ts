import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Nebius Token Factory. */
export const nebius = createOpenAiChatKind({
  kind: 'nebius',
  documentation: 'docs.tokenfactory.nebius.com/api-reference/introduction',
  baseUrl: 'https://api.tokenfactory.nebius.com/v1',
  apiKeyVariable: 'NEBIUS_API_KEY',
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Has no such field: docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion.
    sendsCacheControl: false,
    // docs.tokenfactory.nebius.com/ai-models-inference/reasoning: as vLLM has it.
    reasoningField: 'reasoning_content',
    // The roles are system, user, assistant and tool: docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion.
    developerRole: 'system',
  },
});
