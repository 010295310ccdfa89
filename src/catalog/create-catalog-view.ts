import { suggest } from '../core/suggest.ts';
import { canonicaliseModelName } from './canonicalise-model-name.ts';
import type { CatalogEntry, CatalogView } from './catalog-view.ts';
import { type CatalogSources, collectEntries, compareText, listAliases } from './collect-entries.ts';

/** The most names that are suggested for one that nobody has. */
const maxSuggestions = 3;

/** Fewer letters are the beginning of too many names. */
const minPrefixLength = 4;

/** Longer names are nobody's mistyped model. */
const maxMistypedLength = 64;

/**
 * Makes a catalogue of what the sources say. Takes a few milliseconds for some thousand models; what it is asked later is looked up.
 *
 * How the sources are put together: {@link collectEntries}.
 */
export function createCatalogView(sources: CatalogSources): CatalogView {
  return new IndexedCatalogView(collectEntries(sources), listAliases(sources.providers));
}

/** The models of one provider. */
interface ProviderModels {
  readonly entries: CatalogEntry[];
  readonly byName: Map<string, CatalogEntry>;
  readonly byAlias: Map<string, CatalogEntry>;
}

class IndexedCatalogView implements CatalogView {
  readonly entries: readonly CatalogEntry[];
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #providers = new Map<string, ProviderModels>();
  /** By the name that providers have for a model. */
  readonly #byName: ReadonlyMap<string, readonly CatalogEntry[]>;
  /** The same for further names. */
  readonly #byAlias: ReadonlyMap<string, readonly CatalogEntry[]>;
  readonly #byCanonicalName: ReadonlyMap<string, readonly CatalogEntry[]>;
  /** In the order of the entries. */
  readonly #placeOfProvider: ReadonlyMap<string, number>;
  #suggestions: readonly string[] | undefined;

  constructor(entries: readonly CatalogEntry[], aliases: ReadonlyMap<string, string>) {
    this.entries = entries;
    this.#aliases = aliases;
    for (const entry of entries) this.#add(entry);
    this.#byName = Map.groupBy(entries, ({ model }) => model.model);
    this.#byAlias = groupByAlias(entries);
    this.#byCanonicalName = Map.groupBy(entries, ({ canonicalName }) => canonicalName);
    this.#placeOfProvider = new Map([...this.#providers.keys()].map((id, place) => [id, place]));
  }

  get(id: string): CatalogEntry | undefined {
    const slash = id.indexOf('/');
    if (slash === -1) return undefined;
    const models = this.#findProvider(id.slice(0, slash));
    const name = id.slice(slash + 1);
    return models?.byName.get(name) ?? models?.byAlias.get(name);
  }

  listProvider(providerId: string): readonly CatalogEntry[] {
    return this.#findProvider(providerId)?.entries ?? [];
  }

