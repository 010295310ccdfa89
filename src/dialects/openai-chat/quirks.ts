/**
 * How a provider deviates from OpenAI's chat completions format. Data, so that a provider's folder shows at a glance what is odd
 * about it; each value it sets carries the link to the documentation that says so.
 */
export interface OpenAiChatQuirks {
  /**
   * What the token limit is called. `as-sent` keeps the client's name, for servers of which nothing is known. Where both came,
   * `max_completion_tokens` wins.
   */
  readonly tokenLimitField: 'max_completion_tokens' | 'max_tokens' | 'as-sent';
  /** Whether `stream_options.include_usage` asks for the usage of a stream. `false`: it comes anyway. */
  readonly asksForStreamUsage: boolean;
  /** Whether `cache_control` on a text part is sent on. Where not, the provider caches on its own. */
  readonly sendsCacheControl: boolean;
  /** What the reasoning of an earlier assistant message is called. `undefined`: the provider does not take it back. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | undefined;
}
