import type { ModelPrices } from './model-prices.ts';

/** What a model takes or gives. */
export type Modality = 'text' | 'image' | 'audio' | 'video' | 'file';

/** What models are scored by. */
export type ScoreAxis = 'intelligence' | 'coding' | 'math';

/** How good a model is at one thing. */
export interface Score {
  /** From 0 to 100. Of two models with scores of one source, the better one has the higher value. */
  readonly value: number;
  /** Who says so, such as `estimate`, `epoch` or `operator`. */
  readonly source: string;
  /** When it was measured or estimated, `YYYY-MM-DD`. */
  readonly date: string;
  /** Whether nobody measured it. */
  readonly isEstimated: boolean;
}

/** What a model can do. `undefined`: not known. */
export interface Capabilities {
  readonly functionCalling?: boolean;
  /** Whether it keeps to a JSON schema. */
  readonly responseSchema?: boolean;
  readonly reasoning?: boolean;
  /** The efforts that it can be asked to reason with, as requests name them (`none`, `minimal`, `low`, ...). */
  readonly reasoningEfforts?: readonly string[];
  /** Whether it searches the web by itself. */
  readonly webSearch?: boolean;
  readonly promptCaching?: boolean;
}

/**
 * One model at one provider, as one source knows it, or as all of them together do. A field that is not there is not known; nothing in it
 * is a guess, except for scores that say so.
 */
export interface CatalogModel {
  /** The id of a provider, or the kind of providers, that runs it. */
  readonly provider: string;
  /** Its name at the provider. `provider/model` is the name that calls use. */
  readonly model: string;
  /** Its name for people. */
  readonly displayName?: string;
  /** Who made it, for people. */
  readonly creator?: string;
  /**
   * What the same model is called wherever it runs, in lower case and without a date. Default: what {@link canonicaliseModelName} makes of
   * its name.
   */
  readonly canonicalName?: string;
  /** Which of its dated versions it is, `YYYYMMDD` or `MMDD`. `undefined`: the name has no date, so it is the current one. */
  readonly snapshot?: string;
  /** Further names that the provider takes for it. */
  readonly aliases?: readonly string[];
  readonly inputModalities?: readonly Modality[];
  readonly outputModalities?: readonly Modality[];
  /** The most tokens of a prompt and its answer together. */
  readonly contextTokens?: number;
  /** The most tokens of an answer. */
  readonly maxOutputTokens?: number;
  readonly capabilities?: Capabilities;
  /** Fields of a request that it takes, by their names in the JSON. */
  readonly supportedParameters?: readonly string[];
  readonly prices?: ModelPrices;
  readonly scores?: { readonly [Axis in ScoreAxis]?: Score };
  /** `YYYY-MM-DD`. */
  readonly releaseDate?: string;
  /** Whether the provider will switch it off. Default false. */
  readonly isDeprecated?: boolean;
  /** Whether it is there for trying things out and answers nothing real. `auto` takes such a model only where there is no other. Default false. */
  readonly isTest?: boolean;
  /** Where this row comes from, such as `pi-ai 1.5.2`, `models.dev 2026-11-23` or `configuration`. */
  readonly source: string;
}
