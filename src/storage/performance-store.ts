/** What was measured of one model at one provider. */
export interface PerformanceRow {
  /** `provider/model`. */
  readonly candidate: string;
  /** JSON. What is in it is not the store's business. */
  readonly document: string;
  /** Unix time in milliseconds. */
  readonly updateTimeMs: number;
}

/** What was measured of the speed of models, shared by the processes of a store. Every method rejects with StorageError when the store fails. */
export interface PerformanceStore {
  /**
   * Changes rows: reads what is there and writes what `merge` makes of it, so that no other process writes in between.
   *
   * @param candidates - the rows that are to be changed.
   * @param merge - gets what is stored of a candidate (`undefined`: nothing), and returns the document that is to be stored.
   */
  merge(
    candidates: readonly string[],
    merge: (candidate: string, stored: PerformanceRow | undefined) => string,
  ): Promise<void>;
  /** Rows that were written at this time or after it (Unix time in milliseconds). */
  listSince(timeMs: number): Promise<readonly PerformanceRow[]>;
  /** Forgets rows that were last written before this time (Unix time in milliseconds). */
  purge(beforeMs: number): Promise<void>;
}
