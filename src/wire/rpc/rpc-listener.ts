import type { DescService } from '@bufbuild/protobuf';
import { type ConnectRouter, createConnectRouter } from '@connectrpc/connect';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { file_google_rpc_error_details } from '../../../gen/google/rpc/error_details_pb.ts';
import { Health } from '../../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { ModelService } from '../../../gen/signalbox/model/v1/model_service_pb.ts';
import { RouterService } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import type { RequestListener } from '../one-port-options.ts';
import type { ServerState } from '../server-state.ts';
import { createAuthGate } from './auth-gate.ts';
import { type ChatServiceOptions, createChatService } from './chat-service.ts';
import { createConnectListener } from './connect-listener.ts';
import { errorInterceptor } from './error-interceptor.ts';
import { explainWireErrors } from './explain-wire-errors.ts';
import { createHealthService } from './health-service.ts';
import { createModelService, type ModelServiceOptions } from './model-service.ts';
import { createReflectionServices } from './reflection-service.ts';
import { createRoomGate } from './room-gate.ts';
import { createRouterService, type RouterServiceOptions } from './router-service.ts';

/** What the RPC services are served with. */
export interface RpcListenerOptions extends ChatServiceOptions, ModelServiceOptions, RouterServiceOptions {
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

/** Serves the RPC services, over gRPC, gRPC-Web and Connect alike, and hands everything else to `fallback`. */
export function createRpcListener(options: RpcListenerOptions): RequestListener {
  const authenticate = createAuthGate(options.authenticator);
  const requireRoom = createRoomGate(options.gateway);
  const router = createConnectRouter({
    requestGate(context) {
      explainWireErrors(context, options.maxBodyBytes);
      authenticate(context);
      requireRoom(context);
    },
    interceptors: [errorInterceptor],
    acceptCompression: [compressionGzip, compressionBrotli],
    compressMinBytes,
    readMaxBytes: options.maxBodyBytes,
    maxTimeoutMs,
    // A misspelt field would be dropped in silence, and the answer be another than was asked for.
    jsonOptions: { ignoreUnknownFields: false },
  });
  addServices(router, options);
  return createConnectListener(router, options.fallback);
}

function addServices(router: ConnectRouter, options: RpcListenerOptions): void {
  const named: DescService[] = [ChatService, RouterService, ModelService];
  const reflection = createReflectionServices(
    options.state,
    [...named, Health, ServerReflection, ServerReflectionAlpha],
    [file_google_rpc_error_details],
  );
  router
    .service(ChatService, createChatService(options))
    .service(RouterService, createRouterService(options))
    .service(ModelService, createModelService(options))
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
