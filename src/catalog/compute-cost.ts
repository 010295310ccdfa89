import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ModelPrices } from './model-prices.ts';
import { priceTokens } from './price-tokens.ts';
import { resolvePriceTable } from './resolve-price-table.ts';
import { splitUsage } from './split-usage.ts';

/**
 * Computes what an answer cost, from the tokens that the provider counted: docs/prices.md says how.
 *
 * Fees that do not depend on tokens are in it only where every call has them: searches of the web are not counted in `Usage`.
 *
 * @param atMs - when the call was made, in Unix milliseconds. It decides between prices that depend on the date or the hour.
 * @returns USD. `undefined` when it cannot be said: counts are missing or contradict each other, or a price is missing. Never throws.
 */
export function computeCost(usage: Usage, prices: ModelPrices, atMs: number): number | undefined {
  const counts = splitUsage(usage);
  const table = counts && resolvePriceTable(prices, atMs);
  return counts && table && priceTokens(table, counts);
}
