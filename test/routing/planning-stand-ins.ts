import type { CatalogView } from '../../src/catalog/catalog-view.ts';
import type { PerformanceBook } from '../../src/catalog/performance.ts';
import type { CandidateHealth } from '../../src/routing/candidate-metrics.ts';

const emptyView: CatalogView = {
  entries: [],
  get: () => undefined,
  listProvider: () => [],
  findByName: () => [],
  suggest: () => [],
};

const firstTokenMs = 1000;
const tokensPerSecond = 50;

const performance: PerformanceBook = {
  read: () => ({
    timeToFirstTokenMs: firstTokenMs,
    p50Ms: undefined,
    p90Ms: undefined,
    p99Ms: undefined,
    tokensPerSecond,
    failureRate: 0,
    weight: 0,
    isAssumed: true,
  }),
  expectFirstTokenMs: () => firstTokenMs,
  expectTokensPerSecond: () => tokensPerSecond,
  chooseProbe: () => undefined,
};

const health: CandidateHealth = { isFailing: () => false };

/** What planning stands on, where a test is about something else: nothing is in the catalogue, nothing was measured, nothing fails. */
export const planningStandIns = { catalog: { current: emptyView }, performance, health };
