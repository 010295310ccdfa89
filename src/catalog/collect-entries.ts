import { canonicaliseModelName } from './canonicalise-model-name.ts';
import type { CatalogModel, ScoreAxis } from './catalog-model.ts';
import type { CatalogProvider } from './catalog-provider.ts';
import type { CatalogEntry } from './catalog-view.ts';
import { mergeModels } from './merge-models.ts';

/** The scores of a model. */
export type ModelScores = NonNullable<CatalogModel['scores']>;

/** Scores for models that nobody measured. */
export type ScoreEstimator = (
  models: readonly CatalogModel[],
  canonicalName: (model: CatalogModel) => string,
) => ReadonlyMap<CatalogModel, { readonly [Axis in ScoreAxis]?: NonNullable<ModelScores[Axis]> }>;

/** What a catalogue is put together from. */
export interface CatalogSources {
  /** The models that came with this version. */
  readonly shipped: readonly CatalogModel[];
  /** What was synced from each source, the newest last. */
  readonly synced: readonly (readonly CatalogModel[])[];
  /** What the operator says. */
  readonly operator: readonly CatalogModel[];
  /** In the order in which their models are listed. */
  readonly providers: readonly CatalogProvider[];
  /** Fills scores that are not known. Default: they stay so. */
  readonly estimateScores?: ScoreEstimator | undefined;
}

/** A kind that stands for no one provider, so that nothing is known of the models of its kind. */
const anyProviderKind = 'openai-compatible';

/** The rows of one source for one provider, by model. */
type Layer = ReadonlyMap<string, readonly CatalogModel[]>;

/**
 * Puts the sources together to one entry for each model of each provider.
 *
 * A provider has the rows under its own id and those under its kind, the former first; with two accounts of one kind each has them all. What the
 * operator says decides over what was synced, newer syncs over older ones, and those over what was shipped. Rows of a provider that is not
 * configured follow, under its own name.
 *
 * @returns by provider, then by name.
 */
export function collectEntries({
  shipped,
  synced,
  operator,
  providers,
  estimateScores,
}: CatalogSources): readonly CatalogEntry[] {
  const aliases = listAliases(providers);
  const layers = [operator, ...synced.toReversed(), shipped].map((rows) => groupRows(rows, aliases));
  const operatorLayer = layers[0] ?? new Map<string, readonly CatalogModel[]>();
  const configured = new Set(providers.flatMap(({ id, kind }) => (kind === anyProviderKind ? [id] : [id, kind])));
  const others = new Set(layers.flatMap((layer) => [...layer.keys()].filter((name) => !configured.has(name))));
  const all = [
    ...providers,
    ...[...others].toSorted(compareText).map((name) => ({ id: name, kind: anyProviderKind, isLive: false })),
  ];
  const entries = all.flatMap(({ id, kind, isLive }) => {
    const names = kind === id || kind === anyProviderKind ? [id] : [id, kind];
    const priced = new Set(
      names.flatMap((name) => operatorLayer.get(name) ?? []).flatMap((row) => (row.prices ? [row.model] : [])),
    );
    return mergeLayers(layers, names).map((row): CatalogEntry => {
      const model = nameModel(row);
      return {
        id: `${id}/${model.model}`,
        providerId: id,
        isLive,
        canonicalName: model.canonicalName,
        ...(priced.has(model.model) && { hasOperatorPrices: true }),
        model,
      };
    });
  });
  return estimateScores === undefined ? entries : fillScores(entries, estimateScores);
}

/** Names of configured providers by their aliases. */
export function listAliases(providers: readonly CatalogProvider[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  const taken = new Set(providers.flatMap(({ id, kind }) => [id, kind]));
  for (const { id, aliases: names } of providers) {
    for (const name of names) if (!taken.has(name) && !aliases.has(name)) aliases.set(name, id);
  }
  return aliases;
}

/** Compares as code units, which is the same on every machine. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function groupRows(rows: readonly CatalogModel[], aliases: ReadonlyMap<string, string>): Layer {
  return Map.groupBy(rows, ({ provider }) => aliases.get(provider) ?? provider);
}

/** The models of a provider that has these names, sorted. */
function mergeLayers(layers: readonly Layer[], names: readonly string[]): CatalogModel[] {
  const rowsByModel = new Map<string, [CatalogModel, ...CatalogModel[]]>();
  for (const layer of layers) {
    for (const name of names) {
      // Of several rows of one source for one model the last holds.
      for (const row of layer.get(name)?.toReversed() ?? []) {
        const rows = rowsByModel.get(row.model);
        if (rows === undefined) rowsByModel.set(row.model, [row]);
        else rows.push(row);
      }
    }
  }
  return [...rowsByModel.values()].map(mergeModels).sort((one, other) => compareText(one.model, other.model));
}

/** Adds what the name tells where no row says it. */
function nameModel(row: CatalogModel): CatalogModel & { readonly canonicalName: string } {
  const { name, snapshot = row.snapshot } = canonicaliseModelName(row.model);
  return {
    ...row,
    canonicalName: row.canonicalName?.toLowerCase() ?? name,
    ...(snapshot !== undefined && { snapshot: row.snapshot ?? snapshot }),
  };
}

function fillScores(entries: readonly CatalogEntry[], estimateScores: ScoreEstimator): readonly CatalogEntry[] {
  const names = new Map(entries.map(({ model, canonicalName }) => [model, canonicalName]));
  const estimates = estimateScores([...names.keys()], (model) => names.get(model) ?? model.model);
  return entries.map((entry) => {
    const estimated = estimates.get(entry.model);
    if (estimated === undefined) return entry;
    return { ...entry, model: { ...entry.model, scores: { ...estimated, ...entry.model.scores } } };
  });
}
