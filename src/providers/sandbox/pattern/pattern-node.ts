/** A regular expression as a tree. It stands for a language: lazy and greedy repeats are the same here. */
export type PatternNode =
  /** One character of a class. */
  | { readonly kind: 'class'; readonly matches: (char: string) => boolean }
  /** One after the other. */
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  /** One of several. */
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  /** Again and again; `max` may be Infinity. */
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number }
  /** A place: the start or end of the text, a word's boundary, or anywhere that is none. */
  | { readonly kind: 'edge'; readonly at: 'start' | 'end' | 'boundary' | 'no-boundary' }
  /** What must, or must not, follow. */
  | { readonly kind: 'lookahead'; readonly item: PatternNode; readonly negative: boolean };
