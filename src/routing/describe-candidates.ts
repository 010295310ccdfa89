import { create } from '@bufbuild/protobuf';
import { ScoreSchema, type Score as ShownScore } from '../../gen/signalbox/model/v1/model_pb.ts';
import { type CandidateVerdict, CandidateVerdictSchema } from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import type { PerformanceBook } from '../catalog/performance.ts';
import type { CandidateMetrics } from './candidate-metrics.ts';
import type { ConsideredModel } from './plan-candidates.ts';
import type { Candidate } from './resolve-model.ts';

/** The most models that an explanation lists. With many providers `auto` considers thousands, and nobody reads them. */
const maxVerdicts = 500;

/** Describes the models that were considered, with what is known of each: those that would be tried first, in their order. */
export function describeCandidates(
  considered: readonly ConsideredModel[],
  metrics: CandidateMetrics | undefined,
  { performance }: { readonly performance: PerformanceBook },
): CandidateVerdict[] {
  // The sort keeps the order within both.
  return considered
    .toSorted((a, b) => Number(b.exclusion === undefined) - Number(a.exclusion === undefined))
    .slice(0, maxVerdicts)
    .map(({ name, candidate, exclusion, reason }) => {
      const verdict = create(CandidateVerdictSchema, { model: name, isIncluded: exclusion === undefined, reason });
      if (candidate !== undefined && metrics !== undefined) describeMetrics(verdict, candidate, metrics, performance);
      return verdict;
    });
}

function describeMetrics(
  verdict: CandidateVerdict,
  candidate: Candidate,
  metrics: CandidateMetrics,
  performance: PerformanceBook,
): void {
  const cost = metrics.readCost(candidate);
  // Without the noise of binary fractions.
  if (cost !== undefined) verdict.cost = Number(cost.toPrecision(12));
  const speed = performance.read(candidate.id);
  // A mean has many more digits than were measured.
  verdict.timeToFirstTokenMs = round(speed.timeToFirstTokenMs, 1);
  verdict.expectedFirstTokenMs = round(performance.expectFirstTokenMs(candidate.id), 1);
  verdict.tokensPerSecond = round(speed.tokensPerSecond, 1);
  verdict.failureRate = round(speed.failureRate, 4);
  verdict.isSpeedAssumed = speed.isAssumed;
  verdict.isUnhealthy = metrics.isFailing(candidate);
  const scores: Record<string, ShownScore> = {};
  for (const [axis, score] of Object.entries(candidate.entry?.model.scores ?? {})) {
    const { value, source, date, isEstimated } = score;
    scores[axis] = create(ScoreSchema, { value, source, date, estimated: isEstimated });
  }
  verdict.scores = scores;
}

/** @param digits - how many to keep after the point. */
function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
