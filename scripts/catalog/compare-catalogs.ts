import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { type PriceTable, priceKeys } from '../../src/catalog/model-prices.ts';
import { readBase } from './choose-prices.ts';

/** How two catalogues differ. */
export interface CatalogDifference {
  /** Ids that are new. */
  readonly added: readonly string[];
  /** Ids that are gone. */
  readonly removed: readonly string[];
  /** One line for each limit or price that changed. */
  readonly changed: readonly string[];
  /** Those of {@link changed} that are more likely a mistake of a source than a new price. */
  readonly jumps: readonly PriceJump[];
}

/** A price that changed by too much. */
export interface PriceJump {
  /** `provider/model`. */
  readonly id: string;
  readonly line: string;
}

/** A price that grows or falls by more than this is looked at by a person. Providers halve prices; they do not cut them to a fourth. */
const maxPriceFactor = 3;

const limits = ['contextTokens', 'maxOutputTokens'] as const satisfies readonly (keyof CatalogModel)[];

/** Compares what is there with what is to come. */
export function compareCatalogs(before: readonly CatalogModel[], after: readonly CatalogModel[]): CatalogDifference {
  const old = new Map(before.map((model) => [createId(model), model]));
  const young = new Map(after.map((model) => [createId(model), model]));
  const changed: string[] = [];
  const jumps: PriceJump[] = [];
  for (const [id, model] of young) {
    const known = old.get(id);
    if (known === undefined) continue;
    for (const limit of limits) {
      if (known[limit] !== model[limit]) changed.push(`${id} ${limit}: ${show(known[limit])} -> ${show(model[limit])}`);
    }
    for (const change of comparePrices(known, model)) {
      const line = `${id} ${change.text}`;
      changed.push(line);
      if (change.isJump) jumps.push({ id, line });
    }
  }
  return {
    added: [...young.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !young.has(id)),
    changed,
    jumps,
  };
}

function comparePrices(before: CatalogModel, after: CatalogModel) {
  const [old, young] = [before.prices ?? [], after.prices ?? []];
  const length = Math.max(old.length, young.length);
  return Array.from({ length }).flatMap((_, index) => {
    const when = index === 0 ? '' : ` (condition ${index})`;
    return compareTables(old[index]?.prices ?? {}, young[index]?.prices ?? {}, when);
  });
}

function compareTables(old: PriceTable, young: PriceTable, when: string) {
  return priceKeys.flatMap((key) => {
    if (JSON.stringify(old[key]) === JSON.stringify(young[key])) return [];
    const text = `${key}${when}: ${show(old[key])} -> ${show(young[key])}`;
    return [{ text, isJump: isJump(readBase(old[key]), readBase(young[key])) }];
  });
}

/** A price that nobody knew before is none. */
function isJump(before: number | undefined, after: number | undefined): boolean {
  if (before === undefined || after === undefined || before === after) return false;
  if (before === 0 || after === 0) return true;
  return Math.max(before, after) / Math.min(before, after) > maxPriceFactor;
}

function createId({ provider, model }: CatalogModel): string {
  return `${provider}/${model}`;
}

function show(value: unknown): string {
  return value === undefined ? 'not known' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
