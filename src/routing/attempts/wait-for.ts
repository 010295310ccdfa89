import type { Clock } from '../../core/clock.ts';

/** Waits, and stops waiting when the signal is aborted. Resolves in both cases. */
export async function waitFor(delayMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  if (delayMs <= 0 || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = clock.after(delayMs, resolve);
  await promise;
  cancel();
  signal.removeEventListener('abort', onAbort);
}
