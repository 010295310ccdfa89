import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Authenticator } from './auth/authenticator.ts';
import type { ModelCatalog } from './catalog/catalog-view.ts';
import type { PerformanceBook } from './catalog/performance.ts';
import { loadPriceCalculator } from './catalog/price-calculator.ts';
import type { Config } from './config/config.ts';
import type { Clock } from './core/clock.ts';
import type { IdSource } from './core/ids.ts';
import type { ProviderDirectory } from './providers/provider-directory.ts';
import type { RouterBook } from './routers/router-book.ts';
import { createReliability } from './routing/attempts/reliability.ts';
import { describeModelProblems } from './routing/describe-model-problems.ts';
import { explainRouting } from './routing/explain-routing.ts';
import type { RoutingDependencies } from './routing/start-chat.ts';
import { ChatGateway } from './wire/chat-gateway.ts';
import { allowOrigins } from './wire/cors.ts';
import { LiveCalls } from './wire/live-calls.ts';
import { ModelGateway } from './wire/model-gateway.ts';
import { createOnePort, type DrainResult } from './wire/one-port.ts';
import { CallAdmission } from './wire/overload/call-admission.ts';
import { createProcessLoadProbe, type LoadProbe } from './wire/overload/load-probe.ts';
import { PressureGuard } from './wire/overload/pressure-guard.ts';
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
  readonly catalog: ModelCatalog;
  readonly performance: PerformanceBook;
  readonly routers: RouterBook;
  /** Whether any router may come from a file, so that `/readyz` tells of the files. */
  readonly hasRouterFiles: boolean;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** From 0, below 1: draws the variants of calls without a user. */
  readonly random: () => number;
  readonly renderMetrics: () => Promise<MetricsPage>;
  /** Whether the store works, for `/readyz`. */
  readonly isStoreWorking: () => boolean;
  /** Measures the load of the process. Closed with the server. Default: the process itself is measured. */
  readonly loadProbe?: LoadProbe | undefined;
  /** Hears of mistakes of ours that no call's record tells. */
  readonly onServerError: (error: unknown) => void;
}

/** A server: everything but the choice of when to listen and stop. */
export interface Server {
  /** Rejects with Node's error when the address cannot be had. */
  listen(): Promise<AddressInfo>;
  /**
   * Is not ready any more, takes calls for `server.drain_delay_ms` all the same, then takes none and lets those in flight finish. What is left
   * after `server.drain_timeout_ms` ends with an error that says so, never with a cut. Later calls get the first one's result.
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
  const admission = createAdmission(dependencies, state);
  const gateway = new ChatGateway({ ...routing, ...bounds, liveCalls, admission, state, maxCallMs: calls.timeoutMs });
  const routers = new RouterGateway({
    ...bounds,
    book,
    state,
    explainRouting: (request, workspace) =>
      explainRouting({ request, workspace, stream: request.stream ?? false }, routing),
    describeModelProblems: (router, maxProblems) => describeModelProblems(router, routing, maxProblems),
  });
  const models = new ModelGateway({
    catalog: routing.catalog,
    performance: routing.performance,
    providers: dependencies.providers,
    book,
    routerPrefix: routing.routerPrefix,
    state,
    clock,
  });
  const rest = await createRestApp({
    gateway,
    models,
    clock,
    state,
    authenticator,
    routers,
    createOperationId: () => ids.createOperationId(),
    readRouterFiles: dependencies.hasRouterFiles ? () => book.files : undefined,
    renderMetrics,
    isStoreWorking: dependencies.isStoreWorking,
    keepAliveCommentMs: server.keepAliveCommentMs,
    maxBodyBytes: server.maxBodyBytes,
    maxJsonDepth: calls.maxJsonDepth,
  });
  const listener = createRpcListener({
    gateway,
    models,
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

  const stopWatching = admission.start();
  let drained: Promise<DrainResult> | undefined;

  async function drain(): Promise<DrainResult> {
    state.startStopping();
    port.sendAway();
    if (server.drainDelayMs > 0) await new Promise<void>((resolve) => clock.after(server.drainDelayMs, resolve));
    state.startDraining();
    const cancel = clock.after(server.drainTimeoutMs, () => liveCalls.stopAll('SERVER_DRAINING'));
    const result = await port.drain({ timeoutMs: server.drainTimeoutMs + endGraceMs });
    cancel();
    stopWatching();
    await rest.close();
    return result;
  }

  return {
    async listen() {
      const address = await port.listen(server.port, server.host);
      // It takes some tens of milliseconds, which the first answer that has a price would wait for.
      setImmediate(loadPriceCalculator);
      return address;
    },
    drain() {
      drained ??= drain();
      return drained;
    },
    destroy() {
      stopWatching();
      port.destroy();
    },
  };
}

function createAdmission(
  { clock, config, loadProbe = createProcessLoadProbe(), random }: ServerDependencies,
  state: ServerState,
): CallAdmission {
  const { overload } = config.server;
  const guard = new PressureGuard(overload, loadProbe, clock);
  return new CallAdmission({ limits: overload, guard, state, clock, random });
}

function createRouting(dependencies: ServerDependencies): RoutingDependencies {
  const { catalog, clock, config, ids, performance, providers, random, routers } = dependencies;
  const { calls, routing, server, upstream } = config;
  const reliability = createReliability(calls, { clock, random });
  return {
    providers,
    routers,
    routerPrefix: routing.routerPrefix,
    catalog,
    performance,
    health: reliability.health,
    reliability,
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
