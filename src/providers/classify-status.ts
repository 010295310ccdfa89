import { createError, type ErrorDetails, type SignalboxError } from '../core/errors.ts';

/** An error answer, read: what every provider's own classification starts from. */
export interface ErrorAnswer {
  /** The provider's id. */
  readonly provider: string;
  readonly status: number;
  /** The provider's own words, keys masked. */
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** How long it asks to wait. */
  readonly retryAfterMs: number | undefined;
}

const contextPattern =
  /context[ _-]?(?:length|window)|maximum context|prompt (?:is )?too long|too many (?:prompt )?tokens|total length of all messages is too long/i;
const contextCodes = new Set(['context_length_exceeded', 'string_above_max_length', 'too_many_prompt_tokens']);
const policyCodes = new Set([
  'content_filter',
  'content_policy_violation',
  'moderation_blocked',
  'responsible_ai_policy_violation',
]);

/**
 * Codes of a model's own failure to call a tool or to keep to a schema, which comes as a 400: console.groq.com/docs/tool-use,
 * console.groq.com/docs/structured-outputs. Routers hand them on.
 */
const modelFailureCodes = new Set(['tool_use_failed', 'json_validate_failed']);

/** The status that stands for a code or a type, in the words of OpenAI's API: platform.openai.com/docs/guides/error-codes. */
const statusOfWord: ReadonlyMap<string, number> = new Map([
  ...[...contextCodes, ...policyCodes, 'invalid_request_error'].map((word) => [word, 400] as const),
  ['authentication_error', 401],
  ['permission_error', 403],
  ['not_found_error', 404],
  ...['rate_limit_exceeded', 'insufficient_quota', 'rate_limit_error'].map((word) => [word, 429] as const),
]);

/**
 * What is no fault of the request's: a conflict (RFC 9110 §15.5.10), too early (RFC 8470 §5.2), Groq's full flex tier
 * (console.groq.com/docs/errors), and a request that the provider says was cancelled, which was not here.
 */
const passingStatuses: ReadonlySet<number> = new Set([409, 425, 498, 499]);

/**
 * The HTTP status that an error would have had, had it not come inside an answer. What its words do not tell is the provider's
 * failure.
 */
export function statusOfError({ code, type }: Pick<ErrorAnswer, 'code' | 'type'>): number {
  return statusOfWord.get(code ?? '') ?? statusOfWord.get(type ?? '') ?? 500;
}

/**
 * What an HTTP status means for an attempt, by the rules that hold for every provider (docs/routing.md): 408, 409, 425, 429, 498, 499, 5xx and the
 * provider's own 401 and 403 go on to the next candidate, as does a model's own failure; other 4xx are the request's fault and end the call.
 */
export function classifyStatus(answer: ErrorAnswer): SignalboxError {
  const { provider, status, retryAfterMs } = answer;
  const problem = answer.message ?? `it answered HTTP ${status} without a reason`;
  if (status === 401 || status === 403) return createError('PROVIDER_CREDENTIALS', { provider, status });
  if (status === 429) return createError('PROVIDER_RATE_LIMITED', { provider, problem }, { retryAfterMs });
  if (status === 408 || status === 504) return createError('PROVIDER_TIMEOUT', { provider, problem }, { retryAfterMs });
  if (status >= 500 || status < 400 || passingStatuses.has(status) || modelFailureCodes.has(answer.code ?? '')) {
    return createError('PROVIDER_FAILED', { provider, status, problem }, { retryAfterMs });
  }
  return classifyRefusal(answer, problem);
}

function classifyRefusal(answer: ErrorAnswer, problem: string): SignalboxError {
  const { type, code, param, status } = answer;
  const details: ErrorDetails = { httpStatus: status, type, code, param };
  const words = [code, type].filter((word) => word !== undefined);
  if (words.some((word) => policyCodes.has(word))) return createError('CONTENT_REFUSED', { problem }, details);
  if (words.some((word) => contextCodes.has(word)) || contextPattern.test(problem)) {
    return createError('CONTEXT_TOO_LONG', { problem }, details);
  }
  return createError('PROVIDER_REFUSED', { problem }, details);
}
