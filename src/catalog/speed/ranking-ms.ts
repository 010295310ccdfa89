import type { SpeedSeed } from './speed-memory.ts';

/** Even a failure that comes at once costs a call one of its tries. */
const minFailureMs = 250;
/** Keeps what a dead candidate is expected to take finite. */
const maxFailureRate = 0.99;

/**
 * The time to the first token when this candidate is tried first, with what takes over after a failure taken to be as fast as this one is.
 * To try candidates in the order of it takes the least time on average, which is why it need not know who takes over: of two candidates
 * that take c and c' a try and succeed with s and s', to begin with the first takes c + (1 - s) c' and with the other c' + (1 - s') c, and
 * the first sum is the lower one when c / s < c' / s'.
 */
export function rankingMs({ firstTokenMs, failureRate, failureMs }: SpeedSeed): number {
  const failed = Math.min(failureRate, maxFailureRate);
  return firstTokenMs + (failed / (1 - failed)) * Math.max(failureMs, minFailureMs);
}
