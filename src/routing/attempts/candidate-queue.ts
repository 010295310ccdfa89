import type { HealthBook } from '../health/health-book.ts';
import type { Candidate } from '../resolve-model.ts';

/** The candidates of a call that were not tried yet, in the order of the plan. */
export class CandidateQueue {
  #left: readonly Candidate[];
  readonly #health: Pick<HealthBook, 'admits'>;
  readonly #isRanked: boolean;
  readonly #failedProviders = new Set<string>();

  /** @param isRanked - whether the order is this server's own, so that it may change. */
  constructor(candidates: readonly Candidate[], health: Pick<HealthBook, 'admits'>, isRanked: boolean) {
    this.#left = candidates;
    this.#health = health;
    this.#isRanked = isRanked;
  }

  /** Whether one is left that may be tried, and whether its circuit lets calls through. */
  get prospects(): 'healthy' | 'unhealthy' | 'none' {
    if (this.#left.length === 0) return 'none';
    return this.#left.some(({ id }) => this.#health.admits(id)) ? 'healthy' : 'unhealthy';
  }

  /**
   * Takes out the next one: the first whose circuit lets calls through, in a ranking preferably at a provider that has not failed this call;
   * the first of all when none is let through, since a call never fails for a guess.
   */
  take(): Candidate | undefined {
    const admitted = this.#left.filter(({ id }) => this.#health.admits(id));
    const elsewhere = this.#isRanked
      ? admitted.find(({ provider }) => !this.#failedProviders.has(provider.id))
      : undefined;
    const candidate = elsewhere ?? admitted[0] ?? this.#left[0];
    this.#left = this.#left.filter((other) => other !== candidate);
    return candidate;
  }

  /** Notes that a provider failed this call. */
  noteFailure(providerId: string): void {
    this.#failedProviders.add(providerId);
  }

  /** Leaves only those that a test lets through. */
  keep(isWorthTrying: (candidate: Candidate) => boolean): void {
    this.#left = this.#left.filter(isWorthTrying);
  }
}
