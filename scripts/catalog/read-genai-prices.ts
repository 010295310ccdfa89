import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { ModelPrices, PriceKey, PriceTable } from '../../src/catalog/model-prices.ts';
import { priceKeys } from '../../src/catalog/model-prices.ts';

type Match =
  | { readonly or: readonly Match[] }
  | { readonly and: readonly Match[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

const match: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.object({ or: z.array(match) }),
    z.object({ and: z.array(match) }),
    z.object({ equals: z.string() }),
    z.object({ starts_with: z.string() }),
    z.object({ ends_with: z.string() }),
    z.object({ contains: z.string() }),
    z.object({ regex: z.string() }),
  ]),
);

const price = z.union([
  z.number(),
  z.object({ base: z.number(), tiers: z.array(z.object({ start: z.number(), price: z.number() })) }),
]);

const table = z.record(z.string(), price.optional());

const constraint = z.union([
  z.object({ type: z.literal('start_date'), start_date: z.iso.date() }),
  z.object({ type: z.literal('time_of_date'), start_time: z.string(), end_time: z.string() }),
]);

const model = z.object({
  id: z.string(),
  name: z.string().optional(),
  match,
  context_window: z.int().positive().optional(),
  prices: z.union([z.array(z.object({ constraint: constraint.optional(), prices: table })), table]),
  price_comments: z.string().optional(),
  deprecated: z.boolean().optional(),
});

const provider = z.object({ id: z.string(), name: z.string(), models: z.array(model) });

const library = z.looseObject({ findProvider: z.custom<(options: { providerId: string }) => unknown>(isFunction) });

/** A model as genai-prices has it. */
export interface GenaiModel {
  readonly id: string;
  readonly displayName: string | undefined;
  readonly contextTokens: number | undefined;
  readonly isDeprecated: boolean;
  /** With the names of prices that the catalogue has. Empty: none. */
  readonly prices: ModelPrices;
  /** Names of prices that the catalogue does not have. */
  readonly otherKeys: readonly string[];
  /** Names that it is called by, as far as the data lists them one by one. */
  readonly names: readonly string[];
}

/** A provider as genai-prices has it. */
export interface GenaiProvider {
  readonly name: string;
  readonly models: readonly GenaiModel[];
  /** The model that a name belongs to, by the data's own rules. */
  find(modelName: string): GenaiModel | undefined;
}

/** Looks a provider up. @returns `undefined`: genai-prices has none of this id. */
export type FindGenaiProvider = (providerId: string) => GenaiProvider | undefined;

/**
 * Loads genai-prices from its unpacked package.
 *
 * @throws Error when the package or its data is not as expected.
 */
export async function readGenaiPrices(folder: string): Promise<FindGenaiProvider> {
  const loaded: unknown = await import(pathToFileURL(join(folder, 'dist/index.js')).href);
  const { findProvider } = library.parse(loaded);
  return (providerId) => {
    const found = findProvider({ providerId });
    if (found === undefined) return undefined;
    const { id, name, models } = provider.parse(found);
    // It also finds providers whose pattern the id fits.
    if (id !== providerId) return undefined;
    const known = models.map((entry) => ({ entry, model: toGenaiModel(entry) }));
    return {
      name,
      models: known.map(({ model: converted }) => converted),
      find: (modelName) => known.find(({ entry }) => isMatch(entry.match, modelName))?.model,
    };
  };
}

function toGenaiModel(entry: z.infer<typeof model>): GenaiModel {
  const list = Array.isArray(entry.prices) ? entry.prices : [{ prices: entry.prices }];
  const isKnown = new Set<string>(priceKeys);
  const keys = new Set(list.flatMap(({ prices }) => Object.keys(prices)));
  // A table without prices says that nothing is charged only where a comment or the name does.
  const isFree = keys.size === 0 && /\bfree\b/i.test(`${entry.name ?? ''} ${entry.price_comments ?? ''}`);
  const converted = list.map(({ constraint: when, prices }) => ({
    ...(when !== undefined && { constraint: when }),
    prices: toPriceTable(prices),
  }));
  return {
    id: entry.id,
    displayName: entry.name,
    contextTokens: entry.context_window,
    isDeprecated: entry.deprecated ?? false,
    prices: isFree ? [{ prices: { input_mtok: 0, output_mtok: 0 } }] : keys.size === 0 ? [] : converted,
    otherKeys: [...keys].filter((key) => !isKnown.has(key)),
    names: listNames(entry.match),
  };
}

function toPriceTable(prices: z.infer<typeof table>): PriceTable {
  const written: { [Key in PriceKey]?: z.infer<typeof price> } = {};
  for (const key of priceKeys) {
    const value = prices[key];
    if (value !== undefined) written[key] = value;
  }
  return written;
}

function listNames(rule: Match): readonly string[] {
  if ('equals' in rule) return [rule.equals];
  return 'or' in rule ? rule.or.flatMap(listNames) : [];
}

function isMatch(rule: Match, text: string): boolean {
  if ('or' in rule) return rule.or.some((part) => isMatch(part, text));
  if ('and' in rule) return rule.and.every((part) => isMatch(part, text));
  if ('equals' in rule) return text === rule.equals;
  if ('starts_with' in rule) return text.startsWith(rule.starts_with);
  if ('ends_with' in rule) return text.endsWith(rule.ends_with);
  if ('contains' in rule) return text.includes(rule.contains);
  return new RegExp(rule.regex).test(text);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
