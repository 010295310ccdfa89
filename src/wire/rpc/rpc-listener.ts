import type { DescService } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter, createConnectRouter } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { file_google_rpc_error_details } from '../../../gen/google/rpc/error_details_pb.ts';
import { Health } from '../../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import { requestRejected } from '../../core/events.ts';
import type { NodeRequest, NodeResponse } from '../one-port-errors.ts';
import type { RequestListener } from '../one-port-options.ts';
import type { ServerState } from '../server-state.ts';
import { createAuthGate } from './auth-gate.ts';
import { type ChatServiceOptions, createChatService } from './chat-service.ts';
import { errorInterceptor } from './error-interceptor.ts';
import { createHealthService } from './health-service.ts';
import { readProtocol } from './read-protocol.ts';
import { createReflectionServices } from './reflection-service.ts';

/** What the RPC services are served with. */
export interface RpcListenerOptions extends ChatServiceOptions {
  readonly authenticator: Authenticator;
  readonly state: ServerState;
  readonly maxBodyBytes: number;
  /** Serves whatever is no RPC. */
  readonly fallback: RequestListener;
}

/** Messages below this size are sent as they are: a delta grows when it is compressed. In bytes. */
const compressMinBytes = 1024;

/** The longest that a timer can wait: with a longer deadline Connect's would fire at once. Calls end earlier by their own limit. */
const maxTimeoutMs = 2 ** 31 - 1;

/**
 * Serves the RPC services, over gRPC, gRPC-Web and Connect alike, and hands everything else to `fallback`.
 *
 * Connect's own node adapter does the same but writes to the console whenever a client goes away, and throws where a request has
 * no authority.
 */
export function createRpcListener(options: RpcListenerOptions): RequestListener {
  const router = createConnectRouter({
    requestGate: createAuthGate(options.authenticator),
    interceptors: [errorInterceptor],
    acceptCompression: [compressionGzip, compressionBrotli],
    compressMinBytes,
    readMaxBytes: options.maxBodyBytes,
    maxTimeoutMs,
    // A misspelt field would be dropped in silence, and the answer be another than was asked for.
    jsonOptions: { ignoreUnknownFields: false },
  });
  addServices(router, options);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const handler = handlers.get(request.url?.split('?', 1)[0] ?? '');
    if (handler !== undefined) return serve(handler, request, response);
    const protocol = readProtocol(request.headers['content-type']);
    if (protocol !== 'connect') return refuseUnknown(response, protocol);
    return options.fallback(request, response);
  };
}

function addServices(router: ConnectRouter, options: RpcListenerOptions): void {
  const named: DescService[] = [ChatService];
  const reflection = createReflectionServices(
    options.state,
    [...named, Health, ServerReflection, ServerReflectionAlpha],
    [file_google_rpc_error_details],
  );
  router
    .service(ChatService, createChatService(options))
    .service(
      Health,
      createHealthService(
        options.state,
        named.map(({ typeName }) => typeName),
      ),
    )
    .service(ServerReflection, reflection.v1)
    .service(ServerReflectionAlpha, reflection.v1alpha);
}

async function serve(handler: UniversalHandler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const universal = universalRequestFromNodeRequest(request, response, undefined, undefined);
  try {
    await universalResponseToNodeResponse(await handler(universal), response);
  } catch (thrown) {
    // The client went away, which the call's own record tells.
    if (universal.signal.aborted || ConnectError.from(thrown).code === Code.Aborted) return;
    requestRejected.publish({
      protocol: readProtocol(request.headers['content-type']),
      path: handler.requestPath,
      errorReason: 'INTERNAL',
      httpStatus: 500,
      cause: thrown,
    });
    response.destroy();
  }
}

/** gRPC has no 404: a method that is not there is a status in the header (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
function refuseUnknown(response: NodeResponse, protocol: 'grpc' | 'grpc-web'): void {
  response.statusCode = 200;
  response.setHeader('content-type', `application/${protocol}`);
  response.setHeader('grpc-status', String(Code.Unimplemented));
  response.setHeader('grpc-message', 'This method does not exist here. gRPC reflection lists those that do.');
  response.end();
}
