import { Document, isScalar } from 'yaml';
import { Secret } from '../core/secret.ts';
import { type Config, type ConfiguredProvider, toSnakeCase } from './config.ts';
import { apiKeyVariable } from './environment.ts';
import { InlineRouters } from './inline-routers.ts';
import { OperatorModels } from './operator-models.ts';

/**
 * Writes the configuration as the YAML file that would give it, every default included.
 *
 * Secrets do not appear: one that is in a variable is shown as `env:NAME`, one that is written out as `***`.
 *
 * @param fileRouterCount - how many routers the files hold, for a comment at the end. Default: nothing is said.
 */
export function describeConfig(config: Config, fileRouterCount?: number): string {
  const { server, auth, providers } = config;
  const document = new Document(
    describeValue({
      ...config,
      server: { ...server, tls: server.tls && { certFile: server.tls.certFile, keyFile: server.tls.keyFile } },
      providers: Object.fromEntries(providers.map((provider) => [provider.name, describeProvider(provider)])),
      auth: { hashKey: auth.hashKey },
    }),
  );
  const remark = (path: readonly (string | number)[], text: string): void => {
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = ` ${text}`;
  };
  for (const [index, { secret }] of config.keys.entries()) {
    if (secret.variable === apiKeyVariable) remark(['keys', index, 'id'], `from ${apiKeyVariable}`);
  }
  for (const { name, apiKey, headers } of providers) {
    if (isUnset(apiKey)) remark(['providers', name, 'api_key'], `${apiKey.variable} is not set`);
    for (const header of headers) {
      if (isUnset(header)) remark(['providers', name, 'headers', header.name], `${header.variable} is not set`);
    }
  }
  if (fileRouterCount !== undefined) {
    document.comment = ` ${fileRouterCount} ${fileRouterCount === 1 ? 'router comes' : 'routers come'} from files.`;
  }
  return document.toString({ lineWidth: 0 });
}

/** A field that takes a secret, as the configuration holds it. */
type SecretValue = ConfiguredProvider['apiKey'];

function isUnset({ secret, variable }: SecretValue): boolean {
  return secret === undefined && variable !== undefined;
}

function describeProvider({
  kind,
  enabled,
  apiKey,
  baseUrl,
  headers,
  options,
  unsetVariables,
}: ConfiguredProvider): object {
  // The kind's usual variable is looked at without being named, and named it would be one that must be set.
  const isUsual = isUnset(apiKey) && !unsetVariables.some((variable) => variable === apiKey.variable);
  return {
    kind,
    enabled,
    apiKey: isUsual ? null : describeSecret(apiKey),
    baseUrl,
    headers: Object.fromEntries(headers.map((header) => [header.name, describeSecret(header)])),
    options: Object.fromEntries(options.map((option) => [option.name, option.value])),
  };
}

/** @returns `undefined` when there is none and no variable for one. */
function describeSecret({ secret, variable }: SecretValue): string | undefined {
  return variable === undefined ? secret?.toString() : `env:${variable}`;
}

/** Plain data under the names of the file. Names of providers and headers have no upper-case letters, so they stay. */
function describeValue(value: unknown): unknown {
  if (value instanceof Secret) {
    // The variable holds the id as well, so that the file could not refer to it.
    return describeSecret({ secret: value, variable: value.variable === apiKeyVariable ? undefined : value.variable });
  }
  if (value instanceof InlineRouters) return value.entries;
  if (value instanceof OperatorModels) return value.models;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(describeValue);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [toSnakeCase(name), describeValue(item)]),
  );
}
