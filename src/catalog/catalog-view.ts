import type { CatalogModel } from './catalog-model.ts';

/** A model of a provider that this server knows, as all sources together describe it. */
export interface CatalogEntry {
  /** `provider/model`: the name that calls use. */
  readonly id: string;
  /** The id of a provider: a configured one, or one that could be. */
  readonly providerId: string;
  /** Whether the provider is live. */
  readonly isLive: boolean;
  /** What the same model is called wherever it runs. */
  readonly canonicalName: string;
  /** Whether its prices are what the operator says. Default false. */
  readonly hasOperatorPrices?: boolean;
  /** The model. Its `provider` may be the kind of the provider. */
  readonly model: CatalogModel;
}

/** The catalogue at one moment. It does not change; a later one takes its place. */
export interface CatalogView {
  /** All of it, by provider in the order of the registry, then by name. */
  readonly entries: readonly CatalogEntry[];
  /** The model of a `provider/model`, whose provider may be given by an alias, and whose model by another name that the provider takes. */
  get(id: string): CatalogEntry | undefined;
  /** The models of a provider, by name. */
  listProvider(providerId: string): readonly CatalogEntry[];
  /**
   * The models that a bare name stands for: at most one for each provider. A name with a date stands for that dated version alone; one
   * without a date for the undated model, or else for the latest version.
   */
  findByName(bareName: string): readonly CatalogEntry[];
  /** Names that are near to one that nobody has. At most three. */
  suggest(bareName: string): readonly string[];
}

/** The catalogue: shipped with this version, synced later, and what the operator says, each before the ones before it. */
export interface ModelCatalog {
  /** As it is now. */
  readonly current: CatalogView;
}
