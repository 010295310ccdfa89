/** What is known of the speed of one model at one provider. All of it is an estimate in which old calls count less and less. */
export interface SpeedEstimate {
  /** The mean time to the first token, in milliseconds. */
  readonly timeToFirstTokenMs: number;
  /** Percentiles of the same. `undefined`: too few calls. */
  readonly p50Ms: number | undefined;
  readonly p90Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Tokens a second after the first. */
  readonly tokensPerSecond: number;
  /** The share of attempts that failed, 0 to 1. */
  readonly failureRate: number;
  /** How many attempts all this stands on, old ones counting less than one. */
  readonly weight: number;
  /** Whether speed is assumed, since too little was measured. */
  readonly isAssumed: boolean;
}

/** The speed of models as this server has measured it. */
export interface PerformanceBook {
  /** @param candidate - `provider/model`. */
  read(candidate: string): SpeedEstimate;
  /**
   * What candidates are ranked by when latency counts, in milliseconds: the time that a call takes to its first token on average when this
   * candidate is tried first, failures included. The lowest is the best.
   */
  expectFirstTokenMs(candidate: string): number;
  /** What candidates are ranked by when throughput counts: tokens a second, failures included. The highest is the best. */
  expectTokensPerSecond(candidate: string): number;
  /**
   * Chooses a candidate that is to be tried first although it is not the best, so that one that is not known, or was slow a while ago, can
   * show what it does now. Seldom, but for those of a short list that were never measured, and never more often than the bounds allow.
   *
   * @param ranked - candidates from the best down.
   * @returns the index of one after the first. `undefined`: the best one is to be tried.
   */
  chooseProbe(ranked: readonly string[]): number | undefined;
}
