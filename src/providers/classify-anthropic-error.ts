import { createError, type SignalboxError } from '../core/errors.ts';
import { classifyStatus, type ErrorAnswer } from './classify-status.ts';

/** "Output blocked by content filtering policy" and its like: Anthropic has no type for it. */
const policyPattern = /content (?:filtering |usage )?policy|usage polic/i;

/** "input length and `max_tokens` exceed context limit": the other sentence for it is known to all. */
const contextPattern = /exceed(?:s|ed)? (?:the )?context/i;

/** "Your credit balance is too low to access the Anthropic API": HTTP 400, though nothing is wrong with the request. */
const creditPattern = /credit balance is too low/i;

/** "This organization has been disabled": HTTP 400 too, and the operator's to see to. */
const disabledPattern = /organization has been disabled/i;

/** "You have reached your specified API usage limits. You will regain access on …": HTTP 400, though it passes. */
const usagePattern = /reached your specified (?:API|workspace API) usage limits/i;

/** What an error answer of Anthropic's means: platform.claude.com/docs/en/api/errors. */
export function classifyAnthropicError(answer: ErrorAnswer): SignalboxError {
  const { provider, status, type, message = '' } = answer;
  const isRefusal = status >= 400 && status < 500;
  if (status === 402 || (isRefusal && (creditPattern.test(message) || disabledPattern.test(message)))) {
    return createError('PROVIDER_CREDENTIALS', { provider, status });
  }
  if (isRefusal && usagePattern.test(message)) {
    return createError('PROVIDER_RATE_LIMITED', { provider, problem: message }, { retryAfterMs: answer.retryAfterMs });
  }
  if (status !== 400) return classifyStatus(answer);
  if (policyPattern.test(message)) {
    return createError('CONTENT_REFUSED', { problem: message }, { httpStatus: status, type });
  }
  if (contextPattern.test(message)) {
    return createError('CONTEXT_TOO_LONG', { problem: message }, { httpStatus: status, type });
  }
  return classifyStatus(answer);
}
