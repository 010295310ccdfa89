import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** An Ollama server, spoken to in OpenAI's format. */
export const ollama = createOpenAiChatKind({
  kind: 'ollama',
  documentation: 'docs.ollama.com/api/openai-compatibility',
  baseUrl: 'http://127.0.0.1:11434/v1',
  apiKeyVariable: undefined,
  builtIn: false,
  isLocal: true,
  quirks: {
    // docs.ollama.com/api/openai-compatibility lists the fields that are read; others are ignored.
    tokenLimitField: 'max_tokens',
    asksForStreamUsage: true,
    // Caches on its own: docs.ollama.com/faq.
    sendsCacheControl: false,
    // The name of answers, and of the recorded requests.
    reasoningField: 'reasoning',
    // none, low, medium and high: docs.ollama.com/api/openai-compatibility.
    effortNames: { minimal: 'low', xhigh: 'high' },
    // Templates of models know system, user, assistant and tool: docs.ollama.com/modelfile.
    developerRole: 'system',
  },
});
