import { describe, expect, it } from 'vitest';
import { defaultSeed } from '../../../src/catalog/speed/create-performance-book.ts';
import { createBook, createFailure, createMeasured, createMovedTime, noteAttempt, noteTimes } from './book-rig.ts';

const candidate = 'fast/model';
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

describe('a candidate that nobody has called', () => {
  it('is assumed to be as the seed says', () => {
    const book = createBook(createMovedTime());
    expect(book.read(candidate)).toEqual({
      timeToFirstTokenMs: defaultSeed.firstTokenMs,
      p50Ms: undefined,
      p90Ms: undefined,
      p99Ms: undefined,
      tokensPerSecond: defaultSeed.tokensPerSecond,
      failureRate: defaultSeed.failureRate,
      weight: 0,
      isAssumed: true,
    });
    expect(book.size).toBe(0);
  });

  it('has a seed of its own where there is one', () => {
    const seedOf = (name: string) => (name === candidate ? { ...defaultSeed, firstTokenMs: 700 } : defaultSeed);
    const book = createBook(createMovedTime(), { seedOf });
    expect(book.read(candidate).timeToFirstTokenMs).toBe(700);
    expect(book.expectFirstTokenMs(candidate)).toBeLessThan(book.expectFirstTokenMs('other/model'));
  });

  it('comes after one that was measured as usual, and before one in trouble', () => {
    const book = createBook(createMovedTime());
    noteTimes(book, 5);
    noteTimes(book, 5, { model: 'slow/model', timeToFirstTokenMs: 5000, durationMs: 7000 });
    expect(book.expectFirstTokenMs(candidate)).toBeLessThan(book.expectFirstTokenMs('new/model'));
    expect(book.expectFirstTokenMs('new/model')).toBeLessThan(book.expectFirstTokenMs('slow/model'));
  });
});

describe('a candidate that was called', () => {
  it('is near to what was measured after a few calls', () => {
    const book = createBook(createMovedTime());
    noteTimes(book, 6);
    const { timeToFirstTokenMs, tokensPerSecond, failureRate, weight, isAssumed } = book.read(candidate);
    expect(timeToFirstTokenMs).toBeCloseTo(300, -1);
    expect(tokensPerSecond).toBeGreaterThan(49);
    expect(tokensPerSecond).toBeLessThan(50);
    expect(failureRate).toBeLessThan(0.001);
    expect(weight).toBeCloseTo(6, 1);
    expect(isAssumed).toBe(false);
  });

  it('has each percentile as soon as there are calls enough for it', () => {
    const time = createMovedTime();
    const book = createBook(time);
    const counts = { p50Ms: 4, p90Ms: 20, p99Ms: 200 };
    for (let call = 1; call <= 300; call += 1) {
      noteAttempt(book, createMeasured({ timeToFirstTokenMs: call % 10 === 0 ? 2000 : 300 }));
      const estimate = book.read(candidate);
      for (const [name, count] of Object.entries(counts)) {
        // The thousand calls that count at most let earlier ones fade a little.
        const isThere = Object.entries(estimate).some(([key, value]) => key === name && value !== undefined);
        if (call < count) expect(isThere, `${name} after ${call}`).toBe(false);
        if (call > count * 1.2) expect(isThere, `${name} after ${call}`).toBe(true);
      }
    }
    const { p50Ms = 0, p90Ms = 0, p99Ms = 0 } = book.read(candidate);
    expect(p50Ms / 300).toBeGreaterThan(0.84);
    expect(p50Ms / 300).toBeLessThan(1.19);
    expect(p90Ms).toBeLessThan(p99Ms);
    expect(p99Ms / 2000).toBeGreaterThan(0.84);
    expect(p99Ms / 2000).toBeLessThan(1.19);
  });

  it('has its first token counted when it comes, and not again at the end', () => {
    const book = createBook(createMovedTime());
    const attempt = createMeasured({ timeToFirstTokenMs: 400 });
    for (let call = 0; call < 3; call += 1) {
      book.noteFirstToken({ generationId: `gen-${call}`, model: candidate, isStreamed: true, timeToFirstTokenMs: 400 });
    }
    const early = book.read(candidate);
    expect(early.timeToFirstTokenMs).toBeLessThan(500);
    expect(early).toMatchObject({ isAssumed: false, weight: 0 });
    expect(early.tokensPerSecond).toBeCloseTo(defaultSeed.tokensPerSecond, 9);
    for (let call = 0; call < 3; call += 1) book.note(attempt);
    const late = book.read(candidate);
    expect(late.timeToFirstTokenMs).toBe(early.timeToFirstTokenMs);
    expect(late.weight).toBeCloseTo(3, 1);
    expect(late.tokensPerSecond).toBeGreaterThan(45);
    // The median is there from four first tokens on.
    expect(late.p50Ms).toBeUndefined();
  });

  it('is left within a few calls when it turns slow on a busy server', () => {
    const book = createBook(createMovedTime());
    noteTimes(book, 10_000);
    noteTimes(book, 10, { model: 'second/model', timeToFirstTokenMs: 500 });
    let calls = 0;
    while (book.expectFirstTokenMs(candidate) < book.expectFirstTokenMs('second/model')) {
      noteTimes(book, 1, { timeToFirstTokenMs: 3000, durationMs: 5000 });
      calls += 1;
    }
    expect(calls).toBeLessThanOrEqual(3);
  });

  it('is left after minutes of few calls as well', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 20);
    time.pass(10 * minuteMs);
    noteTimes(book, 1, { timeToFirstTokenMs: 3000, durationMs: 5000 });
    expect(book.read(candidate).timeToFirstTokenMs).toBeGreaterThan(2000);
  });

  it('fades from what is recent to what is usual, and from that to the seed', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 500);
    noteTimes(book, 10, { timeToFirstTokenMs: 4000, durationMs: 6000 });
    const seen = [book.read(candidate).timeToFirstTokenMs];
    for (const elapsedMs of [20 * minuteMs, 40 * minuteMs, 30 * dayMs]) {
      time.pass(elapsedMs);
      seen.push(book.read(candidate).timeToFirstTokenMs);
    }
    const [now = 0, later = 0, usual = 0, forgotten = 0] = seen;
    expect(now).toBeGreaterThan(1500);
    expect(later).toBeLessThan(now);
    expect(usual).toBeGreaterThan(300);
    expect(usual).toBeLessThan(450);
    expect(forgotten).toBeCloseTo(defaultSeed.firstTokenMs, -1);
    expect(book.read(candidate).isAssumed).toBe(true);
  });

  it('does not change when the clock is set back, and fades on from there', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 20);
    const before = book.read(candidate);
    time.nowMs -= 365 * dayMs;
    expect(book.read(candidate)).toEqual(before);
    time.pass(30 * dayMs);
    expect(book.read(candidate).timeToFirstTokenMs).toBeGreaterThan(1000);
    noteTimes(book, 5);
    expect(book.read(candidate).timeToFirstTokenMs).toBeLessThan(400);
  });
});

