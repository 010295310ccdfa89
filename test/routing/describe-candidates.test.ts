import { expect, test } from 'vitest';
import type { PerformanceBook } from '../../src/catalog/performance.ts';
import { CandidateMetrics } from '../../src/routing/candidate-metrics.ts';
import { describeCandidates } from '../../src/routing/describe-candidates.ts';
import type { ConsideredModel } from '../../src/routing/plan-candidates.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createScriptedProvider } from './scripted-provider.ts';

const performance: PerformanceBook = {
  ...planningStandIns.performance,
  read: (candidate) => ({
    ...planningStandIns.performance.read(candidate),
    timeToFirstTokenMs: 157.99419225583992,
    tokensPerSecond: 61.04999999,
    failureRate: 0.123456789,
    isAssumed: false,
  }),
  expectFirstTokenMs: () => 298.46,
};
const metrics = new CandidateMetrics({
  performance,
  health: planningStandIns.health,
  nowMs: 0,
  estimate: () => ({ promptTokens: 1, completionTokens: 1 }),
});
const candidate = { id: 'a/b', provider: createScriptedProvider('a', []), model: 'b', entry: undefined };
const included: ConsideredModel = { name: 'a/b', candidate, exclusion: undefined, reason: 'It is first.' };
const unresolved: ConsideredModel = { name: 'x', candidate: undefined, exclusion: 'unresolved', reason: 'Who is x?' };

test('tells what latency is ranked by, and speed with no more digits than were measured', () => {
  const [verdict] = describeCandidates([included], metrics, { performance });
  expect(verdict).toMatchObject({
    timeToFirstTokenMs: 158,
    expectedFirstTokenMs: 298.5,
    tokensPerSecond: 61,
    failureRate: 0.1235,
    isSpeedAssumed: false,
  });
});

test('tells nothing of the speed of what cannot be resolved, or was not ranked', () => {
  const verdicts = [
    describeCandidates([unresolved], metrics, { performance })[0],
    describeCandidates([included], undefined, { performance })[0],
  ];
  for (const verdict of verdicts) {
    expect(verdict).toBeDefined();
    expect(verdict?.timeToFirstTokenMs).toBeUndefined();
    expect(verdict?.expectedFirstTokenMs).toBeUndefined();
    expect(verdict?.failureRate).toBeUndefined();
  }
});
