import { createError, type SignalboxError } from '../core/errors.ts';
import { isMissingModel } from './health/is-missing-model.ts';
import type { FailedAttempt } from './run-attempt.ts';

/** The most failures that are told of. The record of the call has all of them. */
const maxToldFailures = 10;

/** The most that is told of one failure, in UTF-16 units: providers send whole pages. */
const maxFailureLength = 200;

/**
 * The error of a call whose attempts all failed in ways that another attempt could have mended: unsupported when none could do what is
 * asked, rate limited when all were, timed out when all did, failed otherwise. When to ask again is the soonest that any provider named.
 */
export function summariseFailures(failures: readonly FailedAttempt[]): SignalboxError {
  const [first] = failures;
  // Nobody failed: the request asks for what none of them can do.
  if (first !== undefined && failures.every(({ error }) => error.reason === 'REQUEST_UNSUPPORTED')) return first.error;
  // Nobody has the model, as the first one says.
  if (first !== undefined && failures.every(({ error }) => isMissingModel(error))) return first.error;
  const attempts = tell(failures);
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

/** Each model with each of its problems once. */
function tell(failures: readonly FailedAttempt[]): string {
  const problems = Map.groupBy(failures, ({ error, record }) => `${record.model}: ${shorten(error.message)}`);
  const told = [...problems]
    .slice(0, maxToldFailures)
    .map(([problem, { length }]) => (length === 1 ? problem : `${problem} (${length} times)`));
  const moreCount = problems.size - told.length;
  if (moreCount > 0) told.push(`And ${moreCount} more.`);
  return told.join(' ');
}

function shorten(message: string): string {
  if (message.length <= maxFailureLength) return message;
  // Half a surrogate pair is no character.
  return `${message.slice(0, maxFailureLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
