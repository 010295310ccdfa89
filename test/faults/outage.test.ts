import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeVariant, type FaultRig, listVariants, openFaultRig } from './fault-rig.ts';
import { testScale } from './fault-scale.ts';
import { judgeOutage, type OutageReport, outageRow, runOutage } from './outage.ts';
import { createJumpingClock } from './paced-clocks.ts';

describe(`fault ${outageRow.number}, ${outageRow.fault}`, () => {
  const names = listVariants(outageRow).map(describeVariant);
  let rig: FaultRig;
  let reports: OutageReport[];

  beforeAll(async () => {
    const clock = createJumpingClock();
    rig = await openFaultRig(outageRow, testScale, clock);
    reports = await runOutage(rig, async (durationMs, calls) => {
      await calls;
      clock.jump(durationMs);
    });
  }, 60_000);
  afterAll(() => rig.close());

  test.each(names)('%s', (name) => {
    const report = reports.find(({ variant }) => describeVariant(variant) === name);
    if (report === undefined) throw new Error('the calls were not made');
    const problems = judgeOutage(report);
    expect(problems, problems.join('; ')).toEqual([]);
  });
});
