import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { constants, type Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createError, type SignalboxError } from '../core/errors.ts';
import { encodeError } from '../dialects/openai-chat/encode-error.ts';

/** A request of either protocol, in Node's API. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** A response of either protocol, in Node's API. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

const contentType = 'application/json; charset=utf-8';

/** For events that are already dealt with elsewhere, and that end the process when nobody listens. */
export const ignoreError = (): void => {};

function encodeErrorBody(error: SignalboxError): string {
  return JSON.stringify(encodeError(error));
}

/** An HTTP/1.1 response as bytes, for a connection on which no request could be made out. It announces the connection's end. */
export function encodeErrorResponse(error: SignalboxError): string {
  const body = encodeErrorBody(error);
  const head = [
    `HTTP/1.1 ${error.httpStatus} ${STATUS_CODES[error.httpStatus] ?? 'Error'}`,
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * Answers a request with an error, in the JSON API's shape, whatever headers were set before. A response that has begun cannot
 * become an error: it is broken off, so that nobody takes it for complete. One that has ended is left alone.
 */
export function answerWithError(response: NodeResponse, error: SignalboxError): void {
  if (response.writableEnded) return;
  if (response.headersSent) {
    if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = error.httpStatus;
  response.setHeader('content-type', contentType);
  // The two classes have overloads that TypeScript cannot call as one.
  const ending: { end(body: string): unknown } = response;
  ending.end(encodeErrorBody(error));
}

/** Bytes that the HTTP/1 parser does not take. */
export function createMalformedError(): SignalboxError {
  return createError('INVALID_REQUEST', { problem: 'it is not well-formed HTTP' }, { code: 'malformed_http' });
}

/** A client that went away, or sent its end, within a request. */
export function createIncompleteError(): SignalboxError {
  return createError('INVALID_REQUEST', { problem: 'it ended before it was complete' }, { code: 'incomplete_request' });
}

/** The header of a request is longer than `maxHeaderBytes`. */
export function createHeaderTooLargeError(maxHeaderBytes: number): SignalboxError {
  const problem = `its header is larger than ${maxHeaderBytes} bytes`;
  return createError('INVALID_REQUEST', { problem }, { httpStatus: 431, code: 'header_too_large' });
}

/** A request has more than `maxHeaderCount` header fields. */
export function createTooManyHeadersError(maxHeaderCount: number): SignalboxError {
  const problem = `it has more than ${maxHeaderCount} header fields`;
  return createError('INVALID_REQUEST', { problem }, { httpStatus: 431, code: 'too_many_headers' });
}

/** Chunk extensions, which nobody uses, fill more than the parser takes. */
export function createChunkExtensionsError(): SignalboxError {
  const problem = 'its chunk extensions are too large';
  return createError('INVALID_REQUEST', { problem }, { httpStatus: 413, code: 'chunk_extensions_too_large' });
}

/** A request did not arrive whole within `headersTimeoutMs` or `requestTimeoutMs`. */
export function createRequestTimeoutError(): SignalboxError {
  const problem = 'it did not arrive in time';
  return createError(
    'INVALID_REQUEST',
    { problem },
    { httpStatus: 408, type: 'timeout_error', code: 'request_timeout' },
  );
}

/** A request whose Host header or `:authority` is missing, is there twice, or names no host. RFC 9112, section 3.2. */
export function createHostError(): SignalboxError {
  const problem = 'its Host header is missing or does not name a host';
  return createError('INVALID_REQUEST', { problem }, { code: 'invalid_host' });
}

/** An `expect` header with anything but `100-continue`. RFC 9110, section 10.1.1. */
export function createExpectationError(): SignalboxError {
  const problem = 'it expects something other than 100-continue';
  return createError('INVALID_REQUEST', { problem }, { httpStatus: 417, code: 'expectation_failed' });
}

/** The method CONNECT, which is for proxies. RFC 9110, section 9.1, has 501 for methods that no resource takes. */
export function createConnectError(): SignalboxError {
  const problem = 'it asks for a tunnel with CONNECT, and this server is not a proxy';
  return createError('INVALID_REQUEST', { problem }, { httpStatus: 501, code: 'connect_unsupported' });
}
