import { createContextKey, type Interceptor } from '@connectrpc/connect';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import { requestRejected } from '../../core/events.ts';
import type { Principal } from '../../core/principal.ts';
import { readProtocol } from './read-protocol.ts';
import { encodeRpcError, toRpcSignalboxError } from './rpc-error.ts';

/** Who calls, on services that need to know. */
export const principalKey = createContextKey<Principal | undefined>(undefined, { description: 'principal' });

/** Services that need a key. Health and reflection are for probes and tools, which have none. */
const protectedServices: ReadonlySet<string> = new Set([ChatService.typeName]);

/** Puts the principal of a call into its context, or refuses it. */
export function createAuthInterceptor(authenticator: Authenticator): Interceptor {
  return (next) => async (request) => {
    if (protectedServices.has(request.service.typeName)) {
      const header = request.header.get('authorization') ?? undefined;
      request.contextValues.set(principalKey, authenticator.authenticate(header));
    }
    return await next(request);
  };
}

/** Turns what is thrown below, at once or in the middle of a stream, into an RPC status with details. The outermost one. */
export const errorInterceptor: Interceptor = (next) => async (request) => {
  const encode = (thrown: unknown): unknown => {
    const path = `/${request.service.typeName}/${request.method.name}`;
    return encodeThrown(thrown, path, request.header.get('content-type'));
  };
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: encodeErrors(response.message, encode) } : response;
  } catch (thrown) {
    throw encode(thrown);
  }
};

async function* encodeErrors<Message>(
  messages: AsyncIterable<Message>,
  encode: (thrown: unknown) => unknown,
): AsyncGenerator<Message> {
  try {
    yield* messages;
  } catch (thrown) {
    throw encode(thrown);
  }
}

function encodeThrown(thrown: unknown, path: string, contentType: string | null): unknown {
  const error = toRpcSignalboxError(thrown);
  if (error === undefined) return thrown;
  // The end of a call has a record of its own.
  if (error.details.generationId === undefined) {
    requestRejected.publish({
      protocol: readProtocol(contentType),
      path,
      errorReason: error.reason,
      httpStatus: error.httpStatus,
      cause: error.details.cause,
    });
  }
  return encodeRpcError(error);
}
