/**
 * Lets callers through one at a time for each key, first come, first served. It holds no more than its callers do, who wait for it, and
 * nothing of a key that nobody waits for.
 */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for the caller's turn, runs `run`, and ends the turn, also when it fails. */
  async run<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const previous = this.#last.get(key);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#last.set(key, ended);
    try {
      await previous;
      return await run();
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
      end();
    }
  }
}
