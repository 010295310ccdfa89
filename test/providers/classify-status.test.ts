import { describe, expect, it } from 'vitest';
import { classifyStatus, type ErrorAnswer, statusOfError } from '../../src/providers/classify-status.ts';

function answer(status: number, more: Partial<ErrorAnswer> = {}): ErrorAnswer {
  const nothing = { message: undefined, type: undefined, code: undefined, param: undefined, retryAfterMs: undefined };
  return { provider: 'acme', status, ...nothing, ...more };
}

describe('classifyStatus', () => {
  it('has a meaning for every status, and lets the next candidate try unless the request is at fault', () => {
    for (let status = 200; status < 600; status += 1) {
      const error = classifyStatus(answer(status, { message: 'No.' }));
      const isRequestsFault =
        status >= 400 && status < 500 && ![401, 403, 408, 409, 425, 429, 498, 499].includes(status);
      expect(error.entry.retry === 'never', String(status)).toBe(isRequestsFault);
      // Nothing that a provider answers looks like the caller's own missing key.
      if (status === 401 || status === 403) expect(error.httpStatus).toBe(502);
      expect(error.httpStatus).toBe(isRequestsFault ? status : error.entry.httpStatus);
    }
  });

  it('says what it can where the provider says nothing', () => {
    expect(classifyStatus(answer(500)).message).toBe(
      'acme failed with HTTP 500: it answered HTTP 500 without a reason',
    );
    expect(classifyStatus(answer(404)).message).toBe('it answered HTTP 404 without a reason');
  });

  it('keeps the wait that the provider asks for', () => {
    expect(classifyStatus(answer(429, { retryAfterMs: 7 })).details.retryAfterMs).toBe(7);
    expect(classifyStatus(answer(503, { retryAfterMs: 0 })).details.retryAfterMs).toBe(0);
    expect(classifyStatus(answer(408, { retryAfterMs: 7 })).details.retryAfterMs).toBe(7);
    expect(classifyStatus(answer(504, { retryAfterMs: 7 })).details.retryAfterMs).toBe(7);
  });

  it.each([
    [{ code: 'context_length_exceeded' }, 'CONTEXT_TOO_LONG'],
    [{ type: 'too_many_prompt_tokens' }, 'CONTEXT_TOO_LONG'],
    [{ message: "This endpoint's maximum context length is 200000 tokens." }, 'CONTEXT_TOO_LONG'],
    [{ message: 'The total length of all messages is too long.' }, 'CONTEXT_TOO_LONG'],
    [{ message: 'prompt too long; exceeded max context length by 5 tokens' }, 'CONTEXT_TOO_LONG'],
    [{ message: 'Too many tokens in the context window' }, 'CONTEXT_TOO_LONG'],
    [{ code: 'content_filter' }, 'CONTENT_REFUSED'],
    [{ code: 'content_policy_violation' }, 'CONTENT_REFUSED'],
    [{ type: 'moderation_blocked' }, 'CONTENT_REFUSED'],
    [{ message: 'The context of your question is unclear.' }, 'PROVIDER_REFUSED'],
    [{ code: 'model_not_found', message: 'There is no such model.' }, 'PROVIDER_REFUSED'],
  ])('reads from %j that it is %s', (more, reason) => {
    expect(classifyStatus(answer(400, more)).reason).toBe(reason);
  });

  it.each(['tool_use_failed', 'json_validate_failed'])('lets another model try where one failed with %s', (code) => {
    expect(classifyStatus(answer(400, { code, type: 'invalid_request_error' }))).toMatchObject({
      reason: 'PROVIDER_FAILED',
      entry: { retry: 'same' },
    });
  });

  it('goes by the status before the words', () => {
    expect(classifyStatus(answer(500, { code: 'context_length_exceeded' })).reason).toBe('PROVIDER_FAILED');
    expect(classifyStatus(answer(429, { code: 'content_filter' })).reason).toBe('PROVIDER_RATE_LIMITED');
  });
});

describe('statusOfError', () => {
  it.each([
    ['rate_limit_exceeded', 'tokens', 429],
    ['insufficient_quota', 'insufficient_quota', 429],
    [undefined, 'rate_limit_error', 429],
    ['context_length_exceeded', undefined, 400],
    ['content_filter', undefined, 400],
    [undefined, 'invalid_request_error', 400],
    ['invalid_api_key', 'authentication_error', 401],
    [undefined, 'permission_error', 403],
    [undefined, 'not_found_error', 404],
    ['something_new', 'server_error', 500],
    [undefined, undefined, 500],
  ])('is for the code %s and the type %s %i', (code, type, status) => {
    expect(statusOfError({ code, type })).toBe(status);
  });
});
