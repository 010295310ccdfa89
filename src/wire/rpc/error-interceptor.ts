import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, createContextKey, type Interceptor } from '@connectrpc/connect';
import { createError } from '../../core/errors.ts';
import { requestRejected } from '../../core/events.ts';
import { readProtocol } from './read-protocol.ts';
import { encodeRpcError, toRpcSignalboxError } from './rpc-error.ts';

/** Whether a call got as far as the interceptors: a unary one has been read by then. */
export const interceptedKey = createContextKey(false, { description: 'intercepted' });

/** Turns what is thrown below, at once or in the middle of a stream, into an RPC status with details. The outermost one. */
export const errorInterceptor: Interceptor = (next) => async (request) => {
  const encode = (thrown: unknown): unknown => encodeThrown(thrown, request.method, request.header);
  request.contextValues.set(interceptedKey, true);
  try {
    const response = await next(
      request.stream ? { ...request, message: mapErrors(request.message, encodeInputError) } : request,
    );
    if (!response.stream) return response;
    const encodeCut = (thrown: unknown): unknown => withoutRepeats(encode(thrown), response.header);
    return { ...response, message: mapErrors(response.message, encodeCut) };
  } catch (thrown) {
    throw encode(thrown);
  }
};

/** Clients join the values of header and trailer, so that the generation id of a stream that breaks off would be there twice. */
function withoutRepeats(error: unknown, header: Headers): unknown {
  if (error instanceof ConnectError) for (const name of header.keys()) error.metadata.delete(name);
  return error;
}

async function* mapErrors<Message>(
  messages: AsyncIterable<Message>,
  map: (thrown: unknown) => unknown,
): AsyncGenerator<Message> {
  try {
    yield* messages;
  } catch (thrown) {
    throw map(thrown);
  }
}

/** What Node calls a request whose client is gone before it was read to its end. */
const goneCodes: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET']);

/** Connect calls bytes that are no message an internal error, which would pass for a mistake of ours, as would a client that is gone. */
function encodeInputError(thrown: unknown): unknown {
  const cause = thrown instanceof ConnectError ? thrown.cause : thrown;
  if (cause instanceof Error && 'code' in cause && goneCodes.has(cause.code)) return createError('CALL_CANCELLED', {});
  if (!(thrown instanceof ConnectError) || thrown.code !== Code.Internal) return thrown;
  return createError('INVALID_REQUEST', { problem: `its message cannot be read: ${thrown.rawMessage}` });
}

/** Makes an RPC status of what was thrown, and publishes it unless it is the end of a call, which has a record of its own. */
export function encodeThrown(thrown: unknown, { parent, name }: DescMethod, header: Headers): unknown {
  const error = toRpcSignalboxError(thrown);
  if (error === undefined) return thrown;
  if (error.details.generationId === undefined) {
    requestRejected.publish({
      protocol: readProtocol(header.get('content-type')),
      path: `/${parent.typeName}/${name}`,
      errorReason: error.reason,
      httpStatus: error.httpStatus,
      cause: error.details.cause,
    });
  }
  return encodeRpcError(error);
}
