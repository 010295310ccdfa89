import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import type { NodeRequest, NodeResponse } from './one-port-errors.ts';

/** Serves one request of either protocol. What it throws, or the promise it returns rejects with, becomes a 500. */
export type RequestListener = (request: NodeRequest, response: NodeResponse) => unknown;

/** The bounds of the port. Times are in milliseconds and sizes in bytes; there are no defaults here. */
export interface OnePortLimits {
  /** Most connections at a time. Further ones are closed as they come. */
  readonly maxConnections: number;
  /** How long a connection may take to show what it speaks, and before that, to complete its TLS handshake. */
  readonly prefaceTimeoutMs: number;
  /** How long the header of an HTTP/1 request may take. At most `requestTimeoutMs`. Checked to the second, or to a quarter of it. */
  readonly headersTimeoutMs: number;
  /**
   * How long a request may take to arrive whole, in both protocols. An HTTP/2 stream that is being answered already is left
   * alone: bidirectional calls send as long as they like. Also how long an answer that is complete may wait for a client that takes
   * nothing of it: the connection, or in HTTP/2 the stream, is then cut.
   */
  readonly requestTimeoutMs: number;
  /** How long an HTTP/1 connection may idle between requests. Clients are told this; Node grants one second more. */
  readonly keepAliveTimeoutMs: number;
  /** How long an HTTP/2 connection may be without a stream. Pings do not count. It then gets a GOAWAY. */
  readonly http2IdleTimeoutMs: number;
  /**
   * How long a client may take to notice an end: to close a connection that this side has ended, or to stop sending a request
   * that is answered already.
   */
  readonly lingerTimeoutMs: number;
  /**
   * Most bytes of a request's header: 431 past it. An HTTP/2 client is told this limit, and when it breaks it knowingly, its stream
   * is reset with ENHANCE_YOUR_CALM.
   */
  readonly maxHeaderBytes: number;
  /**
   * Most header fields of a request: 431 past it in HTTP/1; in HTTP/2, where the pseudo-header fields count, the stream is reset with
   * ENHANCE_YOUR_CALM.
   */
  readonly maxHeaderCount: number;
  /** HTTP/2: most streams of one connection at a time. */
  readonly maxConcurrentStreams: number;
  /** HTTP/2: streams that a client may reset in a burst before its connection is ended ("rapid reset", CVE-2023-44487). */
  readonly streamResetBurst: number;
  /** HTTP/2: resets a second that a client earns back. */
  readonly streamResetsPerSecond: number;
  /** HTTP/2: request bytes that a client may send ahead of their reader on one stream. */
  readonly streamWindowBytes: number;
  /** HTTP/2: the same on one connection, all streams together. */
  readonly sessionWindowBytes: number;
  /** HTTP/2: memory of one connection's queues past which new streams are refused. Counted in steps of a million bytes. */
  readonly maxSessionMemoryBytes: number;
}

/** A certificate, its key, and what else Node takes to make TLS of them. The port itself sees to ALPN and to time limits. */
export type OnePortTls = Pick<
  TlsOptions,
  'cert' | 'key' | 'passphrase' | 'ca' | 'requestCert' | 'rejectUnauthorized' | 'minVersion' | 'ciphers'
>;

/** What a port serves, and how. */
export interface OnePortOptions {
  readonly listener: RequestListener;
  /** Default: cleartext. */
  readonly tls?: OnePortTls | undefined;
  readonly limits: OnePortLimits;
  readonly clock: Clock;
  /** Hears of what clients do wrong on the wire and what becomes of their connections. They are answered where possible. */
  readonly onClientError?: ((error: Error) => void) | undefined;
  /** Hears of what this side does wrong: what the listener threw, and connections that the system could not accept. */
  readonly onServerError?: ((error: unknown) => void) | undefined;
}

/** One protocol's half of a port. */
export interface ProtocolServer {
  /** Takes a connection over. */
  accept(socket: Socket): void;
  /** Lets every connection end as soon as what is in flight on it is answered. */
  drain(): void;
  /** Breaks off what is in flight, before its connections are reset, in such a way that no client can take it for whole. */
  cut(): void;
  /** Releases timers once no connection is left. */
  stop(): void;
}
