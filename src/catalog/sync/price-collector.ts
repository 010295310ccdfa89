import type { ModelPrices, PriceKey, PriceTable, TieredPrice } from '../model-prices.ts';
import { parsePrices } from '../parse-prices.ts';

/** Prices as far as a row has them. */
export type CollectedPrices =
  | { readonly prices: ModelPrices | undefined }
  /** What is wrong with them, as the end of a sentence. */
  | { readonly problem: string };

interface CollectedPrice {
  base?: number;
  /** Prices by the tokens of a prompt above which they hold. */
  readonly tiers: Map<number, number>;
}

/** Collects the prices of one row of a source. */
export class PriceCollector {
  readonly #prices = new Map<PriceKey, CollectedPrice>();
  #problem: string | undefined;

  /**
   * Takes a price.
   *
   * @param field - its name in the row, for what is told.
   * @param value - `undefined`: the row does not have it.
   * @param scale - what makes the unit of the key of the row's unit.
   * @param start - the tokens of a prompt above which it holds. Default: it holds for all that no other one holds for.
   */
  add(key: PriceKey, field: string, value: unknown, scale: number, start?: number): void {
    if (value === undefined || value === null) return;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      this.#problem ??= `${field} is no price`;
      return;
    }
    const entry: CollectedPrice = this.#prices.get(key) ?? { tiers: new Map() };
    this.#prices.set(key, entry);
    const price = scalePrice(value, scale);
    if (start === undefined) entry.base = price;
    else entry.tiers.set(start, price);
  }

  /** The prices, when there is one at least. */
  end(): CollectedPrices {
    if (this.#problem !== undefined) return { problem: this.#problem };
    const table: { -readonly [Key in PriceKey]?: number | TieredPrice } = {};
    for (const [key, { base, tiers }] of this.#prices) {
      // What only long prompts have a price for has none that could be counted with for the others.
      if (base !== undefined) table[key] = createPrice(base, tiers);
    }
    return Object.keys(table).length === 0 ? { prices: undefined } : check(table);
  }
}

function createPrice(base: number, tiers: ReadonlyMap<number, number>): number | TieredPrice {
  if (tiers.size === 0) return base;
  const sorted = [...tiers].toSorted(([one], [other]) => one - other);
  return { base, tiers: sorted.map(([start, price]) => ({ start, price })) };
}

/** One rule for prices, whoever they are from. */
function check(table: PriceTable): CollectedPrices {
  const parsed = parsePrices([{ prices: table }]);
  return 'prices' in parsed ? parsed : { problem: 'its prices cannot be taken' };
}

/** Without the last digits, which binary fractions get wrong: 3e-7 times a million is 0.3. */
function scalePrice(value: number, scale: number): number {
  return Number((value * scale).toPrecision(12));
}
