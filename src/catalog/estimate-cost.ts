import type { ModelPrices, PriceTable } from './model-prices.ts';
import { priceTokens } from './price-tokens.ts';
import { resolvePriceTable } from './resolve-price-table.ts';
import { countPlainTokens } from './split-usage.ts';

/** What a call is expected to use. */
export interface ExpectedTokens {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/**
 * Estimates what a call will cost, for choosing among models before it is made: as if nothing were cached and all of it were text.
 *
 * @param atMs - when it will be made, in Unix milliseconds.
 * @returns USD. `undefined` when a price is missing, or the counts are none.
 */
export function estimateCost(prices: ModelPrices, expected: ExpectedTokens, atMs: number): number | undefined {
  const table = resolvePriceTable(prices, atMs);
  if (table === undefined) return undefined;
  return (
    multiplyPrices(table, expected) ??
    priceTokens(table, countPlainTokens(expected.promptTokens, expected.completionTokens))
  );
}

/**
 * The same by two multiplications, where prices are numbers alone, as those of most models are: a call to `auto` estimates hundreds of models, and
 * the calculator takes 5 µs for each.
 */
function multiplyPrices(table: PriceTable, { promptTokens, completionTokens }: ExpectedTokens): number | undefined {
  const { input_mtok: input, output_mtok: output, requests_kcount: request } = table;
  if (typeof input !== 'number' || typeof output !== 'number' || request !== undefined) return undefined;
  const cost = (promptTokens * input + completionTokens * output) / 1_000_000;
  return cost >= 0 && promptTokens >= 0 && completionTokens >= 0 ? cost : undefined;
}
