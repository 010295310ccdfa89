import { createRequire } from 'node:module';
import type { calcPrice, ModelPrice } from '@pydantic/genai-prices';

type CalculatePrice = typeof calcPrice;

/** Prices as the calculator takes them. Made once for each table: see {@link createRate}. */
export type Rate = NonNullable<NonNullable<Parameters<CalculatePrice>[2]>['provider']>;

/** The one model of a {@link Rate}. */
const modelName = 'model';

let calculate: CalculatePrice | undefined;

/**
 * Loads the calculator, so that the first answer does not wait for it.
 *
 * The package brings the prices of a thousand models in the same file, which nothing here consults: the catalogue is the only source. Loading
 * it takes about 30 ms, hence not at the start of the process. Costs are computed without waiting, which leaves `require`; its CommonJS form
 * is the smaller one as well.
 */
export function loadPriceCalculator(): CalculatePrice {
  if (calculate === undefined) {
    const loaded: typeof import('@pydantic/genai-prices') = createRequire(import.meta.url)('@pydantic/genai-prices');
    calculate = loaded.calcPrice;
  }
  return calculate;
}

/** Makes a {@link Rate} of one table, or of tables and when they hold. */
export function createRate(prices: Rate['models'][number]['prices']): Rate {
  return {
    id: 'catalogue',
    name: 'catalogue',
    api_pattern: '',
    models: [{ id: modelName, match: { equals: modelName }, prices }],
  };
}

/**
 * Computes the price of counts.
 *
 * @param at - decides between tables. Default: the rate has but one.
 * @returns USD, and the table that was taken.
 * @throws an Error when a part of the counts is greater than the whole, or the table lacks the price of a part that overlaps two others.
 */
export function calculatePrice(
  rate: Rate,
  counts: Readonly<Record<string, number>>,
  at: Date = new Date(0),
): { readonly total: number; readonly table: ModelPrice } {
  const price = loadPriceCalculator()(counts, modelName, { provider: rate, timestamp: at });
  if (price === null) throw new Error('The calculator does not find the model of a rate.');
  return { total: price.total_price, table: price.model_price };
}
