import { canonicaliseModelName } from '../catalog/canonicalise-model-name.ts';
import type { CatalogEntry } from '../catalog/catalog-view.ts';
import { stripOfferMarks } from '../catalog/strip-offer-marks.ts';
import { type Candidate, type ModelNames, readFirstPartyModel } from './resolve-model.ts';

/**
 * What a call is never to use. It reads names as calls do, so that what can be called by a name can be ignored by it: providers also by their
 * aliases, and models however a provider spells them.
 *
 * A model that is named alone is ignored at every provider, in every region and as a free or quantised offer; with a date in its name, that
 * version of it, and without one all of them.
 */
export class IgnoredModels {
  /** Providers, `provider/model`, and models as they are written. */
  readonly #names = new Set<string>();
  /** Models by their canonical names, each with the dates of the versions that are meant; `undefined`: all of them. */
  readonly #versions = new Map<string, Set<string | undefined>>();

  constructor(ignore: readonly string[], names: ModelNames) {
    for (const name of ignore) this.#add(name, names);
  }

  has({ id, model, provider, entry }: Candidate): boolean {
    const names = this.#names;
    if (names.size === 0) return false;
    if (
      names.has(id) ||
      names.has(model) ||
      names.has(provider.id) ||
      names.has(entry?.id ?? `${provider.id}/${model}`)
    ) {
      return true;
    }
    if (this.#versions.size === 0) return false;
    if (entry === undefined) {
      const { name, snapshot } = canonicaliseModelName(model);
      return this.#hasVersion(name, snapshot);
    }
    const { snapshot } = entry.model;
    return this.#hasVersion(entry.canonicalName, snapshot) || this.#hasVersion(readModelName(entry), snapshot);
  }

  #hasVersion(name: string, snapshot: string | undefined): boolean {
    const versions = this.#versions.get(name);
    return versions !== undefined && (versions.has(undefined) || versions.has(snapshot));
  }

  #add(name: string, { catalog: { current }, providers }: ModelNames): void {
    this.#names.add(name);
    const provider = providers.get(name);
    if (provider !== undefined) {
      this.#names.add(provider.id);
      return;
    }
    const slash = name.indexOf('/');
    if (slash === -1) {
      for (const { id } of current.findByName(name)) this.#names.add(id);
      const { name: canonicalName, snapshot } = canonicaliseModelName(name);
      this.#addVersion(canonicalName, snapshot);
      // The canonical name of an entry need not be what the rule makes of it.
      this.#addVersion(name.toLowerCase(), undefined);
      return;
    }
    const owner = providers.get(name.slice(0, slash))?.id ?? name.slice(0, slash);
    const id = `${owner}/${readFirstPartyModel(name) ?? name.slice(slash + 1)}`;
    this.#names.add(id).add(current.get(id)?.id ?? id);
  }

  #addVersion(name: string, snapshot: string | undefined): void {
    const versions = this.#versions.get(name);
    if (versions === undefined) this.#versions.set(name, new Set([snapshot]));
    else versions.add(snapshot);
  }
}

const modelNames = new WeakMap<CatalogEntry, string>();

/** The canonical name of the model that an entry is an offer of. A faster offer may be another model. */
function readModelName(entry: CatalogEntry): string {
  let name = modelNames.get(entry);
  if (name === undefined) {
    const offered = stripOfferMarks(entry.canonicalName);
    name = offered === undefined || offered.isFaster ? entry.canonicalName : offered.name;
    modelNames.set(entry, name);
  }
  return name;
}
