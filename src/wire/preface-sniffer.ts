import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';

/** What a connection speaks. */
export type WireProtocol = 'http1' | 'http2';

/** What every HTTP/2 client sends first, and no HTTP/1 request can start with. RFC 9113, section 3.4. */
const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/**
 * Tells by the first bytes of a connection what it speaks.
 *
 * @param start - everything that came so far.
 * @returns `undefined` while the bytes are the beginning of an HTTP/2 preface and no more. Whatever cannot become one is
 * HTTP/1, so that garbage gets an answer from the HTTP/1 parser.
 */
export function classifyStart(start: Uint8Array): WireProtocol | undefined {
  const length = Math.min(start.length, http2Preface.length);
  if (http2Preface.compare(start, 0, length, 0, length) !== 0) return 'http1';
  return length === http2Preface.length ? 'http2' : undefined;
}

/** How a connection is sniffed. */
export interface SniffOptions {
  readonly clock: Clock;
  /** How long a client may take, in milliseconds, until its bytes decide. */
  readonly timeoutMs: number;
}

/**
 * Reads a connection until its protocol is known, puts the bytes back, and hands it on. A client that is not known by then, or
 * ends before, is cut off without an answer: there is no telling in which protocol to give one.
 *
 * @param socket - freshly accepted, nobody has read from it.
 * @param onDecided - takes the socket over, in the same turn: the bytes put back are delivered to whoever reads next.
 */
export function sniffProtocol(
  socket: Socket,
  options: SniffOptions,
  onDecided: (protocol: WireProtocol) => void,
): void {
  // Held aside until they decide: bytes put back into a socket that is being watched are announced, and read, again.
  let held: Buffer = Buffer.alloc(0);

  const cut = (): void => {
    socket.destroy();
  };
  const stop = (): void => {
    cancelTimeout();
    socket.off('readable', onReadable);
    socket.off('end', cut);
    socket.off('close', stop);
  };
  const onReadable = (): void => {
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return;
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const protocol = classifyStart(held);
    if (protocol === undefined) return;
    stop();
    socket.unshift(held);
    onDecided(protocol);
  };

  const cancelTimeout = options.clock.after(options.timeoutMs, cut);
  socket.on('readable', onReadable);
  socket.on('end', cut);
  socket.on('close', stop);
}
