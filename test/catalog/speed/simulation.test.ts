import { describe, expect, it } from 'vitest';
import { type SimulationResult, simulate } from './simulation.ts';
import { bookStrategy, type CreateStrategy, oracle } from './strategies.ts';
import { simulateTrouble } from './trouble.ts';

const requests = 100_000;

function run(seed: number, createStrategy: CreateStrategy): SimulationResult {
  return simulate({ createStrategy, seed, requests });
}

describe('a hundred thousand requests to five providers that drift, slow down and fail', () => {
  it.each([1, 2])('take at most a tenth longer than if all were known, seed %i', (seed) => {
    const best = run(seed, oracle);
    const book = run(seed, bookStrategy());
    expect(book.meanMs / best.meanMs).toBeLessThan(1.1);
    // The oracle is no straw man: nothing beats it by more than chance.
    expect(book.meanMs / best.meanMs).toBeGreaterThan(0.99);
    expect(book.probeShare).toBeGreaterThan(0);
    expect(book.probeShare).toBeLessThanOrEqual(0.01);
    // Fifty requests after the preferred provider turned slow, hardly one in ten goes there first.
    expect(book.slowdowns).toBeGreaterThanOrEqual(5);
    expect(book.lateShare).toBeLessThan(0.1);
  });

  it('are the same each time, and others with another seed', () => {
    const [one, again, other] = [11, 11, 12].map((seed) =>
      simulate({ createStrategy: bookStrategy(), seed, requests: 5000 }),
    );
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
  });
});

describe.each([0.5, 4, 20])('the best of five providers, at %d requests a second', (rate) => {
  it('is left within fifty requests when it turns slow', () => {
    const { met, lateShare } = simulateTrouble(bookStrategy(), 'slow', rate, 10);
    expect(met).toBeGreaterThan(0);
    expect(met).toBeLessThan(30);
    expect(lateShare).toBeLessThan(0.02);
  });

  it('is left before its first call has timed out when it hangs', () => {
    const { met, lateShare } = simulateTrouble(bookStrategy(), 'hung', rate, 10);
    // A call that hangs times out after 30 seconds.
    expect(met).toBeLessThan(Math.min(30, 30 * rate));
    expect(lateShare).toBeLessThan(0.02);
  });
});
