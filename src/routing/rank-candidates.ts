import type { CandidateMetrics } from './candidate-metrics.ts';
import type { RankCriterion } from './rank-criterion.ts';
import type { Candidate } from './resolve-model.ts';

/** How candidates are ranked. */
export interface Ranking {
  /** The first ranks, later ones break ties. At least one. */
  readonly criteria: readonly RankCriterion[];
  /** Whether those whose intelligence is below the median, or not known, come after all others, the nearest to it first. */
  readonly prefersIntelligent: boolean;
}

/** What `auto` is ranked by when nobody says: the cheapest of those that are not below the median of intelligence. */
export const defaultRanking: Ranking = {
  criteria: [{ metric: 'price', isDescending: false }],
  prefersIntelligent: true,
};

/** What the hosts of a bare model are ranked by when nobody says. */
export const hostRanking: Ranking = {
  criteria: [{ metric: 'latency', isDescending: false }],
  prefersIntelligent: false,
};

/** What decides between candidates that every criterion leaves equal. */
const lastResorts: readonly RankCriterion[] = [
  { metric: 'price', isDescending: false },
  { metric: 'latency', isDescending: false },
];

/**
 * Two speeds that differ by less than this factor count as equal where a further criterion can decide: a measured speed is never the same
 * twice, and without it no later criterion would ever be asked.
 */
const speedStep = 1.1;

/**
 * Ranks candidates, the best first. Those that are failing at present come after all others. What no criterion tells apart is told apart by
 * price, then latency, and then keeps its order.
 */
export function rankCandidates(
  candidates: readonly Candidate[],
  { criteria, prefersIntelligent }: Ranking,
  metrics: CandidateMetrics,
): Candidate[] {
  const median = prefersIntelligent ? findMedianIntelligence(candidates, metrics) : undefined;
  const readShortfall = (candidate: Candidate): number =>
    median === undefined
      ? 0
      : Math.max(median - (metrics.readScore(candidate, 'intelligence') ?? Number.NEGATIVE_INFINITY), 0);
  const readers: KeyReader[] = [
    (candidate) => Number(metrics.isFailing(candidate)),
    readShortfall,
    ...criteria.map((criterion, index) => createKeyReader(criterion, index < criteria.length - 1, metrics)),
    ...lastResorts
      .filter(({ metric }) => criteria.every((criterion) => criterion.metric !== metric))
      .map((criterion) => createKeyReader(criterion, false, metrics)),
  ];
  return candidates
    .map((candidate) => new RankedCandidate(candidate, readers))
    .sort((a, b) => a.compare(b))
    .map(({ candidate }) => candidate);
}

/** Reads one of the numbers that a candidate is ranked by, the lower the better. What is not known is infinite. */
type KeyReader = (candidate: Candidate) => number;

/** A candidate with its keys, each read once, and only if those before it leave two candidates equal: most are never asked for. */
class RankedCandidate {
  readonly candidate: Candidate;
  readonly #readers: readonly KeyReader[];
  readonly #keys: number[] = [];

  constructor(candidate: Candidate, readers: readonly KeyReader[]) {
    this.candidate = candidate;
    this.#readers = readers;
  }

  compare(other: RankedCandidate): number {
    for (let index = 0; index < this.#readers.length; index += 1) {
      const key = this.#readKey(index);
      const otherKey = other.#readKey(index);
      // Two infinities differ by NaN.
      if (key !== otherKey) return key < otherKey ? -1 : 1;
    }
    return 0;
  }

  #readKey(index: number): number {
    const known = this.#keys[index];
    if (known !== undefined) return known;
    const key = this.#readers[index]?.(this.candidate) ?? 0;
    this.#keys[index] = key;
    return key;
  }
}

/**
 * The middle one of the scores that are known, or the lower of the two in the middle. Each model counts once, with the best score that any of
 * its versions has: how many providers and regions run it says nothing of what a model should be able to do.
 */
export function findMedianIntelligence(
  candidates: readonly Candidate[],
  metrics: CandidateMetrics,
): number | undefined {
  const best = new Map<string, number>();
  for (const candidate of candidates) {
    const score = metrics.readScore(candidate, 'intelligence');
    if (score === undefined) continue;
    const name = candidate.entry?.canonicalName ?? candidate.id;
    best.set(name, Math.max(best.get(name) ?? score, score));
  }
  const scores = [...best.values()].sort((a, b) => a - b);
  return scores[Math.floor((scores.length - 1) / 2)];
}

function createKeyReader(
  { metric, isDescending }: RankCriterion,
  hasNext: boolean,
  metrics: CandidateMetrics,
): KeyReader {
  const isStepped = hasNext && (metric === 'latency' || metric === 'throughput');
  return (candidate) => {
    const value = metrics.read(candidate, metric);
    if (value === undefined) return Number.POSITIVE_INFINITY;
    const compared = isStepped ? Math.round(Math.log(Math.max(value, 1e-9)) / Math.log(speedStep)) : value;
    return isDescending ? -compared : compared;
  };
}
