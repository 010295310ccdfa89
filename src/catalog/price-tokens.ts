import type { PriceKey, PriceTable, TieredPrice } from './model-prices.ts';
import { calculatePrice, createRate, type Rate } from './price-calculator.ts';
import type { TokenCounts } from './split-usage.ts';

type Price = number | TieredPrice;

/**
 * What a price can be for besides the two sums. A rate holds the prices of the parts that a call has, and no others: most calls have one or
 * none, and the calculator's work grows with the square of their number.
 */
const parts: readonly { readonly price: PriceKey; readonly count: keyof TokenCounts }[] = [
  { price: 'cache_read_mtok', count: 'cacheRead' },
  { price: 'cache_write_mtok', count: 'cacheWrite' },
  { price: 'cache_write_1h_mtok', count: 'cacheWrite1h' },
  { price: 'input_audio_mtok', count: 'promptAudio' },
  { price: 'input_image_mtok', count: 'promptImage' },
  { price: 'output_reasoning_mtok', count: 'reasoning' },
  { price: 'output_audio_mtok', count: 'completionAudio' },
  { price: 'output_image_mtok', count: 'completionImage' },
];

/** The prices of a set of parts, and the names of the counts that they are for. */
interface PartRate {
  readonly rate: Rate;
  readonly counts: readonly CountName[];
}

/** By their table, and by the set of their parts, one bit each. */
const ratesByTable = new WeakMap<PriceTable, Map<number, PartRate>>();

/**
 * Computes what tokens cost.
 *
 * Each token is charged once, at the price of the smallest part that it belongs to and that has a price. A part without one costs what the
 * whole costs, except for those that are known to cost otherwise wherever there are any: then nobody can say.
 *
 * @returns USD, without the noise of binary fractions. `undefined`: a price is missing, or the counts are not those of a call: one is negative
 *   or no number, or parts with prices of their own are greater than the whole, so that one of them is wrong and nobody knows which.
 */
export function priceTokens(table: PriceTable, counts: TokenCounts): number | undefined {
  if (!areNumbers(counts) || isPriceMissing(table, counts)) return undefined;
  const set = pickParts(table, counts);
  const priced = dropParts(counts, set);
  if (!isPossible(priced)) return undefined;
  let rates = ratesByTable.get(table);
  if (rates === undefined) {
    rates = new Map();
    ratesByTable.set(table, rates);
  }
  let rate = rates.get(set);
  if (rate === undefined) {
    rate = createPartRate(table, set);
    rates.set(set, rate);
  }
  const { total } = calculatePrice(rate.rate, encodeCounts(priced, rate.counts));
  // A sum of decimal prices is off by some 1e-16 of itself; nobody is charged for that.
  return Number(total.toPrecision(12));
}

/** Whether tokens have no price that can be taken for theirs. */
function isPriceMissing(table: PriceTable, counts: TokenCounts): boolean {
  return (
    (counts.prompt > 0 && table.input_mtok === undefined) ||
    (counts.completion > 0 && table.output_mtok === undefined) ||
    (counts.cacheWrite1h > 0 && table.cache_write_1h_mtok === undefined) ||
    (counts.promptAudio > 0 && table.input_audio_mtok === undefined) ||
    (counts.completionAudio > 0 && table.output_audio_mtok === undefined) ||
    (counts.completionImage > 0 && table.output_image_mtok === undefined)
  );
}

/** The set of parts that a call has and that have a price. */
function pickParts(table: PriceTable, counts: TokenCounts): number {
  let set = 0;
  for (const [index, { price, count }] of parts.entries()) {
    if (counts[count] > 0 && table[price] !== undefined) set |= 1 << index;
  }
  return set;
}

/** Leaves out the parts that have no price of their own: how many of them there were makes no difference. */
function dropParts(counts: TokenCounts, set: number): TokenCounts {
  const kept: { -readonly [Key in keyof TokenCounts]: number } = { ...counts };
  for (const [index, { count }] of parts.entries()) if ((set & (1 << index)) === 0) kept[count] = 0;
  // Where an hour has a price and five minutes have none, or only the hour was counted.
  kept.cacheWrite = Math.max(kept.cacheWrite, kept.cacheWrite1h);
  return kept;
}

function areNumbers(counts: TokenCounts): boolean {
  return Object.values(counts).every((count) => Number.isFinite(count) && count >= 0);
}

/** Whether the counts can be those of a call. Audio and images may be cached, the others exclude each other. */
function isPossible(counts: TokenCounts): boolean {
  return (
    counts.cacheRead + counts.cacheWrite <= counts.prompt &&
    counts.promptAudio + counts.promptImage <= counts.prompt &&
    counts.reasoning + counts.completionAudio + counts.completionImage <= counts.completion
  );
}

function createPartRate(table: PriceTable, set: number): PartRate {
  const complete = completeTable(table, set);
  return { rate: createRate(complete), counts: countNames.filter((name) => priceOf(name) in complete) };
}

