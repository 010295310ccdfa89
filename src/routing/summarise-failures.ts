import { createError, type SignalboxError } from '../core/errors.ts';
import type { FailedAttempt } from './run-attempt.ts';

/**
 * The error of a call whose attempts all failed in ways that another attempt could have mended: rate limited when all were, timed
 * out when all did, failed otherwise. When to ask again is the soonest that any provider named.
 */
export function summariseFailures(failures: readonly FailedAttempt[]): SignalboxError {
  const attempts = failures.map(({ error, record }) => `${record.model}: ${error.message}`).join(' ');
  const cause = failures.at(-1)?.error;
  const waits = failures.flatMap(({ error }) => error.details.retryAfterMs ?? []);
  const retryAfterMs = waits.length > 0 ? Math.min(...waits) : undefined;
  if (failures.every(({ error }) => error.reason === 'PROVIDER_RATE_LIMITED')) {
    return createError('ATTEMPTS_RATE_LIMITED', { attempts }, { cause, retryAfterMs, code: 'rate_limit_exceeded' });
  }
  if (failures.every(({ error }) => error.entry.code === 'DEADLINE_EXCEEDED')) {
    return createError('ATTEMPTS_TIMED_OUT', { attempts }, { cause, retryAfterMs });
  }
  return createError('ATTEMPTS_FAILED', { attempts }, { cause, retryAfterMs });
}