describe('failures', () => {
  it('cost what they take, weighed by how likely they are', () => {
    const book = createBook(createMovedTime());
    for (let call = 0; call < 2000; call += 1) {
      noteAttempt(book, call % 4 === 0 ? createFailure({ durationMs: 900 }) : createMeasured());
    }
    const { failureRate } = book.read(candidate);
    expect(failureRate).toBeGreaterThan(0.2);
    expect(failureRate).toBeLessThan(0.3);
    // At one failure in four, a success takes a third of a failure on average.
    expect(book.expectFirstTokenMs(candidate)).toBeGreaterThan(300 + 0.25 * 900);
    expect(book.expectFirstTokenMs(candidate)).toBeLessThan(300 + 0.43 * 900);
    expect(book.expectTokensPerSecond(candidate)).toBeCloseTo(
      book.read(candidate).tokensPerSecond * (1 - failureRate),
      9,
    );
  });

  it('move a dead candidate behind all others, however soon it fails', () => {
    const book = createBook(createMovedTime());
    noteTimes(book, 50);
    noteTimes(book, 5, { model: 'slow/model', timeToFirstTokenMs: 2000, durationMs: 4000 });
    for (let call = 0; call < 200; call += 1) noteAttempt(book, createFailure({ durationMs: 1 }));
    expect(book.expectFirstTokenMs(candidate)).toBeGreaterThan(book.expectFirstTokenMs('slow/model'));
    expect(Number.isFinite(book.expectFirstTokenMs(candidate))).toBe(true);
  });
});

describe('the number of candidates', () => {
  it('is bounded, and those that were not called for the longest time go first', () => {
    const time = createMovedTime();
    const book = createBook(time, { maxCandidates: 3 });
    for (const model of ['a/m', 'b/m', 'c/m', 'a/m', 'd/m']) noteAttempt(book, createMeasured({ model }));
    expect(book.size).toBe(3);
    expect(book.read('b/m').isAssumed).toBe(true);
    expect(['a/m', 'c/m', 'd/m'].map((model) => book.read(model).isAssumed)).toEqual([false, false, false]);
  });

  it('does not grow by reading, ranking, or attempts that say nothing', () => {
    const book = createBook(createMovedTime());
    for (let index = 0; index < 100; index += 1) {
      const model = `provider/${index}`;
      book.read(model);
      book.expectFirstTokenMs(model);
      book.expectTokensPerSecond(model);
      noteAttempt(book, createFailure({ model, errorReason: 'PROVIDER_REFUSED' }));
    }
    expect(book.size).toBe(0);
  });
});
