import type { CatalogEntry, CatalogView } from '../catalog/catalog-view.ts';
import { createError } from '../core/errors.ts';
import { createFieldError } from '../core/json-fields.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderDirectory, ProviderEntry } from '../providers/provider-directory.ts';

/** One model of one provider that an attempt can be made with. */
export interface Candidate {
  /** `provider/model`, as the answer names it. */
  readonly id: string;
  readonly provider: Provider;
  /** The model's name at the provider. */
  readonly model: string;
  /** What the catalogue knows of it. `undefined`: nothing. */
  readonly entry: CatalogEntry | undefined;
}

/** How names of models are resolved. */
export interface ModelNames {
  readonly providers: ProviderDirectory;
  /** The catalogue. */
  readonly catalog: { readonly current: CatalogView };
  /** What a model's name begins with when it names a saved router, beside `router/`. */
  readonly routerPrefix: string;
}

/** The prefix of routers that no configuration changes. */
const fixedRouterPrefix = 'router/';

/** What a name begins with when it names a model of the operator's own, which the provider `inworld` hosts. */
const firstPartyPrefix = 'inworld/models/';

/** The name that stands for whichever model is best. */
export const autoModel = 'auto';

/** The name of the router that a model's name stands for. `undefined`: it stands for a model. */
export function parseRouterModel(name: string, routerPrefix: string): string | undefined {
  if (name.startsWith(firstPartyPrefix)) return undefined;
  const prefix = [routerPrefix, fixedRouterPrefix].find((candidate) => name.startsWith(candidate));
  return prefix === undefined ? undefined : name.slice(prefix.length);
}

/** The model that a name means which names one of the operator's own, at the provider `inworld`. `undefined`: it does not. */
export function readFirstPartyModel(name: string): string | undefined {
  return name.startsWith(firstPartyPrefix) ? name.slice(firstPartyPrefix.length) : undefined;
}

/** Whether a name is a model's alone, without its provider. */
export function isBareModel(name: string): boolean {
  return !name.includes('/') && name !== autoModel;
}

/**
 * Resolves `provider/model` to a candidate. The name is split at the first slash; the provider gets the rest as it is, whether or
 * not anyone has heard of such a model.
 *
 * @param field - where the name came from, for errors.
 * @throws SignalboxError INVALID_FIELD, PROVIDER_UNKNOWN or PROVIDER_NOT_CONFIGURED.
 */
export function resolveModel(name: string, field: string, { catalog, providers, routerPrefix }: ModelNames): Candidate {
  if (parseRouterModel(name, routerPrefix) !== undefined) {
    throw createFieldError(
      field,
      `it must be a model, and ${JSON.stringify(name)} is a router: name routers in model alone`,
    );
  }
  if (name === autoModel) throw createFieldError(field, 'it must be a model or a provider: name auto in model alone');
  const firstPartyModel = readFirstPartyModel(name);
  const slash = name.indexOf('/');
  const model = firstPartyModel ?? name.slice(slash + 1);
  if (model === '') throw createFieldError(field, 'it must name a model after the slash');
  const entry = requireLive(firstPartyModel === undefined ? name.slice(0, slash) : 'inworld', name, field, providers);
  return { id: name, provider: entry.provider, model, entry: catalog.current.get(`${entry.id}/${model}`) };
}

/**
 * The live provider of an id.
 *
 * @param name - the whole name that it comes from, and `field` where that stands, for errors.
 * @throws SignalboxError PROVIDER_UNKNOWN or PROVIDER_NOT_CONFIGURED.
 */
export function requireLive(
  providerId: string,
  name: string,
  field: string,
  providers: ProviderDirectory,
): Extract<ProviderEntry, { live: true }> {
  const entry = providers.get(providerId);
  if (entry === undefined) {
    const known = providers
      .list()
      .map(({ id }) => id)
      .join(', ');
    throw createError(
      'PROVIDER_UNKNOWN',
      { provider: providerId, model: name, providers: known },
      { param: field, code: 'model_not_found' },
    );
  }
  if (!entry.live) {
    throw createError(
      'PROVIDER_NOT_CONFIGURED',
      { provider: providerId, remedy: entry.remedy },
      { param: field, code: 'model_not_found' },
    );
  }
  return entry;
}

/** The candidate of a row of the catalogue. `undefined`: its provider is not live. */
export function createCandidate(entry: CatalogEntry, providers: ProviderDirectory): Candidate | undefined {
  const provider = providers.get(entry.providerId);
  if (provider === undefined || !provider.live) return undefined;
  return { id: entry.id, provider: provider.provider, model: entry.model.model, entry };
}
