import { isJsonObject } from '../core/json.ts';
import { didYouMean, suggest } from '../core/suggest.ts';

/** What can have a price. A test holds that these are the keys that the catalogue knows. */
export const configuredPriceKeys = [
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

/** The highest price of anything, in USD. */
const maxAmount = 1_000_000;
const maxEntries = 100;
const maxTiers = 20;

/** What is wrong with prices, and where in them. */
export interface PriceProblem {
  readonly path: readonly (string | number)[];
  /** A sentence or two. */
  readonly text: string;
}

/**
 * Finds what is wrong with the prices of a model: one table, or a list of `{prices, constraint}` of which the last one that holds counts.
 *
 * @returns the first problem.
 */
export function findPriceProblem(value: unknown): PriceProblem | undefined {
  if (value === undefined || isJsonObject(value)) return value && findTableProblem(value, []);
  if (!Array.isArray(value) || value.length === 0 || value.length > maxEntries) {
    return { path: [], text: `It must be a table of prices, or a list of 1 to ${maxEntries} of {prices, constraint}.` };
  }
  return findFirst(value, (entry, index) => findEntryProblem(entry, index));
}

type Path = PriceProblem['path'];

function findEntryProblem(entry: unknown, index: number): PriceProblem | undefined {
  const path = [index];
  if (!isJsonObject(entry)) return { path, text: 'It must be {prices, constraint}.' };
  const unknown = findUnknownKey(entry, ['prices', 'constraint'], path);
  if (unknown !== undefined) return unknown;
  const { constraint } = entry;
  if (index === 0 && constraint !== undefined) {
    const text = 'The first prices hold when no later ones do. Remove this.';
    return { path: [index, 'constraint'], text };
  }
  return (
    findTableProblem(entry['prices'], [index, 'prices']) ??
    (constraint === undefined ? undefined : findConstraintProblem(constraint, [index, 'constraint']))
  );
}

function findConstraintProblem(value: unknown, path: Path): PriceProblem | undefined {
  const type = isJsonObject(value) ? value['type'] : undefined;
  if (isJsonObject(value) && type === 'start_date') {
    const unknown = findUnknownKey(value, ['type', 'start_date'], path);
    if (unknown !== undefined || isDay(value['start_date'])) return unknown;
    return { path: [...path, 'start_date'], text: 'Write a day as "YYYY-MM-DD", in quotation marks.' };
  }
  if (isJsonObject(value) && type === 'time_of_date') {
    const unknown = findUnknownKey(value, ['type', 'start_time', 'end_time'], path);
    if (unknown !== undefined) return unknown;
    const wrong = ['start_time', 'end_time'].find((key) => !isTime(value[key]));
    if (wrong !== undefined) {
      return { path: [...path, wrong], text: 'Write a time of UTC as "HH:MM:SSZ", in quotation marks.' };
    }
    return value['start_time'] === value['end_time']
      ? { path, text: 'It ends when it starts. Write two times.' }
      : undefined;
  }
  return { path, text: 'It must have the type start_date or time_of_date.' };
}

function findTableProblem(table: unknown, path: Path): PriceProblem | undefined {
  if (!isJsonObject(table)) return { path, text: 'It must be a table of prices, such as {input_mtok: 0.5}.' };
  return (
    findUnknownKey(table, configuredPriceKeys, path) ??
    findFirst(Object.entries(table), ([key, price]) => findOnePriceProblem(price, [...path, key]))
  );
}

function findOnePriceProblem(price: unknown, path: Path): PriceProblem | undefined {
  if (!isJsonObject(price)) return findAmountProblem(price, path);
  const { base, tiers } = price;
  const problem = findUnknownKey(price, ['base', 'tiers'], path) ?? findAmountProblem(base, [...path, 'base']);
  if (problem !== undefined) return problem;
  if (!Array.isArray(tiers) || tiers.length === 0 || tiers.length > maxTiers) {
    return { path: [...path, 'tiers'], text: `It must be a list of 1 to ${maxTiers} of {start, price}.` };
  }
  let before = 0;
  return findFirst(tiers, (tier: unknown, index) => {
    const place = [...path, 'tiers', index];
    if (!isJsonObject(tier)) return { path: place, text: 'It must be {start, price}.' };
    const { start, price: amount } = tier;
    const unknown = findUnknownKey(tier, ['start', 'price'], place);
    if (unknown !== undefined) return unknown;
    if (typeof start !== 'number' || !Number.isSafeInteger(start) || start <= before) {
      return {
        path: [...place, 'start'],
        text: 'It must be a whole number of tokens, higher than that of the tier before.',
      };
    }
    before = start;
    return findAmountProblem(amount, [...place, 'price']);
  });
}

function findAmountProblem(amount: unknown, path: Path): PriceProblem | undefined {
  if (typeof amount === 'number' && amount >= 0 && amount <= maxAmount) return undefined;
  return { path, text: `It must be a number of USD, from 0 to ${maxAmount}.` };
}

function findUnknownKey(table: object, known: readonly string[], path: Path): PriceProblem | undefined {
  const key = Object.keys(table).find((name) => !known.includes(name));
  if (key === undefined) return undefined;
  return { path: [...path, key], text: `There is no such key.${didYouMean(suggest(key, known))}` };
}

function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  // February 30 is taken for March 2.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(value);
}

/** The first problem of some values. */
function findFirst<Value>(
  values: readonly Value[],
  find: (value: Value, index: number) => PriceProblem | undefined,
): PriceProblem | undefined {
  for (const [index, value] of values.entries()) {
    const problem = find(value, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
