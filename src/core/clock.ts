/**
 * Time as the server sees it. Passed in everywhere, so that tests decide what time it is.
 */
export interface Clock {
  /** Wall clock, Unix time in milliseconds. For stamps, never for durations. */
  nowMs(): number;
  /** Monotonic time in milliseconds, with fractions. For durations. */
  monotonicMs(): number;
  /**
   * Runs `callback` once after `delayMs`, unless cancelled. The timer does not keep the process alive.
   *
   * @returns cancels the timer; calling it twice, or after the timer ran, does nothing.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
