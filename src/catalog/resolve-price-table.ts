import type { ModelPrices, PriceTable } from './model-prices.ts';
import { calculatePrice, createRate, type Rate } from './price-calculator.ts';

/** A rate whose tables are empty and stand for those of a model: choosing one so costs no arithmetic. */
interface Chooser {
  readonly rate: Rate;
  readonly tables: ReadonlyMap<object, PriceTable>;
}

const choosers = new WeakMap<ModelPrices, Chooser>();

/**
 * Finds the prices that hold at a time: of those whose constraint holds, the last of the list.
 *
 * @param atMs - Unix time in milliseconds.
 * @returns `undefined`: the time is none.
 */
export function resolvePriceTable(prices: ModelPrices, atMs: number): PriceTable | undefined {
  if (prices.length === 1) return prices[0]?.prices;
  const at = new Date(atMs);
  if (prices.length === 0 || Number.isNaN(at.getTime())) return undefined;
  let chooser = choosers.get(prices);
  if (chooser === undefined) {
    chooser = createChooser(prices);
    choosers.set(prices, chooser);
  }
  return chooser.tables.get(calculatePrice(chooser.rate, {}, at).table);
}

function createChooser(prices: ModelPrices): Chooser {
  const tables = new Map<object, PriceTable>();
  const stands = prices.map(({ constraint, prices: table }) => {
    const stand = {};
    tables.set(stand, table);
    return { prices: stand, ...(constraint !== undefined && { constraint }) };
  });
  return { rate: createRate(stands), tables };
}
