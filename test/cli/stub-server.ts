import { once } from 'node:events';
import { createServer } from 'node:http';
import { clone, create, type MessageInitShape } from '@bufbuild/protobuf';
import { EmptySchema, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { onTestFinished } from 'vitest';
import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { ModelService } from '../../gen/signalbox/model/v1/model_service_pb.ts';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { RouterService } from '../../gen/signalbox/router/v1/router_service_pb.ts';
import {
  type RoutingExplanation,
  RoutingExplanationSchema,
} from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { createError } from '../../src/core/errors.ts';
import { encodeRpcError } from '../../src/wire/rpc/rpc-error.ts';

/** The key that the stub takes: base64 of `me:secret`. */
export const stubKey = 'bWU6c2VjcmV0';

/** A server that is only its API. */
export interface StubServer {
  readonly url: string;
  /** The environment of a command that calls it. */
  readonly env: Readonly<Record<string, string>>;
  /** The routers that it has, by name. */
  readonly routers: Map<string, Router>;
  /** What was called, in order: a method and a name, with `(validate only)`. */
  readonly calls: string[];
  /** Cuts every connection. */
  cut(): void;
  /** The requests to be explained. */
  readonly requests: ChatCompletionRequest[];
}

/** What the stub answers. */
export interface StubOptions {
  readonly explanation?: MessageInitShape<typeof RoutingExplanationSchema>;
  readonly chat?: Partial<ServiceImpl<typeof ChatService>>;
  readonly models?: Partial<ServiceImpl<typeof ModelService>>;
  /** Routers whose saving, not checking, fails. */
  readonly failsToSave?: string;
}

/** Starts a server that keeps routers in a map and ends with the test. Routers called `bad` are refused. */
export async function startStubServer(options: StubOptions = {}): Promise<StubServer> {
  const routers = new Map<string, Router>();
  const calls: string[] = [];
  const requests: ChatCompletionRequest[] = [];
  let version = 0;

  function find(name: string): Router {
    const router = routers.get(name);
    if (router === undefined) throw encodeRpcError(createError('ROUTER_UNKNOWN', { router: name }));
    return router;
  }

  function save(router: Router | undefined, validateOnly: boolean, method: string): Router {
    const { name = '' } = router ?? {};
    calls.push(`${method} ${name}${validateOnly ? ' (validate only)' : ''}`);
    if (name === 'bad') {
      const violations = [
        { field: 'router.routes[0].condition.cel_expression', description: 'it does not parse' },
        { field: 'router.routes[0].route.variants', description: 'the weights sum to 99' },
      ];
      throw encodeRpcError(createError('INVALID_REQUEST', { problem: 'two fields are wrong' }, { violations }));
    }
    if (!validateOnly && name === options.failsToSave) throw encodeRpcError(createError('STORE_FAILED', {}));
    const present = routers.get(name);
    if (router !== undefined && router.etag !== '' && router.etag !== present?.etag) {
      throw encodeRpcError(createError('ROUTER_CHANGED', { router: name }));
    }
    version += 1;
    const saved = router === undefined ? create(RouterSchema) : clone(RouterSchema, router);
    saved.etag = `v${version}`;
    saved.updateTime = timestampFromMs(version * 1000);
    if (!validateOnly) routers.set(name, saved);
    const answer = clone(RouterSchema, saved);
    if (saved.displayName === 'warn') answer.warnings.push('The model nobody/x cannot be called now.');
    return answer;
  }

  const routes = (connect: ConnectRouter): ConnectRouter =>
    connect
      .service(RouterService, {
        getRouter: ({ name }) => find(name),
        listRouters({ pageToken }) {
          const names = [...routers.keys()].sort().filter((name) => name > pageToken);
          const page = names.slice(0, 2);
          const last = page.at(-1) ?? '';
          calls.push(`list after "${pageToken}"`);
          return { routers: page.map(find), nextPageToken: names.length > page.length ? last : '' };
        },
        createRouter: ({ router, validateOnly }) => save(router, validateOnly, 'create'),
        updateRouter({ router, updateMask, validateOnly }) {
          find(router?.name ?? '');
          return save(router, validateOnly, `update ${updateMask?.paths.join()}`);
        },
        deleteRouter({ name, etag }) {
          calls.push(`delete ${name}`);
          if (etag !== '' && etag !== find(name).etag) {
            throw encodeRpcError(createError('ROUTER_CHANGED', { router: name }));
          }
          find(name);
          routers.delete(name);
          return create(EmptySchema);
        },
        explainRouting(request): RoutingExplanation {
          requests.push(request);
          return create(RoutingExplanationSchema, options.explanation);
        },
      })
      .service(ModelService, options.models ?? {})
      .service(ChatService, options.chat ?? {});

  const refuseOthers: typeof connectNodeAdapter = (adapter) =>
    connectNodeAdapter({
      ...adapter,
      interceptors: [
        (next) => async (request) => {
          if (request.header.get('authorization') !== `Bearer ${stubKey}`) {
            throw encodeRpcError(createError('CREDENTIALS_INVALID', {}));
          }
          return await next(request);
        },
      ],
    });
  const server = createServer(refuseOthers({ routes }));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  const url = `http://127.0.0.1:${address.port}`;
  const cut = (): void => server.closeAllConnections();
  return { url, cut, env: { SIGNALBOX_URL: url, SIGNALBOX_KEY: stubKey }, routers, calls, requests };
}

/** Puts a router into the stub, as if it had been saved. */
export function addRouter(server: StubServer, init: MessageInitShape<typeof RouterSchema>): Router {
  const router = create(RouterSchema, { etag: `v-${init.name}`, ...init });
  server.routers.set(router.name, router);
  return router;
}
