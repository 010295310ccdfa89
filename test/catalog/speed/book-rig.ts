import {
  createPerformanceBook,
  type MeasuredPerformanceBook,
  type PerformanceBookOptions,
} from '../../../src/catalog/speed/create-performance-book.ts';
import type { MeasuredAttempt } from '../../../src/catalog/speed/read-attempt.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { createManualClock, type ManualClock } from '../../contract/manual-clock.ts';

/** A time that the test moves, in milliseconds. */
export interface MovedTime {
  /** The wall clock, which can be set back. */
  nowMs: number;
  /** The monotonic clock. */
  monotonicMs: number;
  readonly clock: Clock & ManualClock;
  /** Moves both. */
  pass(elapsedMs: number): void;
}

export function createMovedTime(): MovedTime {
  const manual = createManualClock();
  const time: MovedTime = {
    nowMs: manual.nowMs(),
    monotonicMs: 0,
    clock: { ...manual, nowMs: () => time.nowMs, monotonicMs: () => time.monotonicMs },
    pass(elapsedMs) {
      time.nowMs += elapsedMs;
      time.monotonicMs += elapsedMs;
    },
  };
  return time;
}

/** An attempt that succeeded. Each test says what is special in its own. */
export function createMeasured(fields: Partial<MeasuredAttempt> = {}): MeasuredAttempt {
  return {
    generationId: 'gen-1',
    model: 'fast/model',
    isStreamed: true,
    timeToFirstTokenMs: 300,
    durationMs: 300 + 99 * 20,
    completionTokens: 100,
    errorReason: undefined,
    ...fields,
  };
}

/** One that failed after a while. */
export function createFailure(fields: Partial<MeasuredAttempt> = {}): MeasuredAttempt {
  return createMeasured({
    errorReason: 'PROVIDER_FAILED',
    timeToFirstTokenMs: undefined,
    completionTokens: undefined,
    durationMs: 200,
    ...fields,
  });
}

export function createBook(time: MovedTime, options: Partial<PerformanceBookOptions> = {}): MeasuredPerformanceBook {
  return createPerformanceBook({ clock: time.clock, random: () => 0, ...options });
}

/** Notes all that the path tells of an attempt, without the time between. */
export function noteAttempt(book: MeasuredPerformanceBook, attempt: MeasuredAttempt): void {
  const { generationId, isStreamed, model, timeToFirstTokenMs } = attempt;
  book.noteStart({ generationId, model, isStreamed });
  if (isStreamed && timeToFirstTokenMs !== undefined) {
    book.noteFirstToken({ generationId, model, isStreamed, timeToFirstTokenMs });
  }
  book.note(attempt);
}

/** Notes the same attempt several times. */
export function noteTimes(book: MeasuredPerformanceBook, count: number, fields: Partial<MeasuredAttempt> = {}): void {
  for (let call = 0; call < count; call += 1) noteAttempt(book, createMeasured(fields));
}
