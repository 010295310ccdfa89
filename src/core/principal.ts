/** What a key may be allowed to do. */
export const scopes = ['inference', 'router.read', 'router.write'] as const;

/** One thing that a key may be allowed to do. */
export type Scope = (typeof scopes)[number];

/** Who calls. */
export interface Principal {
  readonly workspace: string;
  /** The id part of the key. Not secret. */
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
}
