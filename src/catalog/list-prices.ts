import type { ModelPrices, PriceTable, TieredPrice } from './model-prices.ts';
import { resolvePriceTable } from './resolve-price-table.ts';

/** Prices for a list of models, in USD per token. `undefined`: not known. */
export interface TokenPrices {
  readonly promptToken: number | undefined;
  readonly completionToken: number | undefined;
  /** Read from the provider's cache, and written to it for as short as it keeps anything. */
  readonly promptCacheReadToken: number | undefined;
  readonly promptCacheWriteToken: number | undefined;
  /** Whether another length of the prompt, or another time from now on, has other prices. */
  readonly isVariable: boolean;
}

/**
 * Lists the prices of a model at a time: those of the shortest prompts.
 *
 * @param atMs - Unix time in milliseconds.
 */
export function listPrices(prices: ModelPrices, atMs: number): TokenPrices {
  const table = resolvePriceTable(prices, atMs) ?? {};
  return {
    promptToken: pricePerToken(table.input_mtok),
    completionToken: pricePerToken(table.output_mtok),
    promptCacheReadToken: pricePerToken(table.cache_read_mtok),
    promptCacheWriteToken: pricePerToken(table.cache_write_mtok),
    isVariable: hasTiers(table) || dependsOnTime(prices, atMs),
  };
}

function pricePerToken(price: number | TieredPrice | undefined): number | undefined {
  if (price === undefined) return undefined;
  const perMillion = typeof price === 'number' ? price : price.base;
  // Moves the decimal point: a division by a million would make 2.9999999999999997e-7 of some prices that end after three digits.
  const [digits, exponent] = perMillion.toExponential().split('e');
  return Number(`${digits}e${Number(exponent) - 6}`);
}

function hasTiers(table: PriceTable): boolean {
  return Object.values(table).some((price) => typeof price === 'object' && price.tiers.length > 0);
}

/** Whether any prices come after the last ones of the list that hold from now on for ever: they hold later, or at other hours. */
function dependsOnTime(prices: ModelPrices, atMs: number): boolean {
  const lasting = prices.findLastIndex(
    ({ constraint }) =>
      constraint === undefined || (constraint.type === 'start_date' && Date.parse(constraint.start_date) <= atMs),
  );
  return lasting < prices.length - 1;
}
