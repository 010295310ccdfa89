import { fromJson } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type Client, ConnectError, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { BadRequestSchema, ErrorInfoSchema } from '../../../gen/google/rpc/error_details_pb.ts';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { RouterService } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import { catchServiceError } from '../catch-service-error.ts';
import { type GrpcClient, readStatusDetails } from '../grpc-client.ts';
import { type ApiClient, Refusal, type ServerPlace } from './api-client.ts';
import { joinSlices } from './join-slices.ts';

/** What there is of the two services. */
interface Stubs {
  readonly routers: Pick<
    Client<typeof RouterService>,
    'createRouter' | 'updateRouter' | 'deleteRouter' | 'getRouter' | 'listRouters' | 'explainRouting'
  >;
  readonly chat: Client<typeof ChatService>;
}

/** gRPC over HTTP/2. */
export function createGrpcTransportTo(place: ServerPlace): Transport {
  return createGrpcTransport({ baseUrl: place.origin, interceptors: [authorizeAs(place)] });
}

/** Connect over HTTP/1.1, in JSON. */
export function createConnectTransportTo(place: ServerPlace): Transport {
  return createConnectTransport({
    baseUrl: place.origin,
    interceptors: [authorizeAs(place)],
    httpVersion: '1.1',
    useBinaryFormat: false,
  });
}

function authorizeAs({ authorization }: ServerPlace): Interceptor {
  return (next) => (request) => {
    request.header.set('authorization', authorization);
    return next(request);
  };
}

/** Makes a client of the generated clients of a transport. */
export function createTransportClient(protocol: string, transport: Transport): ApiClient {
  return createStubClient(protocol, {
    routers: createClient(RouterService, transport),
    chat: createClient(ChatService, transport),
  });
}

/** Makes a client of gRPC's own client for Node.js. */
export function createGrpcJsClient(client: GrpcClient): ApiClient {
  const { method } = RouterService;
  return createStubClient('gRPC by grpc-js', {
    routers: {
      createRouter: async (request) => (await client.callUnary(method.createRouter, request)).message,
      updateRouter: async (request) => (await client.callUnary(method.updateRouter, request)).message,
      deleteRouter: async (request) => (await client.callUnary(method.deleteRouter, request)).message,
      getRouter: async (request) => (await client.callUnary(method.getRouter, request)).message,
      listRouters: async (request) => (await client.callUnary(method.listRouters, request)).message,
      explainRouting: async (request) => (await client.callUnary(method.explainRouting, request)).message,
    },
    chat: {
      createChatCompletion: async (request) =>
        (await client.callUnary(ChatService.method.createChatCompletion, request)).message,
      streamChatCompletion: (request) => client.callServerStreaming(ChatService.method.streamChatCompletion, request),
    },
  });
}

function createStubClient(protocol: string, { routers, chat }: Stubs): ApiClient {
  return {
    protocol,
    createRouter: (router) => orRefusal(routers.createRouter({ router: fromJson(RouterSchema, router) })),
    updateRouter: (change, mask = []) =>
      orRefusal(routers.updateRouter({ router: fromJson(RouterSchema, change), updateMask: { paths: [...mask] } })),
    async deleteRouter(name) {
      await orRefusal(routers.deleteRouter({ name }));
    },
    getRouter: (name) => orRefusal(routers.getRouter({ name })),
    async listRouters() {
      const { routers: page } = await orRefusal(routers.listRouters({}));
      return page.map(({ name }) => name);
    },
    async chat(json, mode) {
      const request = fromJson(ChatCompletionRequestSchema, json);
      return await orRefusal(
        mode === 'whole' ? chat.createChatCompletion(request) : joinSlices(chat.streamChatCompletion(request)),
      );
    },
    explain: (json) => orRefusal(routers.explainRouting(fromJson(ChatCompletionRequestSchema, json))),
  };
}

async function orRefusal<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof ConnectError) {
      throw new Refusal({
        message: thrown.rawMessage,
        code: thrown.code,
        reason: thrown.findDetails(ErrorInfoSchema)[0]?.reason,
        fields: thrown.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations.map(fieldOf)),
      });
    }
    const error = await catchServiceError(Promise.reject(thrown));
    const { details = [], message = error.details } = readStatusDetails(error) ?? {};
    throw new Refusal({
      // grpc-js leaves %2C and the like in its own copy of the message.
      message,
      code: error.code,
      reason: details
        .map((detail) => anyUnpack(detail, ErrorInfoSchema)?.reason)
        .find((reason) => reason !== undefined),
      fields: details.flatMap((detail) => anyUnpack(detail, BadRequestSchema)?.fieldViolations.map(fieldOf) ?? []),
    });
  }
}

function fieldOf({ field }: { readonly field: string }): string {
  return field;
}
