import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Mistral's La Plateforme. */
export const mistral = createOpenAiChatKind({
  kind: 'mistral',
  documentation: 'docs.mistral.ai/api/endpoint/chat',
  baseUrl: 'https://api.mistral.ai/v1',
  apiKeyVariable: 'MISTRAL_API_KEY',
  builtIn: true,
  quirks: {
    // docs.mistral.ai/api/endpoint/chat: all fields of the body are there.
    tokenLimitField: 'max_tokens',
    seedField: 'random_seed',
    // From 0 to 1.5: docs.mistral.ai/api/endpoint/chat.
    maxTemperature: 1.5,
    // The usage is in the finishing chunk of every recorded stream, unasked.
    asksForStreamUsage: false,
    // Has no such field: docs.mistral.ai/api/endpoint/chat.
    sendsCacheControl: false,
    // docs.mistral.ai/capabilities/reasoning.
    reasoningField: 'thinking-part',
    // `high` or `none`: docs.mistral.ai/capabilities/reasoning.
    effortNames: { minimal: 'none', low: 'high', medium: 'high', xhigh: 'high' },
    // The roles are system, user, assistant and tool: docs.mistral.ai/api/endpoint/chat.
    developerRole: 'system',
    // "must be a-z, A-Z, 0-9, with a length of 9" (HTTP 400): github.com/langchain-ai/langchain/pull/24668.
    toolCallIds: 'nine-characters',
    // HTTP 422, "Extra inputs are not permitted": github.com/partITech/php-mistral/issues/76.
    takesOnly: {
      body: [
        ...['model', 'messages', 'stream', 'temperature', 'top_p', 'max_tokens', 'stop', 'random_seed', 'n'],
        ...['presence_penalty', 'frequency_penalty', 'response_format', 'tools', 'tool_choice', 'parallel_tool_calls'],
        ...['prediction', 'reasoning_effort', 'prompt_mode', 'safe_prompt', 'guardrails', 'metadata'],
      ],
      messages: ['role', 'content', 'tool_calls', 'tool_call_id', 'prefix'],
    },
  },
});
