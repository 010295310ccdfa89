import type { ProviderDependencies, ProviderKind, ProviderSettings } from './provider.ts';
import { ProviderDirectory, type ProviderEntry } from './provider-directory.ts';

/** What the configuration says of one provider. */
export interface ProviderDeclaration extends Omit<ProviderSettings, 'baseUrl'> {
  readonly id: string;
  readonly kind: string;
  /** `false` switches it off. */
  readonly enabled: boolean;
  /** `undefined`: the kind's own. */
  readonly baseUrl: string | undefined;
  /** Environment variables that the configuration names for it but that are not set. While there is one, it is not live. */
  readonly unsetVariables: readonly string[];
}

/**
 * Builds the providers that have what they need, and says of the others what they lack.
 *
 * @param declarations - one for each provider of the configuration, and one for each kind that exists without it.
 */
export function createProviders(
  declarations: readonly ProviderDeclaration[],
  kinds: readonly ProviderKind[],
  dependencies: ProviderDependencies,
): ProviderDirectory {
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  return new ProviderDirectory(
    declarations.flatMap((declaration) => {
      const kind = byName.get(declaration.kind);
      return kind === undefined ? [] : [createEntry(declaration, kind, dependencies)];
    }),
    new Map(kinds.flatMap(({ kind, aliases = [] }) => aliases.map((alias) => [alias, kind] as const))),
  );
}

function createEntry(
  declaration: ProviderDeclaration,
  kind: ProviderKind,
  dependencies: ProviderDependencies,
): ProviderEntry {
  const { id, enabled } = declaration;
  if (!enabled) return { id, kind: kind.kind, live: false, remedy: `remove "enabled: false" from providers.${id}` };
  const [unset] = declaration.unsetVariables;
  if (unset !== undefined) return { id, kind: kind.kind, live: false, remedy: `set the environment variable ${unset}` };
  const baseUrl = declaration.baseUrl ?? kind.baseUrl;
  if (baseUrl === undefined) return { id, kind: kind.kind, live: false, remedy: describeMissingUrl(id, kind) };
  const settings: ProviderSettings = { ...declaration, baseUrl };
  const remedy = kind.findMissing === undefined ? findMissingKey(id, kind, settings) : kind.findMissing(id, settings);
  if (remedy !== undefined) return { id, kind: kind.kind, live: false, remedy };
  return { id, kind: kind.kind, live: true, provider: kind.create(id, settings, dependencies) };
}

function findMissingKey(id: string, kind: ProviderKind, { apiKey }: ProviderSettings): string | undefined {
  if (kind.apiKeyVariable === undefined || apiKey !== undefined) return undefined;
  const variables = [kind.apiKeyVariable, ...(kind.otherKeyVariables ?? [])].join(' or ');
  return `set the environment variable ${variables}, or providers.${id}.api_key in the configuration`;
}

function describeMissingUrl(id: string, { baseUrlVariable }: ProviderKind): string {
  const key = `providers.${id}.base_url`;
  return baseUrlVariable === undefined ? `set ${key}` : `set the environment variable ${baseUrlVariable}, or ${key}`;
}
