/** What one source said when it was synced. */
export interface CatalogSync {
  /** The name of the source, such as `models.dev`. */
  readonly source: string;
  /** Of two syncs in one store the later one has the higher number. */
  readonly revision: number;
  /** Unix time in milliseconds. */
  readonly syncTimeMs: number;
  /** The models, as JSON. What is in it is not the store's business. */
  readonly document: string;
}

/** What was synced of the catalogue: the last sync of each source. Every method rejects with StorageError when the store fails. */
export interface CatalogStore {
  /** Replaces what was synced from a source. */
  replace(source: string, document: string): Promise<CatalogSync>;
  /** @returns whether there was something to remove. */
  remove(source: string): Promise<boolean>;
  list(): Promise<readonly CatalogSync[]>;
  /** A number that changes whenever something was replaced or removed. Cheap to ask for again and again. */
  readRevision(): Promise<number>;
}
