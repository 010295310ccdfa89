import type { Clock } from '../../src/core/clock.ts';

/** A timer that the test runs. */
export interface ManualTimer {
  readonly delayMs: number;
  /** Whether it waits: neither run nor cancelled. */
  readonly isPending: boolean;
  /** Runs it. Does nothing when it does not wait. */
  fire(): void;
}

/** A clock that stands still, and whose timers run when the test says so. */
export interface ManualClock extends Clock {
  /** The next timer that no call of this has given yet; waits until it is set. */
  nextTimer(): Promise<ManualTimer>;
}

/** Makes a clock that stands at Unix time 1,700,000,000 s. */
export function createManualClock(): ManualClock {
  const unseen: ManualTimer[] = [];
  const waiting: ((timer: ManualTimer) => void)[] = [];
  return {
    nowMs: () => 1_700_000_000_000,
    monotonicMs: () => 0,
    after(delayMs, callback) {
      let isPending = true;
      const timer: ManualTimer = {
        delayMs,
        get isPending() {
          return isPending;
        },
        fire() {
          if (!isPending) return;
          isPending = false;
          callback();
        },
      };
      const waiter = waiting.shift();
      if (waiter === undefined) unseen.push(timer);
      else waiter(timer);
      return () => {
        isPending = false;
      };
    },
    nextTimer() {
      const timer = unseen.shift();
      return timer === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(timer);
    },
  };
}
