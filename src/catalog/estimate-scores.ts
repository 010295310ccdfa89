import type { CatalogModel, Score, ScoreAxis } from './catalog-model.ts';
import { groupVersions, type ModelVersion } from './group-versions.ts';
import type { PriceTable } from './model-prices.ts';
import { priceOfSize } from './price-of-size.ts';
import { resolvePriceTable } from './resolve-price-table.ts';

/** An estimate for each axis. */
export type EstimatedScores = { readonly [Axis in ScoreAxis]: Score };

/** What models are estimated with. */
export interface EstimateOptions {
  /** What the same model is called wherever it runs. */
  readonly canonicalName: (model: CatalogModel) => string;
  /** Which prices hold, and the date of the estimates. Unix time in milliseconds. */
  readonly atMs: number;
}

/** A year says as much as a price that is 6 times as high: 10 ** 0.8. */
const gainPerYear = 0.8;
/** What reasoning before the answer adds, in units of a tenfold price. */
const reasoningGains: { readonly [Axis in ScoreAxis]: number } = { intelligence: 0.4, coding: 0.3, math: 0.8 };

/**
 * What a price counts for at most, in USD per million tokens; one that is as high as this counts for half of it. What the dearest models cost
 * says more of their makers than of their ability.
 */
const highPrice = 3;
/** Prices below this are no sign of ability. USD per million tokens. */
const minPrice = 0.01;

/** Years count from here. */
const epochMs = Date.UTC(2023, 0, 1);
const msPerYear = 365.25 * 24 * 3600 * 1000;
/**
 * Which sum is 50, and how many more are about 73. So Claude 3.5 Sonnet has about 34 and GPT-5 about 66, as in the scores of Epoch: where some
 * models are measured and others are not, the two can be compared.
 */
const middle = 2.1;
const spread = 0.9;

/**
 * Estimates how good models are, from what is known of them without measuring: the price, the date, the size in the name, and whether they
 * reason.
 *
 * `score = 100 / (1 + exp((2.1 - sum) / 0.9))` with `sum = 0.8 years + log10(price / (1 + price / 3)) + reasoning`, where the years are those
 * from 2023 to the release and the price is that of a million tokens, three of the prompt to one of the answer: the median of the providers
 * that charge for it, or that of its size if its name tells it and that is less. How well that orders: docs/prices.md.
 *
 * Each version of a model has one estimate, whoever runs it, wherever and however fast: {@link groupVersions}. It gets none when its date is
 * not known, or neither price nor size, or it does not write text, or is a test.
 */
export function estimateScores(
  models: readonly CatalogModel[],
  { canonicalName, atMs }: EstimateOptions,
): ReadonlyMap<CatalogModel, EstimatedScores> {
  const date = new Date(atMs).toISOString().slice(0, 10);
  const readPrice = ({ prices }: CatalogModel): number | undefined =>
    readCharge(prices && resolvePriceTable(prices, atMs));
  const scores = new Map<CatalogModel, EstimatedScores>();
  for (const version of groupVersions(models.filter(writesText), { canonicalName, readPrice, atMs })) {
    const price = resolveWorth(version, readPrice);
    if (price === undefined || version.releasedMs === undefined) continue;
    const years = (version.releasedMs - epochMs) / msPerYear;
    const sum = gainPerYear * years + Math.log10(price / (1 + price / highPrice));
    const reasons = version.offers.some(({ capabilities }) => capabilities?.reasoning === true);
    const score = (axis: ScoreAxis): Score => ({
      value: toScore(sum + (reasons ? reasoningGains[axis] : 0)),
      source: 'estimate',
      date,
      isEstimated: true,
    });
    const estimated = { intelligence: score('intelligence'), coding: score('coding'), math: score('math') };
    for (const offer of version.offers) scores.set(offer, estimated);
  }
  return scores;
}

function toScore(sum: number): number {
  return Number((100 / (1 + Math.exp((middle - sum) / spread))).toFixed(2));
}

function writesText({ outputModalities, isTest }: CatalogModel): boolean {
  return isTest !== true && (outputModalities === undefined || outputModalities.includes('text'));
}

/** The price by which a version is judged. `undefined`: nothing tells. */
function resolveWorth(
  { name, offers, plainOffers }: ModelVersion,
  readPrice: (model: CatalogModel) => number | undefined,
): number | undefined {
  const price = median(plainOffers.map(readPrice)) ?? median(offers.map(readPrice));
  const ofSize = priceOfSize(name);
  if (price === undefined && ofSize === undefined) return undefined;
  return Math.max(Math.min(price ?? Number.POSITIVE_INFINITY, ofSize ?? Number.POSITIVE_INFINITY), minPrice);
}

/** A price of nothing says that somebody gives the model away, and not what it is worth. */
function readCharge(table: PriceTable | undefined): number | undefined {
  const [input, output] = [table?.input_mtok, table?.output_mtok].map((price) =>
    typeof price === 'object' ? price.base : price,
  );
  const price = input === undefined || output === undefined ? 0 : (3 * input + output) / 4;
  return price > 0 ? price : undefined;
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return lower === undefined || upper === undefined ? undefined : (lower + upper) / 2;
}
