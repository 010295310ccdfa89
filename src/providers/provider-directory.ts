import type { Provider } from './provider.ts';

/** A provider that the server knows: live, or why not. */
export type ProviderEntry =
  | { readonly id: string; readonly kind: string; readonly live: true; readonly provider: Provider }
  | {
      readonly id: string;
      readonly kind: string;
      readonly live: false;
      /** The end of a sentence that begins "To make it live,", without a full stop. */
      readonly remedy: string;
    };

/** The providers that the server knows, by id. */
export class ProviderDirectory {
  readonly #entries: ReadonlyMap<string, ProviderEntry>;
  readonly #aliases: ReadonlyMap<string, string>;

  /** @param aliases - ids by the names that stand for them as long as no provider has these names itself. */
  constructor(entries: Iterable<ProviderEntry>, aliases: ReadonlyMap<string, string> = new Map()) {
    this.#entries = new Map(Array.from(entries, (entry) => [entry.id, entry]));
    this.#aliases = aliases;
  }

  /** The provider of an id or an alias. */
  get(id: string): ProviderEntry | undefined {
    return this.#entries.get(id) ?? this.#entries.get(this.#aliases.get(id) ?? id);
  }

  /** All of them, in the order of the registry and then of the configuration. */
  list(): ProviderEntry[] {
    return [...this.#entries.values()];
  }

  /** The ids of those that are live. */
  listLiveIds(): string[] {
    return this.list()
      .filter((entry) => entry.live)
      .map((entry) => entry.id);
  }
}
