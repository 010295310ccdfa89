import type { Clock } from '../../core/clock.ts';

/**
 * Waits, unless a signal is aborted, which ends the wait at once and leaves no timer behind.
 *
 * @returns whether the whole time passed.
 */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) {
    return Promise.resolve(false);
  }
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    function stop(): void {
      cancel();
      resolve(false);
    }
    signal.addEventListener('abort', stop, { once: true });
  });
}
