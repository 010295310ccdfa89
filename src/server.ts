import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Authenticator } from './auth/authenticator.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { IdSource } from './core/ids.ts';
import type { ProviderDirectory } from './providers/provider-directory.ts';
import type { RouterBook } from './routers/router-book.ts';
import { describeModelProblems } from './routing/describe-model-problems.ts';
import { explainRouting } from './routing/explain-routing.ts';
import type { RoutingDependencies } from './routing/start-chat.ts';
import { ChatGateway } from './wire/chat-gateway.ts';
import { allowOrigins } from './wire/cors.ts';
import { LiveCalls } from './wire/live-calls.ts';
import { createOnePort, type DrainResult } from './wire/one-port.ts';
import type { MetricsPage } from './wire/rest/operation-paths.ts';
import { createRestApp } from './wire/rest/rest-app.ts';
import { RouterGateway } from './wire/router-gateway.ts';
import { createRpcListener } from './wire/rpc/rpc-listener.ts';
import { ServerState } from './wire/server-state.ts';
import { warmValidation } from './wire/validate-request.ts';

/** What a server is built from. */
export interface ServerDependencies {
  readonly config: Config;
  readonly authenticator: Authenticator;
  readonly providers: ProviderDirectory;
  readonly routers: RouterBook;
  /** Whether any router may come from a file, so that `/readyz` tells of the files. */
  readonly hasRouterFiles: boolean;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** From 0, below 1: draws the variants of calls without a user. */
  readonly random: () => number;
  readonly renderMetrics: () => Promise<MetricsPage>;
  /** Hears of mistakes of ours that no call's record tells. */
  readonly onServerError: (error: unknown) => void;
}

/** A server: everything but the choice of when to listen and stop. */
export interface Server {
  /** Rejects with Node's error when the address cannot be had. */
  listen(): Promise<AddressInfo>;
  /**
   * Stops taking calls and lets those in flight finish. What is left after `server.drain_timeout_ms` ends with an error that says
   * so, never with a cut.
   */
  drain(): Promise<DrainResult>;
  /** Cuts everything. */
  destroy(): void;
}

/** How long answers that were told to end may take to do it, before their connections are cut. */
const endGraceMs = 1000;

/** Builds a server. */
export async function buildServer(dependencies: ServerDependencies): Promise<Server> {
  const { config, authenticator, clock, ids, routers: book, renderMetrics, onServerError } = dependencies;
  const { calls, server } = config;
  warmValidation();
  const state = new ServerState();
  const liveCalls = new LiveCalls(clock);
  const routing = createRouting(dependencies);
  const bounds = { maxMessages: calls.maxMessages, maxJsonDepth: calls.maxJsonDepth };
  const gateway = new ChatGateway({ ...routing, ...bounds, liveCalls, state, maxCallMs: calls.timeoutMs });
  const routers = new RouterGateway({
    ...bounds,
    book,
    state,
    explainRouting: (request, workspace) =>
      explainRouting({ request, workspace, stream: request.stream ?? false }, routing),
    describeModelProblems: (router, maxProblems) => describeModelProblems(router, routing, maxProblems),
  });
  const rest = await createRestApp({
    gateway,
    clock,
    state,
    authenticator,
    routers,
    createOperationId: () => ids.createOperationId(),
    readRouterFiles: dependencies.hasRouterFiles ? () => book.files : undefined,
    renderMetrics,
    keepAliveCommentMs: server.keepAliveCommentMs,
    maxBodyBytes: server.maxBodyBytes,
    maxJsonDepth: calls.maxJsonDepth,
  });
  const listener = createRpcListener({
    gateway,
    clock,
    state,
    authenticator,
    routers,
    maxBodyBytes: server.maxBodyBytes,
    fallback: rest.listener,
  });
  const port = createOnePort({
    listener: allowOrigins(listener, server.cors),
    tls: createTlsOptions(config),
    limits: server.limits,
    clock,
    onServerError,
  });

  return {
    listen: () => port.listen(server.port, server.host),
    async drain() {
      state.startDraining();
      const cancel = clock.after(server.drainTimeoutMs, () => liveCalls.stopAll('SERVER_DRAINING'));
      const result = await port.drain({ timeoutMs: server.drainTimeoutMs + endGraceMs });
      cancel();
      await rest.close();
      return result;
    },
    destroy: () => port.destroy(),
  };
}

function createRouting({ config, clock, ids, providers, random, routers }: ServerDependencies): RoutingDependencies {
  const { calls, routing, server, upstream } = config;
  return {
    providers,
    routers,
    routerPrefix: routing.routerPrefix,
    random,
    clock,
    ids,
    limits: {
      maxAttempts: calls.maxAttempts,
      // What a router adds to a request is bounded like the request.
      maxPromptChars: server.maxBodyBytes,
      maxCollectedChars: upstream.maxReplyBytes,
    },
  };
}

function createTlsOptions({ server: { tls } }: Config): TlsOptions | undefined {
  return tls && { cert: tls.certPem, key: tls.keyPem.reveal() };
}
