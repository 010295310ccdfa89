import { Code, ConnectError, createContextKey, type HandlerContext } from '@connectrpc/connect';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { encodeThrown, interceptedKey } from './error-interceptor.ts';

/** Aborted when the client went away. */
export const clientSignalKey = createContextKey<AbortSignal | undefined>(undefined, { description: 'client signal' });

/**
 * Gives the errors that Connect itself raises the details of all others, and publishes them: a message that cannot be read or is
 * too large, an unknown compression, a timeout that is none. No interceptor sees them when the call is unary. Connect aborts the
 * signal of the call with the error before it writes the error to the wire, so that it can be filled in there.
 *
 * @param maxBodyBytes - what a message may have, for the error to name.
 */
export function explainWireErrors(context: HandlerContext, maxBodyBytes: number): void {
  const { signal, values, method, requestHeader } = context;
  const explain = (): void => {
    const reason: unknown = signal.reason;
    if (!(reason instanceof ConnectError) || reason.details.length > 0) return;
    // A stream that the client resets has a reason too, of much the same codes.
    if (values.get(clientSignalKey)?.aborted === true) return;
    const error = classifyWireError(reason, values.get(interceptedKey), maxBodyBytes);
    const encoded = error && encodeThrown(error, method, requestHeader);
    if (!(encoded instanceof ConnectError)) return;
    const { details, rawMessage } = encoded;
    // gRPC wants UNIMPLEMENTED for an unknown compression, which is no code of the registered error.
    const code = reason.code === Code.Internal ? encoded.code : reason.code;
    Object.assign(reason, { code, rawMessage, details });
  };
  signal.addEventListener('abort', explain, { once: true });
}

function classifyWireError(
  { code, rawMessage, cause }: ConnectError,
  isIntercepted: boolean,
  maxBodyBytes: number,
): SignalboxError | undefined {
  switch (code) {
    case Code.Internal:
      // Connect calls bytes that are no message an internal error. Once they are read, what is left to fail is the answer.
      if (isIntercepted) return createError('INTERNAL', {}, { cause: cause ?? new Error(rawMessage) });
      return createError('INVALID_REQUEST', { problem: `its message cannot be read: ${rawMessage}` });
    case Code.ResourceExhausted:
      return createError('BODY_TOO_LARGE', { maxBytes: maxBodyBytes });
    case Code.InvalidArgument:
    case Code.Unimplemented:
      return createError('INVALID_REQUEST', { problem: rawMessage });
    default:
      return undefined;
  }
}
