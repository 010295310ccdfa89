import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorRegistry } from '../../../src/core/error-registry.ts';
import { type AttemptRules, type AttemptSituation, decideStep } from '../../../src/routing/attempts/attempt-policy.ts';

const rules: AttemptRules = { maxRetries: 2, maxRetryWaitMs: 10_000, baseBackoffMs: 200, maxBackoffMs: 2000 };

function situation(fields: Partial<AttemptSituation> = {}): AttemptSituation {
  const reason = fields.reason ?? 'PROVIDER_FAILED';
  return {
    reason,
    retry: errorRegistry[reason].retry,
    retryAfterMs: undefined,
    tries: 1,
    retries: 0,
    isRetryAfforded: true,
    isFailing: false,
    others: 'none',
    remainingMs: 30_000,
    ...fields,
  };
}

const decide = (fields: Partial<AttemptSituation>, random = 0.5) => decideStep(situation(fields), rules, () => random);

describe('with a healthy candidate at hand', () => {
  test('a failure gets one second chance, at once or nearly', () => {
    expect(decide({ others: 'healthy' })).toEqual({ kind: 'same', waitMs: 100 });
    expect(decide({ others: 'healthy', tries: 2, retries: 1 })).toEqual({ kind: 'next' });
  });

  test.each<Partial<AttemptSituation>>([
    { reason: 'PROVIDER_RATE_LIMITED' },
    { reason: 'PROVIDER_RATE_LIMITED', retryAfterMs: 2000 },
    { retryAfterMs: 1000 },
    { reason: 'PROVIDER_TIMEOUT' },
    { reason: 'FIRST_TOKEN_TIMEOUT' },
    { reason: 'PROVIDER_CREDENTIALS' },
    { reason: 'REQUEST_UNSUPPORTED' },
    { isRetryAfforded: false },
    { isFailing: true },
    { retries: 2 },
  ])('%j goes on to it at once', (fields) => {
    expect(decide({ ...fields, others: 'healthy' })).toEqual({ kind: 'next' });
  });
});

describe('with nowhere better to go', () => {
  test('waits grow, up to a bound, and are random', () => {
    const generous = { ...rules, maxRetries: 10 };
    const waits = [1, 2, 3, 4, 5, 6].map((tries) =>
      decideStep(situation({ tries, retries: tries - 1 }), generous, () => 0.999),
    );
    expect(waits.map((step) => (step.kind === 'same' ? step.waitMs : step.kind))).toEqual([
      199, 399, 799, 1598, 1998, 1998,
    ]);
    expect(decide({}, 0)).toEqual({ kind: 'same', waitMs: 0 });
  });

  test('what the provider asks for is waited, with a little on top', () => {
    expect(decide({ reason: 'PROVIDER_RATE_LIMITED', retryAfterMs: 2000 })).toEqual({ kind: 'same', waitMs: 2100 });
    expect(decide({ retryAfterMs: 0 }, 0)).toEqual({ kind: 'same', waitMs: 0 });
    // What is on top only spreads calls, so that it does not grow.
    expect(decideStep(situation({ retryAfterMs: 2000, tries: 6 }), rules, () => 0.5)).toEqual({
      kind: 'same',
      waitMs: 2100,
    });
  });

  test('no wait is begun that is too long or that the deadline would end', () => {
    expect(decide({ retryAfterMs: 10_001 })).toEqual({ kind: 'stop' });
    expect(decide({ retryAfterMs: 5000, remainingMs: 5000 })).toEqual({ kind: 'stop' });
    expect(decide({ retryAfterMs: 5000, remainingMs: 5000, others: 'unhealthy' })).toEqual({ kind: 'next' });
  });

  test('a first token that does not come is not waited for again; a time out is', () => {
    expect(decide({ reason: 'FIRST_TOKEN_TIMEOUT' })).toEqual({ kind: 'stop' });
    expect(decide({ reason: 'PROVIDER_TIMEOUT' }).kind).toBe('same');
    expect(decide({ reason: 'PROVIDER_TIMEOUT', others: 'unhealthy' })).toEqual({ kind: 'next' });
  });
});

const situations = fc.record<AttemptSituation>({
  reason: fc.constantFrom('PROVIDER_FAILED', 'PROVIDER_RATE_LIMITED', 'PROVIDER_TIMEOUT', 'FIRST_TOKEN_TIMEOUT'),
  retry: fc.constantFrom('never', 'next', 'same'),
  retryAfterMs: fc.option(fc.nat({ max: 86_400_000 }), { nil: undefined }),
  tries: fc.integer({ min: 1, max: 12 }),
  retries: fc.nat({ max: 12 }),
  isRetryAfforded: fc.boolean(),
  isFailing: fc.boolean(),
  others: fc.constantFrom('healthy', 'unhealthy', 'none'),
  remainingMs: fc.integer({ min: -1000, max: 60_000 }),
});
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('whatever happened: no step that is not allowed, no wait that is too long or too short', () => {
  fc.assert(
    fc.property(situations, randoms, (given, random) => {
      const step = decideStep(given, rules, () => random);
      if (given.retry === 'never') expect(step).toEqual({ kind: 'stop' });
      if (step.kind === 'next') expect(given.others).not.toBe('none');
      if (step.kind === 'stop' && given.retry !== 'never') expect(given.others).toBe('none');
      if (step.kind !== 'same') return;
      expect(given.retry).toBe('same');
      expect(given.retries).toBeLessThan(rules.maxRetries);
      expect(given.isRetryAfforded).toBe(true);
      expect(step.waitMs).toBeGreaterThanOrEqual(given.retryAfterMs ?? 0);
      expect(step.waitMs).toBeLessThan(given.remainingMs);
      expect(step.waitMs).toBeLessThanOrEqual(rules.maxRetryWaitMs + rules.maxBackoffMs);
    }),
  );
});

test('a call of any number of candidates ends, with as many attempts as it has candidates and retries at most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(situations, { minLength: 30, maxLength: 30 }),
      (count, fates) => {
        let [candidatesLeft, tries, retries, attempts] = [count - 1, 1, 0, 0];
        for (const fate of fates) {
          attempts += 1;
          const others = candidatesLeft === 0 ? 'none' : fate.others === 'none' ? 'healthy' : fate.others;
          const step = decideStep({ ...fate, others, tries, retries }, rules, () => 0.5);
          if (step.kind === 'stop') break;
          if (step.kind === 'same') [tries, retries] = [tries + 1, retries + 1];
          else [candidatesLeft, tries] = [candidatesLeft - 1, 1];
        }
        expect(attempts).toBeLessThanOrEqual(count + rules.maxRetries);
      },
    ),
  );
});
