import { Agent } from 'node:http';
import { fromJson } from '@bufbuild/protobuf';
import { type CallOptions, ConnectError, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { ModelService } from '../../gen/signalbox/model/v1/model_service_pb.ts';
import { RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { RouterService } from '../../gen/signalbox/router/v1/router_service_pb.ts';
import { endAs, hello, type SeenAnswer, type SoakCall, type SoakClient, type SoakPlace } from './soak-client.ts';

function createTransport(
  protocol: 'grpc' | 'grpc-web' | 'connect',
  { origin, authorization }: SoakPlace,
): {
  transport: Transport;
  close: () => void;
} {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set('authorization', authorization);
    return next(request);
  };
  const common = { baseUrl: origin, interceptors: [authorize] };
  if (protocol === 'grpc-web') {
    const agent = new Agent({ keepAlive: true });
    const transport = createGrpcWebTransport({ ...common, httpVersion: '1.1', nodeOptions: { agent } });
    return { transport, close: () => agent.destroy() };
  }
  const sessionManager = new Http2SessionManager(origin);
  const transport =
    protocol === 'grpc'
      ? createGrpcTransport({ ...common, sessionManager })
      : createConnectTransport({ ...common, httpVersion: '2', sessionManager });
  return { transport, close: () => sessionManager.abort() };
}

/** A client of an RPC protocol: gRPC and Connect over HTTP/2, gRPC-Web over HTTP/1.1. */
export function createRpcClient(protocol: 'grpc' | 'grpc-web' | 'connect', place: SoakPlace): SoakClient {
  const { transport, close } = createTransport(protocol, place);
  const client = createClient(ChatService, transport);
  const routers = createClient(RouterService, transport);
  const models = createClient(ModelService, transport);

  async function chat({ prompt, models: [model, ...others], isStreamed, leavesAfter, signal }: SoakCall) {
    const seen: SeenAnswer = { generationId: undefined, text: '', pieces: 0 };
    const request = { model, messages: [{ role: 'user', content: prompt }], extraBody: { models: others } };
    const options: CallOptions = {
      signal,
      onHeader(headers) {
        seen.generationId = headers.get('x-generation-id') ?? undefined;
      },
    };
    try {
      if (!isStreamed) {
        const { choices } = await client.createChatCompletion(request, options);
        seen.text = choices[0]?.message?.content ?? '';
        return endAs('answered', seen);
      }
      let hasEnd = false;
      for await (const { slice } of client.streamChatCompletion(request, options)) {
        if (slice.case === 'finish') hasEnd = true;
        if (slice.case !== 'delta' || !slice.value.content) continue;
        seen.text += slice.value.content;
        seen.pieces += 1;
        if (seen.pieces === leavesAfter) return endAs('left', seen);
      }
      return hasEnd ? endAs('answered', seen) : endAs('broken', seen, 'the stream has no end');
    } catch (thrown) {
      if (signal.reason === 'left') return endAs('left', seen);
      const error = ConnectError.from(thrown);
      const [info] = error.findDetails(ErrorInfoSchema);
      seen.generationId ??= error.metadata.get('x-generation-id') ?? undefined;
      return info === undefined ? endAs('broken', seen, error.message) : endAs('failed', seen, info.reason);
    }
  }

  return {
    protocol,
    chat,
    listModels: () => models.listModels({}),
    createRouter: (router) => routers.createRouter({ router: fromJson(RouterSchema, router) }),
    updateRouter: (router) => routers.updateRouter({ router: fromJson(RouterSchema, router) }),
    explain: (model) => routers.explainRouting({ model, messages: hello }),
    async sendBadRequest() {
      const error = await client.createChatCompletion({ model: '' }).then(
        () => undefined,
        (thrown: unknown) => ConnectError.from(thrown),
      );
      if (error === undefined || error.findDetails(ErrorInfoSchema).length === 0)
        throw new Error('it was not turned away');
    },
    close,
  };
}
