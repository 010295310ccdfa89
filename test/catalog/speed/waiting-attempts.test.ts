import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WaitingAttempts } from '../../../src/catalog/speed/waiting-attempts.ts';
import { createBook, createFailure, createMeasured, createMovedTime, noteTimes } from './book-rig.ts';
import { EventQueue } from './event-queue.ts';
import { createSeededRandom, drawNormal } from './seeded-random.ts';

const candidate = 'fast/model';

function createStart(generationId: string) {
  return { generationId, model: candidate, isStreamed: true };
}

describe('a candidate with calls that wait for their first token', () => {
  it('is as it was measured until they wait for more than twice as long', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 1000);
    const measured = book.expectFirstTokenMs(candidate);
    for (let call = 0; call < 20; call += 1) book.noteStart(createStart(`gen-${call}`));
    time.monotonicMs += 2 * 299;
    expect(book.expectFirstTokenMs(candidate)).toBe(measured);
    time.monotonicMs += 10;
    expect(book.expectFirstTokenMs(candidate)).toBeGreaterThan(measured + 100);
  });

  it('is left while none of them has timed out, and has been as it was once they are answered', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 100);
    noteTimes(book, 10, { model: 'second/model', timeToFirstTokenMs: 500 });
    let calls = 0;
    while (book.expectFirstTokenMs(candidate) < book.expectFirstTokenMs('second/model')) {
      book.noteStart(createStart(`gen-${calls}`));
      time.pass(250);
      calls += 1;
    }
    expect(calls).toBeLessThanOrEqual(8);
    for (let call = 0; call < calls; call += 1) {
      book.noteFirstToken({ ...createStart(`gen-${call}`), timeToFirstTokenMs: 300 });
    }
    expect(book.expectFirstTokenMs(candidate)).toBeLessThan(book.expectFirstTokenMs('second/model'));
  });

  it('is not left for a call that waits on and on while others are answered', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 100);
    book.noteStart(createStart('gen-hung'));
    time.pass(60_000);
    const alone = book.expectFirstTokenMs(candidate);
    expect(alone).toBeGreaterThan(3000);
    noteTimes(book, 5000);
    expect(book.expectFirstTokenMs(candidate)).toBeLessThan(330);
  });

  it('forgets those that failed or were stopped', () => {
    for (const errorReason of ['PROVIDER_REFUSED', 'CALL_CANCELLED', 'INTERNAL'] as const) {
      const time = createMovedTime();
      const book = createBook(time);
      noteTimes(book, 100);
      book.noteStart(createStart('gen-1'));
      time.monotonicMs += 60_000;
      book.note(createFailure({ errorReason, durationMs: 1 }));
      expect(book.expectFirstTokenMs(candidate), errorReason).toBeLessThan(301);
    }
  });

  it('watches a try that begins before the end of an earlier one of the same call', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 100);
    book.noteStart(createStart('gen-1'));
    book.noteFirstToken({ ...createStart('gen-1'), timeToFirstTokenMs: 300 });
    book.noteStart(createStart('gen-1'));
    book.note(createMeasured({ errorReason: 'PROVIDER_CUT' }));
    const before = book.read(candidate).timeToFirstTokenMs;
    time.monotonicMs += 60_000;
    expect(book.read(candidate).timeToFirstTokenMs).toBeGreaterThan(before + 1000);
  });

  it('is not judged by whole answers that are on their way', () => {
    const time = createMovedTime();
    const book = createBook(time);
    noteTimes(book, 100);
    book.noteStart({ ...createStart('gen-1'), isStreamed: false });
    time.monotonicMs += 60_000;
    expect(book.expectFirstTokenMs(candidate)).toBeLessThan(301);
  });
});

describe('calls that wait', () => {
  it.each([1, 10, 100])('say little of a healthy candidate with %i calls a second, however they scatter', (rate) => {
    const random = createSeededRandom(rate);
    const waiting = new WaitingAttempts(1000);
    const answers = new EventQueue<string>();
    const meanMs = 500 * Math.exp(0.8 ** 2 / 2);
    let sum = 0;
    const calls = 10_000;
    for (let call = 0; call < calls; call += 1) {
      const nowMs = (call * 1000) / rate;
      for (let answer = answers.takeUntil(nowMs); answer !== undefined; answer = answers.takeUntil(nowMs)) {
        waiting.end(answer.value);
      }
      sum += waiting.raise(meanMs, 20, nowMs) / meanMs;
      waiting.begin(String(call), nowMs);
      answers.push(nowMs + 500 * Math.exp(0.8 * drawNormal(random)), String(call));
    }
    expect(sum / calls).toBeLessThan(1.1);
  });

  it('never make a candidate faster or slower than the longest wait, whatever comes', () => {
    const steps = fc.array(fc.tuple(fc.nat(8), fc.boolean(), fc.nat(5000), fc.integer({ min: 1, max: 10_000 })));
    fc.assert(
      fc.property(steps, fc.double({ min: 0.25, max: 20, noNaN: true }), (history, weight) => {
        const waiting = new WaitingAttempts(5);
        let nowMs = 0;
        for (const [call, isStart, elapsedMs, expectedMs] of history) {
          nowMs += elapsedMs;
          if (isStart) waiting.begin(String(call), nowMs);
          else waiting.end(String(call));
          const raisedMs = waiting.raise(expectedMs, weight, nowMs);
          expect(raisedMs).toBeGreaterThanOrEqual(expectedMs);
          expect(raisedMs).toBeLessThanOrEqual(Math.max(expectedMs, nowMs) * 1.000_001);
          expect(waiting.size).toBeLessThanOrEqual(5);
        }
        for (let call = 0; call <= 8; call += 1) waiting.end(String(call));
        expect(waiting.size).toBe(0);
        expect(waiting.raise(1, weight, nowMs)).toBe(1);
      }),
    );
  });
});
