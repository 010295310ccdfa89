import type { ModelNames } from './resolve-model.ts';

/**
 * Which entries of `ignore` nobody here has, so that they exclude nothing: misspelt ones, mostly, and who ignores something means it. A model
 * of a provider whose models are not in the catalogue may well be there.
 */
export function findUnknownIgnores(ignore: readonly string[], { catalog, providers }: ModelNames): string[] {
  const { current } = catalog;
  return ignore.filter((name) => {
    const slash = name.indexOf('/');
    const hosts = current.findByName(name);
    if (slash === -1) return providers.get(name) === undefined && hosts.length === 0;
    // A provider's own name of a model may have a slash.
    if (hosts.some(({ model }) => model.model === name)) return false;
    const owner = providers.get(name.slice(0, slash));
    if (owner === undefined) return current.get(name) === undefined;
    return (
      current.listProvider(owner.id).length > 0 && current.get(`${owner.id}/${name.slice(slash + 1)}`) === undefined
    );
  });
}
