import { Code, ConnectError } from '@connectrpc/connect';
import type { StopReason } from '../../core/chat-call.ts';

/** Tells why Connect aborted the signal of a call: it gives its own error, the deadline's or one for a client that went away. */
export function readStopReason(reason: unknown): StopReason {
  return reason instanceof ConnectError && reason.code === Code.DeadlineExceeded ? 'CALL_DEADLINE' : 'CALL_CANCELLED';
}