/** The calculator's name of the price of what it counts under another. */
function priceOf(count: CountName): string {
  return count.replace('_tokens', '_mtok');
}

/**
 * Takes the prices of a set of parts, with those that the calculator wants besides: of what an hour's write is a part of, and of each overlap
 * of two parts.
 */
function completeTable(table: PriceTable, set: number): Record<string, number | { base: number; tiers: Tier[] }> {
  const chosen: { [Key in PriceKey]?: Price | undefined } = {
    input_mtok: table.input_mtok,
    output_mtok: table.output_mtok,
    requests_kcount: table.requests_kcount,
  };
  for (const [index, { price }] of parts.entries()) if ((set & (1 << index)) !== 0) chosen[price] = table[price];
  if (chosen.cache_write_1h_mtok !== undefined) chosen.cache_write_mtok ??= table.input_mtok;
  const { input_audio_mtok: audio, input_image_mtok: image, output_reasoning_mtok: reasoning } = chosen;
  const complete: Record<string, Price | undefined> = {
    ...chosen,
    ...(chosen.cache_read_mtok !== undefined && {
      cache_audio_read_mtok: audio === undefined ? undefined : (table.cache_audio_read_mtok ?? audio),
      cache_image_read_mtok: image === undefined ? undefined : (table.cache_image_read_mtok ?? image),
    }),
    ...(chosen.cache_write_mtok !== undefined && { cache_audio_write_mtok: audio, cache_image_write_mtok: image }),
    ...(chosen.cache_write_1h_mtok !== undefined && {
      cache_audio_write_1h_mtok: audio,
      cache_image_write_1h_mtok: image,
    }),
    ...(reasoning !== undefined && {
      output_audio_reasoning_mtok: chosen.output_audio_mtok,
      output_image_reasoning_mtok: chosen.output_image_mtok,
    }),
  };
  return copyPrices(complete);
}

interface Tier {
  start: number;
  price: number;
}

function copyPrices(table: Readonly<Record<string, Price | undefined>>): ReturnType<typeof completeTable> {
  const copy: ReturnType<typeof completeTable> = {};
  for (const [key, price] of Object.entries(table)) {
    if (typeof price === 'number') copy[key] = price;
    else if (price !== undefined) copy[key] = { base: price.base, tiers: price.tiers.map((tier) => ({ ...tier })) };
  }
  return copy;
}

/** What the calculator counts. Parts of a sum, and the overlaps of parts, are in the count of the sum too. */
const countNames = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'input_audio_tokens',
  'input_image_tokens',
  'cache_audio_read_tokens',
  'cache_image_read_tokens',
  'cache_audio_write_tokens',
  'cache_image_write_tokens',
  'cache_audio_write_1h_tokens',
  'cache_image_write_1h_tokens',
  'output_tokens',
  'output_reasoning_tokens',
  'output_audio_tokens',
  'output_image_tokens',
  'output_audio_reasoning_tokens',
  'output_image_reasoning_tokens',
] as const;

type CountName = (typeof countNames)[number];

/**
 * Names the counts as the calculator does.
 *
 * No provider says in one count how many of the cached tokens were text. As many as there is text are taken for text: it comes first in most
 * prompts, and so in a cache. What is left was audio or images; where such tokens are written to a cache they cost what they always cost.
 */
function encodeCounts(counts: TokenCounts, names: readonly CountName[]): Partial<Record<CountName, number>> {
  const { promptAudio: audio, promptImage: image } = counts;
  const text = counts.prompt - audio - image;
  const notText = Math.max(0, counts.cacheRead + counts.cacheWrite - text);
  const notTextRead = Math.min(notText, counts.cacheRead);
  const audioRead = Math.min(notTextRead, audio);
  const textWrite = counts.cacheWrite - (notText - notTextRead);
  const all: Record<CountName, number> = {
    input_tokens: counts.prompt,
    cache_read_tokens: counts.cacheRead,
    cache_write_tokens: textWrite,
    cache_write_1h_tokens: Math.min(counts.cacheWrite1h, textWrite),
    input_audio_tokens: audio,
    input_image_tokens: image,
    cache_audio_read_tokens: audioRead,
    cache_image_read_tokens: notTextRead - audioRead,
    cache_audio_write_tokens: 0,
    cache_image_write_tokens: 0,
    cache_audio_write_1h_tokens: 0,
    cache_image_write_1h_tokens: 0,
    output_tokens: counts.completion,
    output_reasoning_tokens: counts.reasoning,
    output_audio_tokens: counts.completionAudio,
    output_image_tokens: counts.completionImage,
    output_audio_reasoning_tokens: 0,
    output_image_reasoning_tokens: 0,
  };
  const encoded: Partial<Record<CountName, number>> = {};
  for (const name of names) encoded[name] = all[name];
  return encoded;
}
