import { createError, type SignalboxError } from '../core/errors.ts';
import { classifyStatus, type ErrorAnswer } from './classify-status.ts';

/** What an error of one provider means, where the rules for all do not tell. Every condition that is there must hold. */
export interface ErrorRule {
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  /** Matches the provider's words. */
  readonly message?: RegExp;
  readonly means:
    | 'CONTEXT_TOO_LONG'
    | 'CONTENT_REFUSED'
    | 'PROVIDER_CREDENTIALS'
    | 'PROVIDER_RATE_LIMITED'
    | 'PROVIDER_FAILED';
}

/** Classifies an error by the first rule that holds, else by {@link classifyStatus}. */
export function classifyByRules(answer: ErrorAnswer, rules: readonly ErrorRule[]): SignalboxError {
  const rule = rules.find((candidate) => holds(candidate, answer));
  const { provider, status, code, type, param, retryAfterMs } = answer;
  const problem = answer.message ?? `it answered HTTP ${status} without a reason`;
  switch (rule?.means) {
    case 'PROVIDER_CREDENTIALS':
      return createError('PROVIDER_CREDENTIALS', { provider, status });
    case 'PROVIDER_RATE_LIMITED':
      return createError('PROVIDER_RATE_LIMITED', { provider, problem }, { retryAfterMs });
    case 'PROVIDER_FAILED':
      return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs });
    case 'CONTEXT_TOO_LONG':
    case 'CONTENT_REFUSED':
      return createError(rule.means, { problem }, { httpStatus: refusalStatus(status), code, type, param });
    case undefined:
      // The account has no credit: the operator's to mend, and another provider's chance.
      if (status === 402) return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs });
      return classifyStatus(answer);
  }
}

function holds(rule: ErrorRule, answer: ErrorAnswer): boolean {
  return (
    (rule.status === undefined || rule.status === answer.status) &&
    (rule.code === undefined || rule.code === answer.code) &&
    (rule.type === undefined || rule.type === answer.type) &&
    (rule.message === undefined || rule.message.test(answer.message ?? ''))
  );
}

/** What the request is at fault for is 400, also where a provider says 403 or 500: 401 and 403 are about the caller's own key. */
function refusalStatus(status: number): number {
  return status >= 400 && status < 500 && status !== 401 && status !== 403 ? status : 400;
}
