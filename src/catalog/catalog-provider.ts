/** A provider, as far as its models' names depend on it. */
export interface CatalogProvider {
  readonly id: string;
  readonly kind: string;
  /** Whether calls can go to it now. */
  readonly isLive: boolean;
  /** Other names that calls may give it. A provider that has such a name as its own comes first. */
  readonly aliases: readonly string[];
}
