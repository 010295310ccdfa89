import { Agent } from 'undici';
import { Exchange } from './exchange.ts';
import { abortedFailure, UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamResponse } from './upstream-response.ts';

/**
 * The bounds of all exchanges. There are no defaults here: the configuration has them. Times are whole milliseconds above 0;
 * those above a second are checked about twice a second.
 */
export interface UpstreamOptions {
  /** How long a connection may take to stand: name, TCP and TLS. */
  readonly connectTimeoutMs: number;
  /** How long an answer may take to begin once its request is sent. Models that do not stream think before it. */
  readonly headersTimeoutMs: number;
  /** The longest silence inside a body. The time in which the body's reader holds the network back does not count. */
  readonly idleTimeoutMs: number;
  /**
   * How many exchanges one origin may have at a time, each with a connection of its own. One more fails at once: an answer can
   * take minutes, and another candidate is a better use of them than a queue.
   */
  readonly maxConnectionsPerOrigin: number;
  /** How long a connection is kept for the next request. A server's `keep-alive` header can only shorten it. */
  readonly keepAliveMs: number;
  /** The largest response headers, names and values together, in bytes. */
  readonly maxHeaderBytes: number;
  /**
   * How much of one body may wait for its reader before the server is held back, in bytes. It can be passed by what one read of
   * the socket gives.
   */
  readonly maxBufferedBytes: number;
}

/** One request. */
export interface UpstreamRequest {
  /** `http:` or `https:`. User and password in it are not sent. */
  readonly url: string;
  /** Names in any case; of names that differ only in case the last one counts. `accept-encoding` is the client's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the exchange at once, body included, when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * HTTP/1.1 to all upstreams, over one pool of connections for each origin.
 *
 * HTTP/2 is not offered: an exchange owns its connection, so that giving up one closes exactly that, and a slow reader holds back
 * nobody else. A request is sent once and never again; redirects are not followed. Compressed answers are not asked for, and
 * refused: text in small events gains little, and unpacking would need bounds of its own.
 */
export class UpstreamClient {
  readonly #options: UpstreamOptions;
  readonly #agent: Agent;
  /** How many exchanges undici holds for each origin; origins without any are left out. */
  readonly #running = new Map<string, number>();
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#agent = new Agent({
      allowH2: false,
      pipelining: 1,
      connections: options.maxConnectionsPerOrigin,
      connectTimeout: options.connectTimeoutMs,
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.idleTimeoutMs,
      keepAliveTimeout: options.keepAliveMs,
      keepAliveMaxTimeout: options.keepAliveMs,
      maxHeaderSize: options.maxHeaderBytes,
    });
  }

  /**
   * Sends one request.
   *
   * @returns the answer, when its headers have come, whatever its status.
   * @throws UpstreamFailure of any kind but `idle-timeout`.
   */
  async post(request: UpstreamRequest): Promise<UpstreamResponse> {
    if (request.signal.aborted) throw abortedFailure;
    if (this.#closing !== undefined) throw new UpstreamFailure('aborted', 'this server is shutting down');
    const url = URL.parse(request.url);
    if (url === null) throw new UpstreamFailure('unreachable', 'its URL is not valid');

    const { origin } = url;
    const running = this.#running.get(origin) ?? 0;
    if (running >= this.#options.maxConnectionsPerOrigin) {
      throw new UpstreamFailure(
        'unreachable',
        `all ${this.#options.maxConnectionsPerOrigin} connections to it are in use`,
      );
    }
    this.#running.set(origin, running + 1);
    const exchange = new Exchange(this.#options, request.signal, () => this.#release(origin));
    this.#agent.dispatch(
      {
        origin,
        path: url.pathname + url.search,
        method: 'POST',
        headers: encodeHeaders(request.headers),
        body: request.body,
        idempotent: false,
      },
      exchange,
    );
    return exchange.response;
  }

  /** Takes no more requests, waits for those under way, and closes all connections. */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      if (this.#running.size === 0) this.#closing.resolve();
    }
    await this.#closing.promise;
    await this.#agent.destroy();
  }

  /** Takes no more requests, fails those under way with `aborted`, and closes all connections. */
  async destroy(): Promise<void> {
    // The agent's own close would make it forget the connections that destroy must find.
    const closed = this.close();
    await this.#agent.destroy();
    await closed;
  }

  #release(origin: string): void {
    const running = (this.#running.get(origin) ?? 0) - 1;
    if (running > 0) {
      this.#running.set(origin, running);
      return;
    }
    this.#running.delete(origin);
    if (this.#running.size === 0) this.#closing?.resolve();
  }
}

function encodeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) encoded[name.toLowerCase()] = value;
  encoded['accept-encoding'] = 'identity';
  return encoded;
}
