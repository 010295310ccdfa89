/**
 * Which methods the paths of the JSON API take. Looked up here, since Fastify's own `hasRoute` would read a caller's path as a
 * pattern.
 */
export class PathMethods {
  readonly #entries = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** @param url - a path as Fastify has it: `:name` stands for a segment, `*` for the rest, `::` for a colon. */
  add(url: string, methods: readonly string[]): void {
    const entry = this.#entries.get(url) ?? { pattern: compilePattern(url), methods: new Set() };
    for (const method of methods) entry.methods.add(method);
    this.#entries.set(url, entry);
  }

  /** The methods of a path, in order. Empty when there is nothing at it. */
  find(path: string): string[] {
    const found = [...this.#entries.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }
}

/** At most one star, and at its end, so that it takes a time linear in the path. */
function compilePattern(url: string): RegExp {
  const source = url.replace(/::|:\w+|\*$|[\\^$.*+?()[\]{}|]/g, (part) => {
    if (part === '::') return ':';
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
