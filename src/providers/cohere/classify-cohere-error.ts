import { createError, type SignalboxError } from '../../core/errors.ts';
import type { ErrorAnswer } from '../classify-status.ts';
import { classifyByRules, type ErrorRule } from '../error-rule.ts';

/** "too many tokens: max tokens must be less than or equal to 4096, the maximum output for this model": not the prompt's fault. */
const tokenLimitPattern = /\bmax[_ ]tokens (?:must|cannot)/i;

/** docs.cohere.com/v2/reference/errors. */
const rules: readonly ErrorRule[] = [
  // The key is of the wrong kind, or has been taken back.
  { status: 498, means: 'PROVIDER_CREDENTIALS' },
  { status: 400, message: /\btoo many tokens\b/i, means: 'CONTEXT_TOO_LONG' },
  {
    status: 400,
    message: /content policy|usage (?:guideline|polic)|blocked (?:input|output|prompt)/i,
    means: 'CONTENT_REFUSED',
  },
];

/** What an error answer of Cohere's means. It has no codes: its sentences tell. */
export function classifyCohereError(answer: ErrorAnswer): SignalboxError {
  const { provider, status, message = '', type, retryAfterMs } = answer;
  if (status === 400 && tokenLimitPattern.test(message)) {
    return createError('PROVIDER_REFUSED', { problem: message }, { httpStatus: status, type, param: 'max_tokens' });
  }
  // "request cancelled": it gave up by itself, for we wait for its answer.
  if (status === 499) {
    const problem = message || 'it cancelled the request';
    return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs });
  }
  return classifyByRules(answer, rules);
}
