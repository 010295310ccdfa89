import type { CatalogModel } from '../catalog-model.ts';
import { type ModelPrices, priceKeys } from '../model-prices.ts';
import type { NamedScores, SyncedCatalog } from './catalog-source.ts';

/** A price that is another one than in the last sync. */
export interface PriceChange {
  /** `provider/model`. */
  readonly id: string;
  /** The key of the price, with `above 200000` behind it for prompts of more tokens. */
  readonly price: string;
  readonly before: number;
  readonly now: number;
}

/** What a sync changes of the last one of its source. Models and scores are counted alike. */
export interface SyncComparison {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly sameCount: number;
  /** The largest first. */
  readonly priceChanges: readonly PriceChange[];
  /** Those of the price changes that are more likely a mistake than a new price. */
  readonly jumps: readonly PriceChange[];
}

/** By what a price may rise or fall at once without being suspicious. */
const maxPriceFactor = 3;

/** Compares what a source says now with what it said when it was last synced. */
export function compareSyncs(before: SyncedCatalog, now: SyncedCatalog): SyncComparison {
  const [old, current] = [indexRows(before), indexRows(now)];
  const added = [...current.keys()].filter((id) => !old.has(id));
  const removed = [...old.keys()].filter((id) => !current.has(id));
  const shared = [...current].filter(([id]) => old.has(id));
  const changed = shared.filter(([id, row]) => old.get(id) !== row).map(([id]) => id);
  const priceChanges = comparePrices(before.models, now.models);
  const jumps = priceChanges.filter((change) => readFactor(change) > maxPriceFactor);
  return { added, changed, removed, sameCount: shared.length - changed.length, priceChanges, jumps };
}

/** What each row says, as text, without where it comes from and of which day it is. */
function indexRows({ models, scores }: SyncedCatalog): ReadonlyMap<string, string> {
  return new Map([
    ...models.map((model) => [nameModel(model), JSON.stringify({ ...model, source: undefined })] as const),
    ...scores.map((row) => [nameScores(row), JSON.stringify(row.scores, withoutDate)] as const),
  ]);
}

function withoutDate(key: string, value: unknown): unknown {
  return key === 'date' ? undefined : value;
}

function nameModel({ provider, model }: CatalogModel): string {
  return `${provider}/${model}`;
}

function nameScores({ name, releaseDate }: NamedScores): string {
  return releaseDate === undefined ? name : `${name} (${releaseDate})`;
}

function comparePrices(before: readonly CatalogModel[], now: readonly CatalogModel[]): PriceChange[] {
  const old = new Map(before.map((model) => [nameModel(model), model.prices]));
  const changes = now.flatMap((model): PriceChange[] => {
    const oldPrices = listAmounts(old.get(nameModel(model)) ?? []);
    return [...listAmounts(model.prices ?? [])].flatMap(([price, amount]) => {
      const oldAmount = oldPrices.get(price);
      if (oldAmount === undefined || oldAmount === amount) return [];
      return [{ id: nameModel(model), price, before: oldAmount, now: amount }];
    });
  });
  return changes.toSorted((one, other) => readFactor(other) - readFactor(one));
}

/** The prices that hold always; sources have no others. */
function listAmounts(prices: ModelPrices): ReadonlyMap<string, number> {
  const table = prices[0]?.prices ?? {};
  return new Map(
    priceKeys.flatMap((key): [string, number][] => {
      const price = table[key];
      if (price === undefined) return [];
      if (typeof price === 'number') return [[key, price]];
      return [[key, price.base], ...price.tiers.map(({ start, price: amount }) => tierOf(key, start, amount))];
    }),
  );
}

function tierOf(key: string, start: number, amount: number): [string, number] {
  return [`${key} above ${start}`, amount];
}

/** How many times as high the higher of the two prices is. Infinite from and to zero. */
function readFactor({ before, now }: PriceChange): number {
  return Math.max(before, now) / Math.min(before, now);
}
