import type { CatalogModel } from './catalog-model.ts';

/** A provider of the shipped catalogue. */
export interface ShippedProvider {
  /** A kind of providers; or a name for one that is called as `openai-compatible`. */
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  /** Where its models answer. What stands in braces is the operator's own. `undefined`: not known, or each operator has one. */
  readonly baseUrl?: string;
}

/** What this version ships with. */
export interface ShippedCatalog {
  readonly providers: readonly ShippedProvider[];
  /** By provider in the order of `providers`, then by name. */
  readonly models: readonly CatalogModel[];
}

/** A provider in the file. */
export interface ProviderEntry {
  readonly name: string;
  readonly baseUrl?: string;
  /** What its models take, but for what a model lacks the capability for. */
  readonly supportedParameters: readonly string[];
}

/**
 * A model in the file. What is not here is derived: its provider is the key of the list; its canonical name, where it is not said, is what
 * the rule makes of its name; its parameters, where they are not said, are its provider's.
 */
export interface ModelRow extends Omit<CatalogModel, 'provider' | 'source'> {
  /** Where it comes from: places in the file's list of sources. */
  readonly sources: readonly number[];
}

/** The file: `catalog.json`. */
export interface CatalogFile {
  /** Packages with their versions. */
  readonly sources: readonly string[];
  readonly providers: Readonly<Record<string, ProviderEntry>>;
  readonly models: Readonly<Record<string, readonly ModelRow[]>>;
}

/** Every field of a row, in the order in which the file has them. */
export const modelRowFields = [
  'model',
  'displayName',
  'creator',
  'canonicalName',
  'snapshot',
  'aliases',
  'inputModalities',
  'outputModalities',
  'contextTokens',
  'maxOutputTokens',
  'capabilities',
  'supportedParameters',
  'prices',
  'releaseDate',
  'isDeprecated',
  'isTest',
  'sources',
] as const satisfies readonly (keyof ModelRow)[];