  findByName(bareName: string): readonly CatalogEntry[] {
    const exact = [...(this.#byName.get(bareName) ?? []), ...(this.#byAlias.get(bareName) ?? [])];
    const chosen = new Map<string, CatalogEntry>();
    for (const entry of exact) if (!chosen.has(entry.providerId)) chosen.set(entry.providerId, entry);
    const { snapshot } = canonicaliseModelName(bareName);
    for (const name of this.#listCanonicalNames(bareName, exact)) {
      const hosts = Map.groupBy(this.#byCanonicalName.get(name) ?? [], ({ providerId }) => providerId);
      for (const [providerId, versions] of hosts) {
        const version = chosen.has(providerId) ? undefined : chooseVersion(versions, snapshot);
        if (version !== undefined) chosen.set(providerId, version);
      }
    }
    return [...chosen.values()].sort((one, other) => this.#placeOf(one) - this.#placeOf(other));
  }

  suggest(bareName: string): readonly string[] {
    if (bareName.length > maxMistypedLength) return [];
    this.#suggestions ??= listSuggestions(this.entries);
    const names = this.#suggestions;
    const word = bareName.toLowerCase();
    const near = suggest(word, names);
    const longer = word.length < minPrefixLength ? [] : names.filter((name) => name.startsWith(word));
    return [...new Set([...(near === undefined ? [] : [near]), ...longer])].slice(0, maxSuggestions);
  }

  #add(entry: CatalogEntry): void {
    const { providerId, model } = entry;
    let models = this.#providers.get(providerId);
    if (models === undefined) {
      models = { entries: [], byName: new Map(), byAlias: new Map() };
      this.#providers.set(providerId, models);
    }
    models.entries.push(entry);
    models.byName.set(model.model, entry);
    for (const alias of model.aliases ?? []) if (!models.byAlias.has(alias)) models.byAlias.set(alias, entry);
  }

  #findProvider(name: string): ProviderModels | undefined {
    return this.#providers.get(name) ?? this.#providers.get(this.#aliases.get(name) ?? name);
  }

  /** What a model of a bare name may be called: what the name itself says, and what the providers that have this very name call it. */
  #listCanonicalNames(bareName: string, exact: readonly CatalogEntry[]): ReadonlySet<string> {
    const lower = bareName.toLowerCase();
    // A name that somebody gave on purpose need not be what the rule would make of it.
    const given = this.#byCanonicalName.has(lower) ? lower : canonicaliseModelName(bareName).name;
    return new Set([given, ...exact.filter(({ model }) => model.isTest !== true).map((entry) => entry.canonicalName)]);
  }

  #placeOf({ providerId }: CatalogEntry): number {
    return this.#placeOfProvider.get(providerId) ?? 0;
  }
}

function groupByAlias(entries: readonly CatalogEntry[]): ReadonlyMap<string, readonly CatalogEntry[]> {
  const byAlias = new Map<string, CatalogEntry[]>();
  for (const entry of entries) {
    for (const alias of entry.model.aliases ?? []) {
      const named = byAlias.get(alias);
      if (named === undefined) byAlias.set(alias, [entry]);
      else named.push(entry);
    }
  }
  return byAlias;
}

/**
 * Chooses among the versions of a model at one provider.
 *
 * @param snapshot - the date that the name has.
 * @returns `undefined`: there is none with this date, or only such as are there for trying things out, which have to be named exactly.
 */
function chooseVersion(versions: readonly CatalogEntry[], snapshot: string | undefined): CatalogEntry | undefined {
  return versions
    .filter(({ model }) => model.isTest !== true && (snapshot === undefined || isSameDate(model.snapshot, snapshot)))
    .sort(compareVersions)
    .at(0);
}

/** Whether dates are the same as far as both say them: some names have no year. */
function isSameDate(one: string | undefined, other: string): boolean {
  return one !== undefined && (one.endsWith(other) || other.endsWith(one));
}

/** The version that a name without a date means first. */
function compareVersions({ model: one }: CatalogEntry, { model: other }: CatalogEntry): number {
  return (
    Number(one.isDeprecated ?? false) - Number(other.isDeprecated ?? false) ||
    Number(one.snapshot !== undefined) - Number(other.snapshot !== undefined) ||
    compareText(dateOf(other), dateOf(one)) ||
    compareText(other.snapshot ?? '', one.snapshot ?? '') ||
    one.model.length - other.model.length ||
    compareText(one.model, other.model)
  );
}

/** `YYYYMMDD`, or nothing. */
function dateOf({ snapshot, releaseDate }: CatalogEntry['model']): string {
  return snapshot?.length === 8 ? snapshot : (releaseDate?.replaceAll('-', '') ?? '');
}

/** Names to suggest, the shortest first: those that calls can use now, if there are any. */
function listSuggestions(entries: readonly CatalogEntry[]): readonly string[] {
  const real = entries.filter(({ model }) => model.isTest !== true);
  const live = real.filter(({ isLive }) => isLive);
  const names = new Set((live.length > 0 ? live : real).map(({ canonicalName }) => canonicalName));
  return [...names].sort((one, other) => one.length - other.length || compareText(one, other));
}
