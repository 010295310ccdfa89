import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandidateSpeed } from '../../../src/catalog/speed/candidate-speed.ts';
import { defaultSeed, type MeasuredPerformanceBook } from '../../../src/catalog/speed/create-performance-book.ts';
import type { MeasuredAttempt } from '../../../src/catalog/speed/read-attempt.ts';
import type { ErrorReason } from '../../../src/core/error-registry.ts';
import { createBook, createMovedTime, noteAttempt } from './book-rig.ts';

const model = 'fast/model';
const reasons: readonly (ErrorReason | undefined)[] = [
  undefined,
  undefined,
  'PROVIDER_FAILED',
  'FIRST_TOKEN_TIMEOUT',
  'PROVIDER_CUT',
  'PROVIDER_REFUSED',
  'CALL_CANCELLED',
];

const times = fc.double({ min: 1, max: 100_000, noNaN: true });
const attempts: fc.Arbitrary<MeasuredAttempt> = fc
  .record({
    isStreamed: fc.boolean(),
    firstTokenMs: fc.option(times, { nil: undefined }),
    answerMs: times,
    completionTokens: fc.option(fc.nat(5000), { nil: undefined }),
    errorReason: fc.constantFrom(...reasons),
  })
  .map(({ firstTokenMs, answerMs, ...fields }) => ({
    generationId: 'gen-1',
    model,
    timeToFirstTokenMs: firstTokenMs,
    durationMs: (firstTokenMs ?? 0) + answerMs,
    ...fields,
  }));
/** A wall clock that also goes back. */
const steps = fc.integer({ min: -3_600_000, max: 3_600_000 });
const histories = fc.array(fc.tuple(attempts, steps), { maxLength: 80 });

/** Whatever a book can be asked about the candidate, as numbers. */
function readNumbers(book: MeasuredPerformanceBook): number[] {
  const { timeToFirstTokenMs, tokensPerSecond, failureRate, weight } = book.read(model);
  return [
    timeToFirstTokenMs,
    tokensPerSecond,
    failureRate,
    weight,
    book.expectFirstTokenMs(model),
    book.expectTokensPerSecond(model),
  ];
}

describe('a book, whatever it has seen', () => {
  it('estimates within what was measured and assumed', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const time = createMovedTime();
        const book = createBook(time);
        const firstTokens = [defaultSeed.firstTokenMs];
        for (const [attempt, stepMs] of history) {
          time.nowMs += stepMs;
          noteAttempt(book, attempt);
          if (attempt.isStreamed) {
            // A call that was cancelled says how long it had waited.
            firstTokens.push(attempt.timeToFirstTokenMs ?? attempt.durationMs);
          }
        }
        const { timeToFirstTokenMs, failureRate, p50Ms, p90Ms } = book.read(model);
        expect(timeToFirstTokenMs).toBeGreaterThanOrEqual(Math.min(...firstTokens) * 0.999);
        expect(timeToFirstTokenMs).toBeLessThanOrEqual(Math.max(...firstTokens) * 1.001);
        expect(failureRate).toBeGreaterThanOrEqual(0);
        expect(failureRate).toBeLessThanOrEqual(1);
        expect(p50Ms ?? 0).toBeLessThanOrEqual(p90Ms ?? Number.POSITIVE_INFINITY);
        // A percentile is within a bucket of a measured time.
        if (p90Ms !== undefined) expect(p90Ms).toBeLessThanOrEqual(Math.max(...firstTokens) * 1.2);
        for (const value of readNumbers(book)) expect(value).toBeGreaterThanOrEqual(0);
        expect(book.expectFirstTokenMs(model)).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('never takes more than it is given', () => {
    const anything = fc.record({
      generationId: fc.string({ maxLength: 1 }),
      model: fc.string(),
      isStreamed: fc.boolean(),
      timeToFirstTokenMs: fc.option(fc.double(), { nil: undefined }),
      durationMs: fc.double(),
      completionTokens: fc.option(fc.double(), { nil: undefined }),
      errorReason: fc.constantFrom(...reasons),
    });
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (history) => {
        const book = createBook(createMovedTime(), { maxCandidates: 10 });
        for (const attempt of history) {
          noteAttempt(book, attempt);
          expect(book.read(attempt.model).timeToFirstTokenMs).toBeLessThanOrEqual(600_000);
          expect(Number.isFinite(book.read(attempt.model).tokensPerSecond)).toBe(true);
          expect(Number.isFinite(book.expectFirstTokenMs(attempt.model))).toBe(true);
        }
        expect(book.size).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('comes to the same in one piece and in parts that are put together', () => {
    const parts = fc.array(fc.tuple(attempts, fc.nat(30_000), fc.nat(9)), { maxLength: 80 });
    fc.assert(
      fc.property(parts, (history) => {
        const time = createMovedTime();
        const [whole, measuring] = [createBook(time), createBook(time)];
        const together = new CandidateSpeed(whole.spans, time.nowMs);
        const share = (): void => {
          for (const part of measuring.takeUnshared().values()) together.append(part, time.nowMs);
        };
        for (const [attempt, elapsedMs, place] of history) {
          time.pass(elapsedMs);
          // Whether a cancelled call is news depends on what is expected, which differs between the books.
          if (attempt.errorReason === 'CALL_CANCELLED' || !attempt.isStreamed) continue;
          noteAttempt(whole, attempt);
          noteAttempt(measuring, attempt);
          if (place === 0) share();
        }
        share();
        const expected = whole.takeUnshared().get(model);
        if (expected === undefined) return;
        expected.fadeTo(time.nowMs);
        together.fadeTo(time.nowMs);
        const [one, other] = [expected.expect(defaultSeed), together.expect(defaultSeed)];
        expect(other.firstTokenMs / one.firstTokenMs).toBeCloseTo(1, 9);
        expect(other.tokensPerSecond / one.tokensPerSecond).toBeCloseTo(1, 9);
        expect(other.failureRate).toBeCloseTo(one.failureRate, 9);
        expect(other.failureMs / one.failureMs).toBeCloseTo(1, 9);
        expect(together.histogram.weight).toBeCloseTo(expected.histogram.weight, 9);
        expect(together.recent.means.firstTokenMs.weight).toBeCloseTo(expected.recent.means.firstTokenMs.weight, 9);
      }),
    );
  });
});
