import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createIdSource } from '../../src/core/ids.ts';

const stoppedClock: Clock = { nowMs: () => 1_772_347_141_924, monotonicMs: () => 0, after: () => () => {} };

describe('completion ids', () => {
  test('are chatcmpl- and digits, the time first', () => {
    expect(createIdSource(stoppedClock, 42).createCompletionId()).toBe('chatcmpl-1772347141924000042000001');
  });

  test('do not repeat in a hundred thousand of one millisecond', () => {
    const ids = createIdSource(stoppedClock);
    const seen = new Set<string>();
    for (let count = 0; count < 100_000; count += 1) seen.add(ids.createCompletionId());
    expect(seen.size).toBe(100_000);
  });

  test('have one length, so that they sort by time', () => {
    const ids = createIdSource(systemClock);
    const lengths = new Set(Array.from({ length: 1000 }, () => ids.createCompletionId().length));
    expect(lengths.size).toBe(1);
  });

  test('of two processes differ at the same time', () => {
    expect(createIdSource(stoppedClock, 1).createCompletionId()).not.toBe(
      createIdSource(stoppedClock, 2).createCompletionId(),
    );
  });
});

test('generation ids are random UUIDs', () => {
  const ids = createIdSource(stoppedClock);
  const seen = Array.from({ length: 1000 }, () => ids.createGenerationId());
  expect(new Set(seen).size).toBe(1000);
  for (const id of seen) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
