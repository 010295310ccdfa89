import { expect, it } from 'vitest';
import { runSoak } from './run-soak.ts';

/** Far more than a server takes, and far less than one that keeps what it is given. */
const maxResidentBytes = 1e9;

it('accounts for each call once, and lets go of all that it opened', async () => {
  const steps = 160;
  const report = await runSoak({
    isOver: (done) => done.steps >= steps,
    workers: 10,
    restMs: 0,
    sampleEveryMs: 1000,
    seed: 1,
  });
  expect(report.problems).toEqual([]);
  const { tally, samples, handlesBefore = 0, handlesAfter = 0 } = report;
  expect(tally.calls + report.otherSteps).toBeGreaterThanOrEqual(steps);
  for (const key of ['answered', 'left', 'failed', 'rejected'] as const) expect(tally[key], key).toBeGreaterThan(0);
  expect(handlesAfter).toBeLessThanOrEqual(handlesBefore);
  expect(Math.max(...samples.map(({ residentBytes }) => residentBytes))).toBeLessThan(maxResidentBytes);
}, 60_000);
