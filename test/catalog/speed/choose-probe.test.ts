import { describe, expect, it } from 'vitest';
import { createBook, createFailure, createMovedTime, noteAttempt, noteTimes } from './book-rig.ts';
import { createSeededRandom } from './seeded-random.ts';

const ranked = ['fast/model', 'b/model', 'c/model'];

describe('probes', () => {
  it('are a small share of calls', () => {
    const time = createMovedTime();
    const book = createBook(time, { random: createSeededRandom(1), probeShare: 0.05 });
    let probes = 0;
    for (let call = 0; call < 20_000; call += 1) {
      time.pass(1000);
      noteTimes(book, 1);
      if (book.chooseProbe(ranked) !== undefined) probes += 1;
    }
    expect(probes).toBeGreaterThan(20_000 * 0.005);
    expect(probes).toBeLessThan(20_000 * 0.055);
  });

  it('reach every one that nobody has called, and never the first', () => {
    const time = createMovedTime();
    const book = createBook(time, { random: createSeededRandom(2), probeShare: 1 });
    const chosen = new Set<number | undefined>();
    for (let call = 0; call < 200; call += 1) {
      time.pass(10_000);
      noteTimes(book, 1, { timeToFirstTokenMs: 1400 });
      chosen.add(book.chooseProbe(ranked));
    }
    chosen.delete(undefined);
    expect([...chosen].toSorted()).toEqual([1, 2]);
  });

  it('are none when all were called lately, when nobody is left, and when they are turned off', () => {
    const time = createMovedTime();
    const book = createBook(time);
    for (const model of ranked) noteTimes(book, 10, { model });
    expect(book.chooseProbe(ranked)).toBeUndefined();
    time.pass(5 * 60_000);
    expect(book.chooseProbe(ranked)).toBe(1);
    expect(createBook(time).chooseProbe(['fast/model'])).toBeUndefined();
    expect(createBook(time).chooseProbe([])).toBeUndefined();
    expect(createBook(time, { probeShare: 0 }).chooseProbe(ranked)).toBeUndefined();
  });

  it('leave a candidate in peace for a while after each', () => {
    const time = createMovedTime();
    const book = createBook(time, { probeIntervalMs: 30_000 });
    const two = ranked.slice(0, 2);
    expect(book.chooseProbe(two)).toBe(1);
    // Its clock being set does not matter.
    time.nowMs -= 3_600_000;
    time.pass(29_999);
    expect(book.chooseProbe(two)).toBeUndefined();
    time.pass(1);
    expect(book.chooseProbe(two)).toBe(1);
  });

  it('are rarer where they take long', () => {
    const countProbes = (waitMs: number): number => {
      const time = createMovedTime();
      const book = createBook(time, { random: createSeededRandom(3), probeShare: 1, probeIntervalMs: 0 });
      noteTimes(book, 1, { model: 'b/model', timeToFirstTokenMs: waitMs, durationMs: waitMs + 1000 });
      let probes = 0;
      for (let call = 0; call < 2000; call += 1) {
        noteTimes(book, 1);
        if (book.chooseProbe(['fast/model', 'b/model']) !== undefined) probes += 1;
      }
      return probes;
    };
    expect(countProbes(500)).toBe(2000);
    // About 3000 ms more than the 300 of the best one: a tenth.
    const slow = countProbes(4000);
    expect(slow).toBeGreaterThan(100);
    expect(slow).toBeLessThan(300);
  });

  it('reach a dead candidate that fails at once, so that it can come back', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 10);
    for (let call = 0; call < 30; call += 1) noteAttempt(book, createFailure({ model: 'b/model', durationMs: 50 }));
    time.pass(5 * 60_000);
    noteTimes(book, 10);
    expect(book.chooseProbe(['fast/model', 'b/model'])).toBe(1);
    noteTimes(book, 10, { model: 'b/model', timeToFirstTokenMs: 100 });
    expect(book.expectFirstTokenMs('b/model')).toBeLessThan(book.expectFirstTokenMs('fast/model') + 300);
  });

  it('are the same for the same chance and the same clock', () => {
    const run = (): (number | undefined)[] => {
      const time = createMovedTime();
      const book = createBook(time, { random: createSeededRandom(4), probeShare: 0.3 });
      return Array.from({ length: 500 }, () => {
        time.pass(700);
        noteTimes(book, 1);
        return book.chooseProbe(ranked);
      });
    };
    expect(run()).toEqual(run());
  });
});
