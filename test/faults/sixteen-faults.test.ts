import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeVariant, type FaultRig, isHeldToGood, listVariants, openFaultRig } from './fault-rig.ts';
import { type FaultCase, faultRows } from './fault-rows.ts';
import { testScale } from './fault-scale.ts';

describe.each(faultRows)('fault $number, $fault', (row) => {
  const variants = listVariants(row).map((variant) => ({ variant, name: describeVariant(variant) }));
  /** All of them are under way at the same time: most of them wait. */
  const cases = new Map<string, Promise<FaultCase>>();
  let rig: FaultRig;

  beforeAll(async () => {
    rig = await openFaultRig(row, testScale);
    for (const { variant, name } of variants) cases.set(name, rig.run(variant));
    await Promise.allSettled(cases.values());
  }, testScale.patienceMs * 2);
  afterAll(() => rig.close());

  test.each(variants)('$name', async ({ variant, name }) => {
    const seen = await cases.get(name);
    if (seen === undefined) throw new Error('the call was not made');
    const problems = [...row.must(seen), ...(isHeldToGood(row, variant) ? (row.good?.(seen) ?? []) : [])];
    expect(problems, problems.join('; ')).toEqual([]);
  });

  test('leaves a server that answers', async () => {
    expect(await rig.isAlive()).toBe(true);
  });
});
