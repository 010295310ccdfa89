import type { CatalogModel, Score, ScoreAxis } from '../catalog-model.ts';

/** Scores of a model, wherever it runs, from a source that knows no providers. */
export interface NamedScores {
  /** The model's name as the source writes it, without a date. */
  readonly name: string;
  /** When this version of the model came out, `YYYY-MM-DD`. */
  readonly releaseDate?: string;
  /** Whether the source has the date in the name, so that there are, or may be, other versions of it. */
  readonly isDated: boolean;
  readonly scores: { readonly [Axis in ScoreAxis]?: Score };
}

/** What a source knows. */
export interface SyncedCatalog {
  readonly models: readonly CatalogModel[];
  readonly scores: readonly NamedScores[];
}

/** What was found in the text of a source. */
export interface DecodedSource extends SyncedCatalog {
  /** Sentences on what was left out, and why. Bounded: the last one counts those that are not told. */
  readonly warnings: readonly string[];
  /** Where the rest is, when this is a page of several: a URL, maybe relative to that of this page. */
  readonly nextPage?: string;
}

/** A public source of models, or of their scores. */
export interface CatalogSource {
  /** Its name on the command line and in the store. */
  readonly name: string;
  /** Where its file is. */
  readonly defaultUrl: string;
  /**
   * Reads its text. Rows that are wrong are left out and told.
   *
   * @param today - `YYYY-MM-DD`, for where the rows and scores come from.
   * @throws SourceFormatError when the text as a whole is not of the source's form.
   */
  decode(text: string, today: string): DecodedSource;
}

/** The text is not what its source is known to hold. The message ends a sentence that begins with what was read. */
export class SourceFormatError extends Error {
  override readonly name = 'SourceFormatError';
}
