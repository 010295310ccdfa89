import type { ScoreAxis } from '../catalog/catalog-model.ts';
import { estimateCost } from '../catalog/estimate-cost.ts';
import type { PerformanceBook } from '../catalog/performance.ts';
import type { RequestEstimate } from './estimate-request.ts';
import type { RankMetric } from './rank-criterion.ts';
import type { Candidate } from './resolve-model.ts';

/** Whether a candidate is failing at present. */
export interface CandidateHealth {
  /** @param candidate - `provider/model`. */
  isFailing(candidate: string): boolean;
}

/** What candidates are measured by. */
export interface MetricSources {
  readonly performance: PerformanceBook;
  readonly health: CandidateHealth;
  /** The time that prices are taken at, Unix time in milliseconds. */
  readonly nowMs: number;
  /** How large the call is taken for. Called once at most, and only if a price is asked for. */
  readonly estimate: () => RequestEstimate;
}

/** What is known of candidates for one call: price, speed and scores, each as a number that they can be ranked by. */
export class CandidateMetrics {
  readonly #sources: MetricSources;
  #estimate: RequestEstimate | undefined;

  constructor(sources: MetricSources) {
    this.#sources = sources;
  }

  /** How large the call is taken for. */
  get estimate(): RequestEstimate {
    this.#estimate ??= this.#sources.estimate();
    return this.#estimate;
  }

  /** Whether how large the call is had to be known. */
  get hasEstimate(): boolean {
    return this.#estimate !== undefined;
  }

  /** What a candidate is worth by a metric. `undefined`: not known. */
  read(candidate: Candidate, metric: RankMetric): number | undefined {
    const { performance } = this.#sources;
    switch (metric) {
      case 'price':
        return this.readCost(candidate);
      case 'latency':
        return performance.expectFirstTokenMs(candidate.id);
      case 'throughput':
        return performance.expectTokensPerSecond(candidate.id);
      default:
        return this.readScore(candidate, metric);
    }
  }

  /** What the call would cost, in USD. */
  readCost({ entry }: Candidate): number | undefined {
    const prices = entry?.model.prices;
    return prices === undefined ? undefined : estimateCost(prices, this.estimate, this.#sources.nowMs);
  }

  /** From 0 to 100. */
  readScore({ entry }: Candidate, axis: ScoreAxis): number | undefined {
    return entry?.model.scores?.[axis]?.value;
  }

  /** Whether a candidate fails so often at present that it comes after those that do not. */
  isFailing(candidate: Candidate): boolean {
    return this.#sources.health.isFailing(candidate.id);
  }
}
