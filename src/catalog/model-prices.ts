/**
 * What a model costs, in the form and under the names of genai-prices (https://github.com/pydantic/genai-prices, prices/units.yml), which
 * computes with it.
 */

/** What can have a price. The end of a name says the unit: `_mtok` USD per million tokens, `_kcount` USD per thousand. */
export const priceKeys = [
  'input_mtok',
  'output_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok',
  'input_audio_mtok',
  'cache_audio_read_mtok',
  'output_audio_mtok',
  'input_image_mtok',
  'cache_image_read_mtok',
  'output_image_mtok',
  'output_reasoning_mtok',
  'web_searches_kcount',
  'requests_kcount',
] as const;

/** The name of a price. */
export type PriceKey = (typeof priceKeys)[number];

/** A price that depends on the length of the prompt: the price of the highest tier whose `start` the prompt's tokens exceed holds for all tokens. */
export interface TieredPrice {
  readonly base: number;
  /** By rising `start`. */
  readonly tiers: readonly { readonly start: number; readonly price: number }[];
}

/** The prices of a model at one time. */
export type PriceTable = { readonly [Key in PriceKey]?: number | TieredPrice };

/** When prices hold. */
export type PriceConstraint =
  /** From this day on, `YYYY-MM-DD`, UTC. */
  | { readonly type: 'start_date'; readonly start_date: string }
  /** Each day between two times, `HH:MM:SSZ`. */
  | { readonly type: 'time_of_date'; readonly start_time: string; readonly end_time: string };

/** Prices, and when they hold. */
export interface ConditionalPrices {
  /** `undefined`: whenever no later one of the list holds. */
  readonly constraint?: PriceConstraint;
  readonly prices: PriceTable;
}

/** The prices of a model: of those that hold, the last of the list. At least one. */
export type ModelPrices = readonly ConditionalPrices[];
