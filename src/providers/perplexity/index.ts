import { createOpenAiChatKind } from '../openai-chat-kind.ts';

/** Perplexity's Sonar models, which search the web on their own. */
export const perplexity = createOpenAiChatKind({
  kind: 'perplexity',
  documentation: 'docs.perplexity.ai/api-reference/chat-completions-post',
  baseUrl: 'https://api.perplexity.ai',
  apiKeyVariable: 'PERPLEXITY_API_KEY',
  otherKeyVariables: ['PPLX_API_KEY', 'PERPLEXITYAI_API_KEY'],
  builtIn: true,
  quirks: {
    tokenLimitField: 'max_tokens',
    // Every recorded chunk has the usage so far, unasked.
    asksForStreamUsage: false,
    // Has no such field: docs.perplexity.ai/api-reference/chat-completions-post.
    sendsCacheControl: false,
    // Reasoning stands in the content, between tags, and is not taken back: docs.perplexity.ai/getting-started/models.
    reasoningField: undefined,
    // minimal, low, medium and high: docs.perplexity.ai/api-reference/chat-completions-post.
    effortNames: { none: null, xhigh: 'high' },
    // The roles are system, user, assistant and tool: docs.perplexity.ai/api-reference/chat-completions-post.
    developerRole: 'system',
    // Models search, and call nothing else: docs.perplexity.ai/api-reference/chat-completions-post.
    takesTools: false,
    // docs.perplexity.ai/api-reference/chat-completions-post has none of them.
    leavesOut: [
      ...['tool_choice', 'parallel_tool_calls', 'stop', 'seed'],
      ...['logit_bias', 'logprobs', 'top_logprobs', 'service_tier'],
    ],
  },
});
