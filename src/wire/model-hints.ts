import type { CatalogEntry, CatalogView } from '../catalog/catalog-view.ts';
import { suggest } from '../core/suggest.ts';

/** A provider as far as models are listed by it. */
export interface ListedProvider {
  readonly id: string;
  readonly live: boolean;
  /** The end of a sentence that begins "To make it live,", without a full stop. `undefined`: it is live. */
  readonly remedy?: string;
}

/** The providers that the server knows. */
export interface ListedProviders {
  /** The provider of an id or an alias. */
  get(id: string): ListedProvider | undefined;
  list(): readonly ListedProvider[];
}

/** What to do about a model that is not in the catalogue, in one sentence. */
export function describeMissingModel(name: string, view: CatalogView, providers: ListedProviders): string {
  const slash = name.indexOf('/');
  const near = slash === -1 ? view.suggest(name) : suggestAtProvider(name, slash, view, providers);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  const provider = slash === -1 ? undefined : providers.get(name.slice(0, slash));
  // Providers have models that no catalogue knows: an operator's own servers most of all.
  if (provider?.live === true) return `A request may name it all the same: ${provider.id} decides whether it has it.`;
  return 'GET /llm/v1alpha/models and ModelService.ListModels have those that are.';
}

/** How a model of the catalogue that cannot be called now comes to be, in one sentence. */
export function describeUnlistedModel({ providerId }: CatalogEntry, providers: ListedProviders): string {
  const remedy = providers.get(providerId)?.remedy ?? `configure ${providerId} under providers`;
  return `Its provider ${providerId} is not live. To make it live, ${remedy}.`;
}

function suggestAtProvider(
  name: string,
  slash: number,
  view: CatalogView,
  providers: ListedProviders,
): readonly string[] {
  const [providerName, modelName] = [name.slice(0, slash), name.slice(slash + 1)];
  const provider = providers.get(providerName);
  if (provider === undefined) {
    const id = suggest(
      providerName,
      providers.list().map((one) => one.id),
    );
    if (id === undefined) return view.suggest(modelName);
    const meant = `${id}/${modelName}`;
    return view.get(meant) === undefined ? [] : [meant];
  }
  const entries = view.listProvider(provider.id);
  const near = suggest(
    modelName,
    entries.map(({ model }) => model.model),
  );
  return near === undefined ? [] : [`${provider.id}/${near}`];
}
