import type { ErrorReason, Retry } from '../../core/error-registry.ts';

/** What attempts of one call go by. */
export interface AttemptRules {
  /** The most times that a call tries a candidate again, all its candidates together. */
  readonly maxRetries: number;
  /** The longest time that a provider may ask to wait before the same candidate is tried again, in milliseconds. */
  readonly maxRetryWaitMs: number;
  /** What waits grow from and up to when a provider names none, in milliseconds. */
  readonly baseBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** A call after one of its attempts failed. */
export interface AttemptSituation {
  readonly reason: ErrorReason;
  /** What may be tried after such a failure. */
  readonly retry: Retry;
  /** How long the provider asks to wait, in milliseconds. `undefined`: it does not say. */
  readonly retryAfterMs: number | undefined;
  /** How often the candidate has been tried, this time included. */
  readonly tries: number;
  /** How often the call has tried any candidate again. */
  readonly retries: number;
  /** Whether the provider's retry budget allows another one. */
  readonly isRetryAfforded: boolean;
  /** Whether the candidate's circuit is open now. */
  readonly isFailing: boolean;
  /** The candidates that were not tried yet: one is healthy, all have an open circuit, or there is none. */
  readonly others: 'healthy' | 'unhealthy' | 'none';
  /** Until the call's deadline, in milliseconds. */
  readonly remainingMs: number;
}

/** What is done next. */
export type AttemptStep =
  | { readonly kind: 'same'; readonly waitMs: number }
  | { readonly kind: 'next' }
  | { readonly kind: 'stop' };

const timeouts: ReadonlySet<ErrorReason> = new Set(['PROVIDER_TIMEOUT', 'FIRST_TOKEN_TIMEOUT']);

/**
 * Decides what a call does after a failed attempt.
 *
 * While a healthy candidate is left, the failed one gets one quick second chance, and only if nothing says that it is better left
 * alone: an open circuit, a time out, a rate limit, a `retry-after`. Where there is nowhere better to go, it is tried again as often as the rules allow, after the wait that
 * it asks for, else after a random part of a wait that doubles ("full jitter", as in "Exponential Backoff And Jitter" of the AWS
 * Architecture Blog). A wait that is too long, or would end past the deadline, is not begun.
 *
 * @param random - from 0, below 1.
 */
export function decideStep(situation: AttemptSituation, rules: AttemptRules, random: () => number): AttemptStep {
  const { reason, retry, retryAfterMs, tries, retries, others } = situation;
  if (retry === 'never') return { kind: 'stop' };
  const elsewhere: AttemptStep = others === 'none' ? { kind: 'stop' } : { kind: 'next' };
  if (retry === 'next' || retries >= rules.maxRetries || !situation.isRetryAfforded) return elsewhere;
  if (others !== 'none' && timeouts.has(reason)) return elsewhere;
  const wantsPeace = situation.isFailing || reason === 'PROVIDER_RATE_LIMITED' || (retryAfterMs ?? 0) > 0;
  if (others === 'healthy' && (tries > 1 || wantsPeace)) return elsewhere;
  if (retryAfterMs !== undefined && retryAfterMs > rules.maxRetryWaitMs) return elsewhere;
  // Those that were told to wait equally long do not come back all at once.
  const backoffTries = retryAfterMs === undefined ? tries : 1;
  const backoffMs = Math.min(rules.baseBackoffMs * 2 ** (backoffTries - 1), rules.maxBackoffMs);
  const waitMs = (retryAfterMs ?? 0) + Math.floor(random() * backoffMs);
  return waitMs < situation.remainingMs ? { kind: 'same', waitMs } : elsewhere;
}
