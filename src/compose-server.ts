import { createAuthenticator, type ResolvedKey } from './auth/authenticator.ts';
import { createFirstKey } from './auth/first-key.ts';
import { resolveHashKey } from './auth/hash-key.ts';
import { createKeyHasher } from './auth/key-hasher.ts';
import type { Config, ConfiguredProvider } from './config/config.ts';
import type { ConfigFilePlace } from './config/config-file.ts';
import type { Clock } from './core/clock.ts';
import { createIdSource } from './core/ids.ts';
import { hasRouterFiles, openRouterFiles } from './open-router-files.ts';
import { createProviders, type ProviderDeclaration } from './providers/create-providers.ts';
import type { ProviderDirectory } from './providers/provider-directory.ts';
import { providerKinds } from './providers/registry.ts';
import { createRouterBook } from './routers/create-router-book.ts';
import type { OnRouterNotice } from './routers/router-notice.ts';
import { buildServer, type Server } from './server.ts';
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
  /** Where log lines go. */
  readonly logDestination: LineSink;
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
  const { config, clock, logDestination, random = Math.random } = options;
  const logger = createLogger({ level: config.log.level, destination: logDestination, clock });
  const storage = await openStorage({ ...config.storage, clock });
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

  const onNotice = logNotices(logger);
  const files = await openRouterFiles(options, onNotice);
  const routers = await createRouterBook({
    store: storage.routers,
    files,
    clock,
    rules: config.routing,
    pollMs: config.routing.pollMs,
    onNotice,
  });
  const metrics = createMetrics();
  const telemetry = startTelemetry({ logger, metrics });
  const upstream = new UpstreamClient(config.upstream);
  const declarations = config.providers.map((provider) => declareProvider(provider, config));
  const providers = createProviders(declarations, providerKinds, { upstream, clock });
  const server = await buildServer({
    config,
    authenticator,
    providers,
    routers,
    hasRouterFiles: hasRouterFiles(options),
    clock,
    ids: createIdSource(clock),
    random,
    renderMetrics: async () => ({ contentType: metrics.contentType, text: await metrics.renderPrometheus() }),
    onServerError: (err) => logger.error({ err }, 'a request failed outside of any call'),
  });

  return {
    server,
    logger,
    providers,
    firstKey,
    reloadRouters: () => files.reload(),
    async close() {
      await routers.close();
      telemetry.stop();
      upstream.destroy();
      await metrics.close();
      await storage.close();
    },
  };
}

function logNotices(logger: Logger): OnRouterNotice {
  return ({ kind, severity, text, fields, cause }) => {
    logger[severity]({ notice: kind, ...fields, ...(cause !== undefined && { err: cause }) }, text);
  };
}

function declareProvider(provider: ConfiguredProvider, { upstream }: Config): ProviderDeclaration {
  return {
    id: provider.name,
    kind: provider.kind,
    enabled: provider.enabled,
    apiKey: provider.apiKey.secret?.reveal(),
    baseUrl: provider.baseUrl,
    headers: Object.fromEntries(
      provider.headers.flatMap(({ name, secret }) => (secret === undefined ? [] : [[name, secret.reveal()]])),
    ),
    unsetVariables: provider.unsetVariables,
    maxReplyBytes: upstream.maxReplyBytes,
    maxEventBytes: upstream.maxEventBytes,
    finishTimeoutMs: upstream.finishTimeoutMs,
  };
}
