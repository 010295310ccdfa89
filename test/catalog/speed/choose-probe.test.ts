import { describe, expect, it } from 'vitest';
import type {
  MeasuredPerformanceBook,
  PerformanceBookOptions,
} from '../../../src/catalog/speed/create-performance-book.ts';
import { createBook, createFailure, createMeasured, createMovedTime, noteAttempt, noteTimes } from './book-rig.ts';
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

describe('candidates of a short list that were never measured', () => {
  const createColdBook = (random: () => number, options: Partial<PerformanceBookOptions> = {}) => {
    const time = createMovedTime();
    return { time, book: createBook(time, { random, ...options }) };
  };
  const listModels = (count: number): string[] => Array.from({ length: count }, (_, number) => `host-${number}/model`);
  /** Below the share of these, above that of other probes. */
  const drawBetween = (): number => 0.05;

  /** Sixty calls, one a second, for a model that one host serves in a known time and a new one in 30 ms. */
  const callTwoHosts = (seed: number, knownMs: number, options: Partial<PerformanceBookOptions> = {}): string[] => {
    const { time, book } = createColdBook(createSeededRandom(seed), options);
    noteTimes(book, 1, { model: 'known/model', timeToFirstTokenMs: knownMs });
    return Array.from({ length: 60 }, () => {
      time.pass(1000);
      const order = rankByLatency(book, ['known/model', 'new/model']);
      const model = order[book.chooseProbe(order) ?? 0] ?? '';
      noteTimes(book, 1, { model, timeToFirstTokenMs: model === 'new/model' ? 30 : knownMs });
      return model;
    });
  };
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

  it.each([600, 40])(
    'are tried early, also where the best one is faster than is assumed of others: %i ms',
    (knownMs) => {
      for (const seed of seeds) expect(callTwoHosts(seed, knownMs)).toContain('new/model');
      const tried = seeds.filter((seed) => callTwoHosts(seed, knownMs, { coldProbeShare: 0 }).includes('new/model'));
      expect(tried.length).toBeLessThan(seeds.length);
    },
  );

  it('are preferred from then on when they are much faster', () => {
    for (const seed of seeds) {
      const calls = callTwoHosts(seed, 600, { probeShare: 1e-9 });
      expect(new Set(calls.slice(calls.indexOf('new/model')))).toEqual(new Set(['new/model']));
    }
  });

  it('are each tried within some hundred calls, however many of them there are, and once', () => {
    const { time, book } = createColdBook(createSeededRandom(5), { probeShare: 1e-9 });
    const models = listModels(16);
    const tries = new Map<string, number>();
    for (let call = 0; call < 400; call += 1) {
      time.pass(100);
      noteTimes(book, 1, { model: 'host-0/model' });
      const model = models[book.chooseProbe(models) ?? 0] ?? '';
      if (model === 'host-0/model') continue;
      tries.set(model, (tries.get(model) ?? 0) + 1);
      noteTimes(book, 4, { model, timeToFirstTokenMs: 2000 });
    }
    expect([...tries.keys()].toSorted()).toEqual(models.slice(1).toSorted());
    expect([...tries.values()]).toEqual(Array.from({ length: 15 }, () => 1));
  });

  it('have a share of their own, which is none for a long list and where probes are turned off', () => {
    const choose = (count: number, drawn: number, options: Partial<PerformanceBookOptions> = {}) =>
      createColdBook(() => drawn, options).book.chooseProbe(listModels(count));
    expect(choose(2, 0.099)).toBe(1);
    expect(choose(2, 0.1)).toBeUndefined();
    expect(choose(2, 0.1, { coldProbeShare: 0.2 })).toBe(1);
    expect(choose(2, 0.05, { coldProbeShare: 0 })).toBeUndefined();
    expect(choose(16, 0.05)).toBeDefined();
    expect(choose(17, 0.05)).toBeUndefined();
    expect(choose(17, 0)).toBe(1);
    expect(choose(2, 0, { probeShare: 0 })).toBeUndefined();
    expect(choose(2, 0, { probeShare: 0, coldProbeShare: 1 })).toBeUndefined();
  });

  it('are not once anything was measured, however long ago', () => {
    const { time, book } = createColdBook(drawBetween);
    noteAttempt(book, createFailure({ model: 'b/model' }));
    expect(book.chooseProbe(ranked)).toBe(2);
    noteTimes(book, 1, { model: 'c/model', isStreamed: false, timeToFirstTokenMs: undefined });
    time.pass(100 * 24 * 60 * 60_000);
    expect(book.chooseProbe(ranked)).toBeUndefined();
  });

  it('wait after a try that measured nothing, and have three of them', () => {
    const { time, book } = createColdBook(drawBetween);
    const two = ranked.slice(0, 2);
    for (let round = 0; round < 3; round += 1) {
      expect(book.chooseProbe(two)).toBe(1);
      expect(book.chooseProbe(two)).toBeUndefined();
      time.pass(9999);
      expect(book.chooseProbe(two)).toBeUndefined();
      time.pass(1);
    }
    time.pass(3_600_000);
    expect(book.chooseProbe(two)).toBeUndefined();
  });

  it('do not keep each other waiting', () => {
    const { book } = createColdBook(drawBetween);
    expect([1, 2, 3].map(() => book.chooseProbe(ranked))).toEqual([1, 2, undefined]);
  });

  it('are left alone while a call of theirs waits for its first token', () => {
    const { time, book } = createColdBook(drawBetween);
    const attempt = createMeasured({
      model: 'b/model',
      errorReason: 'CALL_CANCELLED',
      timeToFirstTokenMs: undefined,
    });
    const two = ranked.slice(0, 2);
    book.noteStart(attempt);
    time.pass(60_000);
    expect(book.chooseProbe(two)).toBeUndefined();
    // A call that was stopped this soon says nothing.
    book.note({ ...attempt, durationMs: 10 });
    expect(book.chooseProbe(two)).toBe(1);
  });
});

function rankByLatency(book: MeasuredPerformanceBook, models: readonly string[]): string[] {
  return models.toSorted((a, b) => book.expectFirstTokenMs(a) - book.expectFirstTokenMs(b));
}
