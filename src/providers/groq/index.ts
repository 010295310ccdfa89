import { createError } from '../../core/errors.ts';
import { classifyStatus } from '../classify-status.ts';
import { createOpenAiChatProvider } from '../openai-chat-provider.ts';
import type { ProviderKind } from '../provider.ts';

/** Groq: console.groq.com/docs/api-reference#chat-create. */
export const groq: ProviderKind = {
  kind: 'groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  apiKeyVariable: 'GROQ_API_KEY',
  builtIn: true,
  create: (id, settings, dependencies) =>
    createOpenAiChatProvider(
      {
        id,
        settings,
        quirks: {
          // `max_tokens` is deprecated: api-reference#chat-create-max_completion_tokens.
          tokenLimitField: 'max_completion_tokens',
          asksForStreamUsage: true,
          // Caches on its own: console.groq.com/docs/prompt-caching.
          sendsCacheControl: false,
          // console.groq.com/docs/reasoning: the field of answers and of earlier messages alike.
          reasoningField: 'reasoning',
        },
        classify(answer) {
          // One request over the tokens-a-minute limit is 413 and not 429: console.groq.com/docs/errors.
          if (answer.status === 413 && answer.code === 'rate_limit_exceeded') {
            const problem = answer.message ?? 'the request is larger than the limit of tokens a minute';
            const { provider, retryAfterMs } = answer;
            return createError('PROVIDER_RATE_LIMITED', { provider, problem }, { retryAfterMs });
          }
          return classifyStatus(answer);
        },
      },
      dependencies,
    ),
};
