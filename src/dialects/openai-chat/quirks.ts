import type { JsonValue } from '../../core/json.ts';

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
  /**
   * What the reasoning of an earlier assistant message is called. `undefined`: the provider does not take it back. `thinking-part`: it
   * goes into the content, before the text.
   */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | 'thinking-part' | undefined;
  /**
   * Which earlier messages take their reasoning along. `tool-calls`: those that called tools, which then must have the field, be it
   * empty. Default `all`: those that have any.
   */
  readonly reasoningGoesWith?: 'all' | 'tool-calls';
  /** Whether `reasoning_details` of earlier messages are sent on. Default false: a router takes them, no provider does. */
  readonly sendsReasoningDetails?: boolean;
  /** Whether Gemini's signatures of tool calls are sent back, as Google's endpoint for OpenAI's clients has them. Default false. */
  readonly sendsGoogleSignatures?: boolean;
  /** How the provider is told how much to reason. Default `effort`. */
  readonly reasoningControl?: ReasoningControl;
  /** What the provider calls the efforts that it does not have under their name. `null`: it has nothing like it. Default: none. */
  readonly effortNames?: EffortNames;
  /** The same where it depends on the model: the first that matches holds in place of `effortNames`. Default: none. */
  readonly modelEffortNames?: readonly { readonly models: RegExp; readonly names: EffortNames }[];
  /** What the penalty on repetition is called. Default: the provider has none, and it is left out with a warning. */
  readonly repetitionPenaltyField?: 'repetition_penalty' | 'repeat_penalty';
  /** The highest temperature that is taken. A higher one is sent as this, with a warning. Default: 2, as in this API. */
  readonly maxTemperature?: number;
  /** What the seed is called. Default `seed`. */
  readonly seedField?: 'random_seed';
  /** The role of instructions by the developer. Default `developer`, as it came. */
  readonly developerRole?: 'system';
  /** Whether it takes tools. Where not, a request with tools is refused, unless it forbids to call them. Default true. */
  readonly takesTools?: boolean;
  /**
   * The tool choices that are taken. Of the others, `auto` is left out with a warning, `none` with the tools, and what forces a call is
   * refused: without it the answer would be another. Default: all.
   */
  readonly toolChoices?: readonly ('auto' | 'none' | 'required')[];
  /** How an answer is held to a JSON Schema. `described`: as JSON alone, the schema told to the model. Default `native`. */
  readonly jsonSchema?: 'native' | 'described';
  /**
   * How models search the web, the first that matches: by a tool of the provider's, or `unasked`, always. Where none matches,
   * `web_search_options` is left out with a warning. Default: it is sent.
   */
  readonly webSearch?: readonly { readonly models: RegExp; readonly as: 'browser_search' | 'unasked' }[];
  /** What ids of tool calls look like. `nine-characters`: letters and digits. Default: anything. */
  readonly toolCallIds?: 'nine-characters';
  /**
   * Fields that the provider refuses and that are left out with a warning, by their place in the body: `seed`, or `messages.name` for
   * the one in every message. Default: none.
   */
  readonly leavesOut?: readonly string[];
  /** Further ones, for some models. Default: none. */
  readonly modelRules?: readonly ModelRule[];
  /** All fields that the provider takes, where it refuses those that it does not know. Others are left out. Default: it takes any. */
  readonly takesOnly?: { readonly body: readonly string[]; readonly messages: readonly string[] };
}

/**
 * - `effort`: `reasoning_effort`.
 * - `object`: `reasoning` with an effort or a budget, as OpenRouter has it.
 * - `thinking`: `thinking.type`, and `reasoning_effort` while it is enabled.
 * - `enable-thinking`: `enable_thinking` and `thinking_budget`.
 */
export type ReasoningControl = 'effort' | 'object' | 'thinking' | 'enable-thinking';

/** The steps of `reasoning_effort` in this API. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh';

/** What a provider calls efforts that it does not have under their name. `null`: it has nothing like it, and it is left out. */
export type EffortNames = Readonly<Partial<Record<ReasoningEffort, string | null>>>;

/** What holds for some models of a provider. */
export interface ModelRule {
  /** Matches their names. */
  readonly models: RegExp;
  /** Fields that these models refuse. */
  readonly leavesOut: readonly string[];
  /** Those of them that are taken with one value, which is the default. Default: none. */
  readonly fixedValues?: Readonly<Record<string, JsonValue>>;
  /** Whether the fields are refused only while the model reasons, which a `reasoning_effort` other than `none` asks for. Default false. */
  readonly isWhileReasoning?: boolean;
  /** The role that instructions are sent with, by models that know neither `system` nor `developer`. Default: as it came. */
  readonly instructionRole?: 'user';
  /** What a call that is no stream must say. Default: nothing. */
  readonly unstreamed?: Readonly<Record<string, JsonValue>>;
}
