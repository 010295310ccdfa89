import { errors } from 'undici';
import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../../src/upstream/classify-failure.ts';
import { UpstreamFailure } from '../../src/upstream/upstream-failure.ts';

const limits = { connectTimeoutMs: 1, headersTimeoutMs: 2, idleTimeoutMs: 3, maxHeaderBytes: 4 };

function systemError(code: string): Error {
  return Object.assign(new Error(`${code} 10.1.2.3:8000 https://user:secret@internal/v1?key=secret`), { code });
}

describe('classifyFailure', () => {
  it.each([
    ['ECONNREFUSED', 'the connection was refused'],
    ['ENOTFOUND', 'its host name is not known'],
    ['ECONNRESET', 'the connection closed before an answer began'],
    ['EPIPE', 'the connection closed before an answer began'],
    ['UND_ERR_SOCKET', 'the connection closed before an answer began'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'no TLS connection could be made (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'no TLS connection could be made (ERR_TLS_CERT_ALTNAME_INVALID)'],
    ['CERT_HAS_EXPIRED', 'no TLS connection could be made (CERT_HAS_EXPIRED)'],
    ['EMFILE', 'the connection failed (EMFILE)'],
    ['no code: https://secret', 'the connection failed'],
  ])('takes %s before an answer as unreachable', (code, message) => {
    const failure = classifyFailure(systemError(code), false, limits);
    expect([failure.kind, failure.message]).toEqual(['unreachable', message]);
  });

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'EMFILE'])(
    'takes %s in an answer as a cut',
    (code) => {
      const failure = classifyFailure(systemError(code), true, limits);
      expect([failure.kind, failure.message]).toEqual(['cut', 'the connection broke in the middle of the answer']);
    },
  );

  it.each([
    [new errors.ConnectTimeoutError(), false, 'unreachable', 'no connection within 1 ms'],
    [new errors.HeadersTimeoutError(), false, 'headers-timeout', 'no answer began within 2 ms'],
    [new errors.BodyTimeoutError(), true, 'idle-timeout', 'the answer fell silent for 3 ms'],
    [new errors.HeadersOverflowError(), false, 'too-large', 'the headers of the answer are larger than 4 bytes'],
    [
      new errors.InvalidArgumentError(),
      false,
      'unreachable',
      'the request has a URL or a header that HTTP does not allow',
    ],
    [new errors.ClientDestroyedError(), true, 'aborted', 'this server is shutting down'],
    [new errors.ClientClosedError(), false, 'aborted', 'this server is shutting down'],
    [
      new errors.ResponseContentLengthMismatchError(),
      true,
      'cut',
      'the connection closed before the answer was complete',
    ],
    [new errors.ResponseContentLengthMismatchError(), false, 'protocol', 'the answer is not valid HTTP'],
  ] as const)('takes %s (answered: %s) as %s', (error, answered, kind, message) => {
    const failure = classifyFailure(error, answered, limits);
    expect([failure.kind, failure.message]).toEqual([kind, message]);
  });

  it.each([undefined, null, 'text', { code: 7 }, new TypeError('a mistake of ours')])('takes %s too', (thrown) => {
    expect(classifyFailure(thrown, false, limits)).toMatchObject({
      kind: 'unreachable',
      message: 'the connection failed',
    });
  });

  it('keeps what was thrown as the cause, and nothing of it in the message', () => {
    const error = systemError('ECONNREFUSED');
    const failure = classifyFailure(error, false, limits);
    expect(failure.cause).toBe(error);
    expect(failure.message).not.toMatch(/10\.1|secret|internal/);
  });

  it('gives a failure of this room back as it is', () => {
    const failure = new UpstreamFailure('too-large', 'the answer is too large');
    expect(classifyFailure(failure, true, limits)).toBe(failure);
  });
});
