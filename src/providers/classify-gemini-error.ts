import { createError, type SignalboxError } from '../core/errors.ts';
import type { GeminiError } from '../dialects/gemini/decode-error.ts';
import { classifyStatus } from './classify-status.ts';

/** What a provider of Gemini models is asked with, as far as its errors need it. */
export interface GeminiErrorContext {
  /** The provider's id. */
  readonly provider: string;
  readonly status: number;
  /** What its headers ask to wait. */
  readonly retryAfterMs: number | undefined;
  /** Makes a text of the provider's fit for clients. */
  readonly mask: (text: string) => string;
}

const keyPattern = /\bAPI key (?:not valid|expired|not found)/i;
const contextPattern =
  /token count\b.{0,100}\b(?:exceeds the maximum|only supports up to)|exceeds the maximum number of tokens/i;
const policyPattern = /content policy|responsible AI practices|usage guidelines/i;

/** What an error of Google's APIs means for an attempt: ai.google.dev/gemini-api/docs/troubleshooting. */
export function classifyGeminiError(error: GeminiError, context: GeminiErrorContext): SignalboxError {
  const { provider, status } = context;
  const message = error.message === undefined ? undefined : context.mask(error.message);
  const retryAfterMs = context.retryAfterMs ?? error.retryDelayMs;
  const details = { httpStatus: status, code: error.reason ?? error.status, param: error.field };
  const problem = message ?? `it answered HTTP ${status} without a reason`;
  // A wrong key is HTTP 400: the operator's fault, not the caller's.
  if (error.reason === 'API_KEY_INVALID' || (status === 400 && keyPattern.test(problem))) {
    return createError('PROVIDER_CREDENTIALS', { provider, status });
  }
  // The operator's country or billing, and calls that Google itself gave up.
  if ((status === 400 && error.status === 'FAILED_PRECONDITION') || status === 499) {
    return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs });
  }
  if (status === 400 && contextPattern.test(problem)) return createError('CONTEXT_TOO_LONG', { problem }, details);
  if (status === 400 && policyPattern.test(problem)) return createError('CONTENT_REFUSED', { problem }, details);
  return classifyStatus({
    provider,
    status,
    message,
    type: undefined,
    code: details.code,
    param: error.field,
    retryAfterMs,
  });
}
