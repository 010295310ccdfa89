import type { CatalogModel, Score, ScoreAxis } from './catalog-model.ts';
import type { PriceTable } from './model-prices.ts';
import { priceOfSize } from './price-of-size.ts';
import { resolvePriceTable } from './resolve-price-table.ts';
import { resolveReleaseDate } from './resolve-release-date.ts';

/** An estimate for each axis. */
export type EstimatedScores = { readonly [Axis in ScoreAxis]: Score };

/** What models are estimated with. */
export interface EstimateOptions {
  /** What the same model is called wherever it runs: it gets one score, whoever runs it. */
  readonly canonicalName: (model: CatalogModel) => string;
  /** Which prices hold, and the date of the estimates. Unix time in milliseconds. */
  readonly atMs: number;
}

/**
 * How the estimate grows. Prices of the same ability have fallen by more than a factor of ten a year, and makers price their models by ability,
 * so both the logarithm of the price and the date say something, and a year about as much as a factor of 30.
 */
const gainPerYear = 1.5;
const gainPerTenfoldPrice = 1;
/** What reasoning before the answer adds, in units of a tenfold price. */
const reasoningGains: { readonly [Axis in ScoreAxis]: number } = { intelligence: 0.4, coding: 0.3, math: 0.8 };

/** Years count from here. A model of this day that costs a dollar has the logit 0 - {@link middle}. */
const epochMs = Date.UTC(2023, 0, 1);
const msPerYear = 365.25 * 24 * 3600 * 1000;
/** Which sum is 50, and how many more are about 73. */
const middle = 3;
const spread = 1.6;

/** Prices outside of this are no sign of ability. USD per million tokens. */
const [minPrice, maxPrice] = [0.01, 100];

/**
 * Estimates how good models are, from what is known of them without measuring: the price, the date, and whether they reason.
 *
 * `score = 100 / (1 + exp((3 - (1.5 years + log10 price + reasoning)) / 1.6))`, where the years are those from 2023 to the release and the price
 * is that of a million tokens, three of the prompt to one of the answer: the median of the providers that charge for it. Of two models of one
 * day the dearer has the higher estimate; of two of one price, the newer. How well that orders: docs/prices.md.
 *
 * A model gets none when its date is not known, or it does not write text, or is a test. One that is free everywhere is taken for as dear as
 * others of its size, if its name tells the size.
 *
 * @returns by canonical name.
 */
export function estimateScores(
  models: readonly CatalogModel[],
  { canonicalName, atMs }: EstimateOptions,
): ReadonlyMap<string, EstimatedScores> {
  const date = new Date(atMs).toISOString().slice(0, 10);
  const scores = new Map<string, EstimatedScores>();
  for (const [name, group] of Map.groupBy(models.filter(writesText), canonicalName)) {
    const price = resolveGroupPrice(name, group, atMs);
    const releasedMs = findFirst(group.map((model) => resolveReleaseDate(model, atMs)));
    if (price === undefined || releasedMs === undefined) continue;
    const years = (releasedMs - epochMs) / msPerYear;
    const sum = gainPerYear * years + gainPerTenfoldPrice * Math.log10(price);
    const reasons = group.some(({ capabilities }) => capabilities?.reasoning === true);
    const score = (axis: ScoreAxis): Score => ({
      value: toScore(sum + (reasons ? reasoningGains[axis] : 0)),
      source: 'estimate',
      date,
      isEstimated: true,
    });
    scores.set(name, { intelligence: score('intelligence'), coding: score('coding'), math: score('math') });
  }
  return scores;
}

function toScore(sum: number): number {
  return Number((100 / (1 + Math.exp((middle - sum) / spread))).toFixed(2));
}

function writesText({ outputModalities, isTest }: CatalogModel): boolean {
  return isTest !== true && (outputModalities === undefined || outputModalities.includes('text'));
}

/** The price by which the model is judged. `undefined`: nothing tells. */
function resolveGroupPrice(name: string, group: readonly CatalogModel[], atMs: number): number | undefined {
  const charged = group.map(({ prices }) => prices && blend(resolvePriceTable(prices, atMs))).filter(isCharged);
  const price = charged.length > 0 ? median(charged) : priceOfSize(name);
  return price === undefined ? undefined : Math.min(Math.max(price, minPrice), maxPrice);
}

function blend(table: PriceTable | undefined): number | undefined {
  const [input, output] = [table?.input_mtok, table?.output_mtok].map((price) =>
    typeof price === 'object' ? price.base : price,
  );
  return input === undefined || output === undefined ? undefined : (3 * input + output) / 4;
}

/** A price of nothing says that somebody gives the model away, and not what it is worth. */
function isCharged(price: number | undefined): price is number {
  return price !== undefined && price > 0;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return lower === undefined || upper === undefined ? undefined : (lower + upper) / 2;
}

/** Who offers a model later does not make it newer. */
function findFirst(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
