import { createAuthenticator, type ResolvedKey } from './auth/authenticator.ts';
import { createFirstKey } from './auth/first-key.ts';
import { resolveHashKey } from './auth/hash-key.ts';
import { createKeyHasher } from './auth/key-hasher.ts';
import type { CatalogModel } from './catalog/catalog-model.ts';
import type { CatalogNotice } from './catalog/create-catalog.ts';
import type { PerformanceNotice } from './catalog/speed/performance-notice.ts';
import type { Config, ConfiguredProvider } from './config/config.ts';
import type { ConfigFilePlace } from './config/config-file.ts';
import type { Clock } from './core/clock.ts';
import { createIdSource } from './core/ids.ts';
import { openCatalog } from './open-catalog.ts';
import { hasRouterFiles, openRouterFiles, reportModelProblems } from './open-router-files.ts';
import { createProviders, type ProviderDeclaration } from './providers/create-providers.ts';
import { findLocalServers, type LocalFetch, type LocalServer } from './providers/find-local-servers.ts';
import type { ProviderDirectory } from './providers/provider-directory.ts';
import { providerKinds } from './providers/registry.ts';
import { createRouterBook } from './routers/create-router-book.ts';
import type { RouterNotice } from './routers/router-notice.ts';
import { buildServer, type Server, type ServerDependencies } from './server.ts';
import { openStorage } from './storage/open-storage.ts';
import { createLogger, type LineSink, type Logger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { startTelemetry } from './telemetry/telemetry.ts';
import { UpstreamClient } from './upstream/upstream-client.ts';

/** What a whole server is composed of. */
export interface CompositionOptions {
  readonly config: Config;
  /** The file that the configuration came from, to read its routers again. `undefined`: there is none. */
  readonly configFile?: ConfigFilePlace | undefined;
  readonly clock: Clock;
  /** Draws the variants of calls without a user: from 0, below 1. Default: by chance. */
  readonly random?: () => number;
  /** Asks ports of this machine for servers of models. Default: none is looked for, whatever the configuration says. */
  readonly fetchLocal?: LocalFetch | undefined;
  /** Where log lines go. */
  readonly logDestination: LineSink;
  /** Measures the load of the process. Default: the process itself is measured. */
  readonly loadProbe?: ServerDependencies['loadProbe'];
}

/** A whole server, with what it owns. */
export interface Composition {
  readonly server: Server;
  readonly logger: Logger;
  readonly providers: ProviderDirectory;
  /** Reads the routers of files again, where they have changed. Never rejects. */
  reloadRouters(): Promise<void>;
  /** The key that was made because there was none. To be shown this once. */
  readonly firstKey: string | undefined;
  /** Lets go of everything that the server does not: connections to providers, the store, the metrics. */
  close(): Promise<void>;
}

/**
 * Builds every room of the house and passes them down as values.
 *
 * @throws StorageError when the store cannot be used; ConfigError when a file of routers cannot.
 */
export async function composeServer(options: CompositionOptions): Promise<Composition> {
  const owned = new AsyncDisposableStack();
  try {
    return await composeOwned(options, owned);
  } catch (thrown) {
    await owned.disposeAsync();
    throw thrown;
  }
}

/** @param owned - gets whatever has to be closed, in the order in which it is opened. */
async function composeOwned(options: CompositionOptions, owned: AsyncDisposableStack): Promise<Composition> {
  const { config, clock, logDestination, random = Math.random } = options;
  const logger = createLogger({ level: config.log.level, destination: logDestination, clock });
  const storage = await openStorage({ ...config.storage, clock });
  owned.defer(() => storage.close());
  const hashKey = await resolveHashKey({ configured: config.auth.hashKey?.reveal(), folder: storage.folder });
  const hasher = createKeyHasher(hashKey);
  const configuredKeys = config.keys.map((key): ResolvedKey => ({ ...key, secret: key.secret.reveal() }));
  const firstKey = await createFirstKey({ configuredKeys, keys: storage.keys, hasher });
  const storedKeys = await storage.keys.list();
  const authenticator = createAuthenticator({ configuredKeys, storedKeys, hasher });
  if (authenticator.unverifiableKeyIds.length > 0) {
    const keyIds = authenticator.unverifiableKeyIds;
    logger.warn({ key_ids: keyIds }, 'these keys were stored under another auth.hash_key and cannot be used');
  }

  let isStoreWorking = true;
  const logNotice = logNotices(logger);
  const onNotice: typeof logNotice = (notice) => {
    if (notice.kind === 'store-failing') isStoreWorking = false;
    if (notice.kind === 'store-recovered') isStoreWorking = true;
    logNotice(notice);
  };
  const files = await openRouterFiles(options, onNotice);
  owned.defer(() => files.close());
  const routers = await createRouterBook({
    store: storage.routers,
    files,
    clock,
    rules: config.routing,
    pollMs: config.routing.pollMs,
    onNotice,
  });
  owned.defer(() => routers.close());
  const metrics = createMetrics();
  owned.defer(() => metrics.close());
  const telemetry = startTelemetry({ logger, metrics });
  owned.defer(() => telemetry.stop());
  const upstream = new UpstreamClient(config.upstream);
  owned.defer(() => upstream.destroy());
  const localServers = await searchLocalServers(options);
  const declarations = [
    ...config.providers.map((provider) => declareProvider(provider, config)),
    ...localServers.map((server) => declareLocalServer(server, config)),
  ];
  const providers = createProviders(declarations, providerKinds, { upstream, clock });
  const localModels = localServers.flatMap(listModels);
  const kinds = providerKinds;
  const parts = { config, storage, providers, kinds, localModels, clock, random, onNotice };
  const { catalog, performance } = await openCatalog(parts, owned);
  reportModelProblems(files, { providers, catalog, routerPrefix: config.routing.routerPrefix }, onNotice);
  const server = await buildServer({
    config,
    authenticator,
    providers,
    catalog,
    performance,
    routers,
    hasRouterFiles: hasRouterFiles(options),
    clock,
    ids: createIdSource(clock),
    random,
    renderMetrics: async () => ({ contentType: metrics.contentType, text: await metrics.renderPrometheus() }),
    isStoreWorking: () => isStoreWorking,
    loadProbe: options.loadProbe,
    onServerError: (err) => logger.error({ err }, 'a request failed outside of any call'),
  });

  return {
    server,
    logger,
    providers,
    firstKey,
    reloadRouters: () => files.reload(),
    close: () => owned.disposeAsync(),
  };
}

function logNotices(logger: Logger): (notice: RouterNotice | CatalogNotice | PerformanceNotice) => void {
  return ({ kind, severity, text, fields, cause }) => {
    logger[severity]({ notice: kind, ...fields, ...(cause !== undefined && { err: cause }) }, text);
  };
}

/** How long local servers may take to answer at the start, in milliseconds, and how much they may say. */
const localSearchLimits = { timeoutMs: 300, maxListBytes: 1024 * 1024 };

/** Servers of models that run on this machine are there without a line in the configuration. */
async function searchLocalServers({ config, clock, fetchLocal }: CompositionOptions): Promise<LocalServer[]> {
  if (!config.localDiscovery || fetchLocal === undefined) return [];
  const search = { kinds: providerKinds, configured: config.providers, fetch: fetchLocal, clock, ...localSearchLimits };
  return await findLocalServers(search);
}

function declareLocalServer({ kind: { kind }, baseUrl }: LocalServer, config: Config): ProviderDeclaration {
  return {
    id: kind,
    kind,
    enabled: true,
    apiKey: undefined,
    baseUrl,
    headers: {},
    options: {},
    unsetVariables: [],
    ...readReplyLimits(config),
  };
}

/** The models of a server are known by their names alone. */
function listModels({ kind: { kind }, models }: LocalServer): CatalogModel[] {
  return models.map((model) => ({ provider: kind, model, source: 'the server itself' }));
}

function readReplyLimits({ upstream: { maxReplyBytes, maxEventBytes, finishTimeoutMs } }: Config) {
  return { maxReplyBytes, maxEventBytes, finishTimeoutMs };
}

function declareProvider(provider: ConfiguredProvider, config: Config): ProviderDeclaration {
  return {
    id: provider.name,
    kind: provider.kind,
    enabled: provider.enabled,
    apiKey: provider.apiKey.secret?.reveal(),
    baseUrl: provider.baseUrl,
    headers: Object.fromEntries(
      provider.headers.flatMap(({ name, secret }) => (secret === undefined ? [] : [[name, secret.reveal()]])),
    ),
    options: Object.fromEntries(
      provider.options.map(({ name, value }) => [name, typeof value === 'string' ? value : value.reveal()]),
    ),
    unsetVariables: provider.unsetVariables,
    ...readReplyLimits(config),
  };
}
