import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';

/** How long a connection may stay after this side ended it. */
export interface LingerOptions {
  readonly clock: Clock;
  /** In milliseconds. */
  readonly lingerTimeoutMs: number;
}

/**
 * Ends this side of a connection and lets the client end its own, for a bounded time.
 *
 * Destroying the socket at once, with bytes of the client unread, makes the kernel send a reset, and a reset discards the answer
 * that the client has not read yet: the lingering close of RFC 9112, section 9.6. The socket must be flowing.
 */
export function endAndLinger(socket: Socket, options: LingerOptions): void {
  const cancelTimeout = options.clock.after(options.lingerTimeoutMs, () => socket.destroy());
  socket.once('close', cancelTimeout);
  socket.end();
}
