import { errors } from 'undici';
import { UpstreamFailure } from './upstream-failure.ts';

/** The bounds that a failure's message can name. */
export interface FailureLimits {
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxHeaderBytes: number;
}

const connectProblems: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ETIMEDOUT', 'the connection timed out'],
  ['ENOTFOUND', 'its host name is not known'],
  ['EAI_AGAIN', 'its host name could not be looked up'],
  ['EHOSTUNREACH', 'there is no way to its host'],
  ['ENETUNREACH', 'there is no way to its network'],
]);

/** Codes of the socket and of undici that say no more than that the connection is gone. */
const brokenConnection: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'ECONNABORTED', 'EPIPE']);

// OpenSSL's codes for certificates have no prefix in common.
const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|HOSTNAME_MISMATCH$)/;

/**
 * Says what an error of undici, the socket or TLS means.
 *
 * @param answered - whether the headers of the answer had come.
 */
export function classifyFailure(error: unknown, answered: boolean, limits: FailureLimits): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error;
  if (error instanceof errors.HTTPParserError) return classifyParserError(error, answered);
  const code = errorCode(error);
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
      return new UpstreamFailure('headers-timeout', `no answer began within ${limits.headersTimeoutMs} ms`, error);
    case 'UND_ERR_BODY_TIMEOUT':
      return new UpstreamFailure('idle-timeout', `the answer fell silent for ${limits.idleTimeoutMs} ms`, error);
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new UpstreamFailure('unreachable', `no connection within ${limits.connectTimeoutMs} ms`, error);
    case 'UND_ERR_HEADERS_OVERFLOW':
      return new UpstreamFailure(
        'too-large',
        `the headers of the answer are larger than ${limits.maxHeaderBytes} bytes`,
        error,
      );
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return new UpstreamFailure('unreachable', 'the request has a URL or a header that HTTP does not allow', error);
    case 'UND_ERR_ABORTED':
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return new UpstreamFailure('aborted', 'this server is shutting down', error);
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      // undici also says so of headers that it cannot parse after it has seen a length.
      return answered ? cutShort(error) : notHttp(error);
    default:
      return answered
        ? new UpstreamFailure('cut', 'the connection broke in the middle of the answer', error)
        : new UpstreamFailure('unreachable', describeUnreachable(code), error);
  }
}

/** The parser's error holds bytes of the answer, which are not for the log: only what it says of them is kept. */
function classifyParserError(error: Error, answered: boolean): UpstreamFailure {
  const atEndOfConnection = 'data' in error && error.data === '';
  return answered && atEndOfConnection ? cutShort(error.message) : notHttp(error.message);
}

function cutShort(cause: unknown): UpstreamFailure {
  return new UpstreamFailure('cut', 'the connection closed before the answer was complete', cause);
}

function notHttp(cause: unknown): UpstreamFailure {
  return new UpstreamFailure('protocol', 'the answer is not valid HTTP', cause);
}

function describeUnreachable(code: string | undefined): string {
  if (code === undefined) return 'the connection failed';
  if (brokenConnection.has(code)) return 'the connection closed before an answer began';
  if (tlsCode.test(code)) return `no TLS connection could be made (${code})`;
  return connectProblems.get(code) ?? `the connection failed (${code})`;
}

/** The code of a system or library error. What is not spelled like one is left out: it could be anything. */
function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[A-Z0-9_]+$/.test(error.code) ? error.code : undefined;
}
