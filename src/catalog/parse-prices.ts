import { isJsonObject, type JsonObject } from '../core/json.ts';
import { didYouMean, suggest } from '../core/suggest.ts';
import {
  type ConditionalPrices,
  type ModelPrices,
  type PriceConstraint,
  type PriceKey,
  type PriceTable,
  priceKeys,
  type TieredPrice,
} from './model-prices.ts';

/** One thing that is wrong with prices. */
export interface PriceProblem {
  /** Where, in the JSON that was given. Empty: all of it. */
  readonly path: readonly (string | number)[];
  /** One or two sentences. */
  readonly text: string;
}

/** Prices, or all that is wrong with them: at least one problem. */
export type ParsedPrices = { readonly prices: ModelPrices } | { readonly problems: readonly PriceProblem[] };

/** More of these are a mistake: no provider has a tenth of them. */
const maxEntries = 100;
const maxTiers = 20;

/**
 * Parses the prices of a model, from a configuration, a store or a file.
 *
 * @param value - JSON: a list of prices and when they hold, or one table, which then holds always.
 */
export function parsePrices(value: unknown): ParsedPrices {
  const parser = new PriceParser();
  const prices = parser.parse(value);
  return parser.problems.length === 0 ? { prices } : { problems: parser.problems };
}

type Path = PriceProblem['path'];

/** Reads all of the value, so that all its problems are told at once. What it returns is of use only where there were none. */
class PriceParser {
  readonly problems: PriceProblem[] = [];

  parse(value: unknown): ModelPrices {
    if (isJsonObject(value)) return [{ prices: this.#parseTable(value, []) }];
    if (!Array.isArray(value)) return this.#fail([], 'It must be a table of prices, or a list of such tables.', []);
    if (value.length === 0) return this.#fail([], 'The list is empty. It must have prices that hold always.', []);
    if (value.length > maxEntries) return this.#fail([], `The list must not have more than ${maxEntries} entries.`, []);
    return value.map((entry: unknown, index) => this.#parseEntry(entry, index));
  }

  #parseEntry(entry: unknown, index: number): ConditionalPrices {
    if (!isJsonObject(entry)) return this.#fail([index], 'It must have "prices".', { prices: {} });
    this.#refuseOthers(entry, ['prices', 'constraint'], [index]);
    const { constraint, prices } = entry;
    const table = this.#parseTable(prices, [index, 'prices']);
    if (constraint === undefined) return { prices: table };
    if (index === 0) {
      const text = 'The first prices of the list hold whenever no others do, so they have no constraint.';
      return this.#fail([index, 'constraint'], text, { prices: table });
    }
    const parsed = this.#parseConstraint(constraint, [index, 'constraint']);
    return parsed === undefined ? { prices: table } : { constraint: parsed, prices: table };
  }

  #parseTable(value: unknown, path: Path): PriceTable {
    if (!isJsonObject(value)) return this.#fail(path, 'It must be a table of prices.', {});
    this.#refuseOthers(value, priceKeys, path);
    const table: { [Key in PriceKey]?: number | TieredPrice } = {};
    for (const key of priceKeys) {
      const price = value[key];
      if (price !== undefined) table[key] = this.#parsePrice(price, [...path, key]);
    }
    return table;
  }

  #parsePrice(value: unknown, path: Path): number | TieredPrice {
    if (!isJsonObject(value)) return this.#parseAmount(value, path);
    this.#refuseOthers(value, ['base', 'tiers'], path);
    const base = this.#parseAmount(value['base'], [...path, 'base']);
    const tiers: unknown = value['tiers'];
    const tiersPath = [...path, 'tiers'];
    if (!Array.isArray(tiers)) return this.#fail(tiersPath, 'It must be a list of tiers.', base);
    if (tiers.length > maxTiers) {
      return this.#fail(tiersPath, `The list must not have more than ${maxTiers} tiers.`, base);
    }
    let previous = 0;
    return {
      base,
      tiers: tiers.map((tier: unknown, index) => {
        const parsed = this.#parseTier(tier, previous, [...tiersPath, index]);
        previous = parsed.start;
        return parsed;
      }),
    };
  }

  #parseTier(value: unknown, previous: number, path: Path): TieredPrice['tiers'][number] {
    if (!isJsonObject(value))
      return this.#fail(path, 'It must have "start" and "price".', { start: previous, price: 0 });
    this.#refuseOthers(value, ['start', 'price'], path);
    const price = this.#parseAmount(value['price'], [...path, 'price']);
    const start: unknown = value['start'];
    if (typeof start !== 'number' || !Number.isSafeInteger(start) || start <= previous) {
      const text = 'It must be a whole number of tokens, greater than 0 and than the start before.';
      return this.#fail([...path, 'start'], text, { start: previous, price });
    }
    return { start, price };
  }

  #parseAmount(value: unknown, path: Path): number {
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    return this.#fail(path, 'It must be an amount of USD, 0 or more.', 0);
  }

  #parseConstraint(value: unknown, path: Path): PriceConstraint | undefined {
    const type = isJsonObject(value) ? value['type'] : undefined;
    if (isJsonObject(value) && type === 'start_date') {
      this.#refuseOthers(value, ['type', 'start_date'], path);
      const date = value['start_date'];
      if (isDate(date)) return { type, start_date: date };
      return this.#fail([...path, 'start_date'], 'It must be a day, such as 2026-01-31.', undefined);
    }
    if (isJsonObject(value) && type === 'time_of_date') {
      this.#refuseOthers(value, ['type', 'start_time', 'end_time'], path);
      const { start_time: start, end_time: end } = value;
      const isStart = isTime(start);
      const isEnd = isTime(end);
      const text = 'It must be a time in UTC, such as 16:30:00Z.';
      if (!isStart) this.#fail([...path, 'start_time'], text, undefined);
      if (!isEnd) this.#fail([...path, 'end_time'], text, undefined);
      if (!isStart || !isEnd) return undefined;
      if (start !== end) return { type, start_time: start, end_time: end };
      return this.#fail(path, 'It ends when it starts, so it never holds.', undefined);
    }
    return this.#fail(path, 'It must have a type: "start_date" or "time_of_date".', undefined);
  }

  #refuseOthers(value: JsonObject, known: readonly string[], path: Path): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      this.#fail([...path, key], `There is no such key.${didYouMean(suggest(key, known))}`, undefined);
    }
  }

  #fail<Result>(path: Path, text: string, result: Result): Result {
    this.problems.push({ path, text });
    return result;
  }
}

function isDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  // February 30 is taken for March 2.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(value);
}
