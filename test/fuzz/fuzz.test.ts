import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFuzzTarget } from './fuzz-target.ts';
import { fuzzTargets } from './fuzz-targets.ts';

/** `npm run fuzz` tries other inputs each time; here they are the same, so that a failure is the change's. */
const seed = 1;

describe('whatever comes is taken or refused', () => {
  it.each(fuzzTargets.map((target) => [target.name, target] as const))('%s', async (_name, target) => {
    try {
      await fc.assert(target.property, { seed, numRuns: target.shortRuns });
    } finally {
      await target.close?.();
    }
  });
});

describe('a target', () => {
  async function fails(run: (input: number) => void): Promise<boolean> {
    const target = createFuzzTarget({ name: 'own', inputs: fc.nat(), run });
    return (await fc.check(target.property, { seed, numRuns: 5 })).failed;
  }

  it('passes when its run does', async () => {
    expect(await fails(() => undefined)).toBe(false);
  });

  it('fails when its run throws', async () => {
    expect(
      await fails(() => {
        throw new TypeError('not registered');
      }),
    ).toBe(true);
  });

  it('fails when an input reaches a prototype', async () => {
    try {
      const failed = await fails(() => {
        Object.assign(Object.prototype, { polluted: true });
      });
      expect(failed).toBe(true);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });
});
