import type { ResponseHeaders } from './response-headers.ts';

/** An answer whose headers have come. */
export interface UpstreamResponse {
  /** HTTP status, 200 to 599: redirects are answers like any other. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /**
   * The body, as it arrives. It can be read once. Where pieces lie between the network and the reader, they come as one.
   *
   * Whoever asked for the response must read the body to its end, or stop (`return`, or leaving a `for await`), which closes
   * the connection: a body that nobody reads holds its connection until the signal of its request aborts.
   *
   * Throws an {@link UpstreamFailure} when the body is not complete, after everything that did come. One cut cannot be seen: a
   * body with neither length nor chunks ends where the connection does (RFC 9112 §6.3), so its format must tell that it is whole.
   */
  readonly body: AsyncIterable<Uint8Array>;
}
