import { type Clock, systemClock } from '../../src/core/clock.ts';

/**
 * The machine's clock, run faster: what the server takes for a second is a part of one. What others measure by clocks of their own, such as
 * the silences inside of answers, is left as it is.
 *
 * @param speed - how many seconds are one. 1 is the machine's clock.
 */
export function createFastClock(speed: number): Clock {
  const startedAtMs = systemClock.nowMs();
  const startedMonotonicMs = systemClock.monotonicMs();
  const elapsedMs = (): number => (systemClock.monotonicMs() - startedMonotonicMs) * speed;
  return {
    nowMs: () => Math.floor(startedAtMs + elapsedMs()),
    monotonicMs: () => startedMonotonicMs + elapsedMs(),
    after: (delayMs, callback) => systemClock.after(delayMs / speed, callback),
  };
}

/** The machine's clock, which can be put forward. */
export interface JumpingClock extends Clock {
  /** Timers that run keep the time that they have left. */
  jump(durationMs: number): void;
}

/** Makes a clock that goes with the machine's until it is put forward. */
export function createJumpingClock(): JumpingClock {
  let jumpedMs = 0;
  return {
    nowMs: () => systemClock.nowMs() + jumpedMs,
    monotonicMs: () => systemClock.monotonicMs() + jumpedMs,
    after: systemClock.after,
    jump(durationMs) {
      jumpedMs += durationMs;
    },
  };
}
