/**
 * Which names changed last, and when, for as many names as are kept. Later changes of a name replace its earlier ones, so that what a
 * watcher missed is found without a log that grows with every write.
 */
export class ChangeIndex {
  readonly #maxNames: number;
  /** In order of sequence. */
  readonly #lastChanges = new Map<string, number>();
  #sequence = 0;
  #forgotten = 0;

  /** @param maxNames - how many names are kept. */
  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  /** The number of the last change, 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Numbers a change. */
  add(name: string): number {
    this.#sequence += 1;
    this.#lastChanges.delete(name);
    this.#lastChanges.set(name, this.#sequence);
    if (this.#lastChanges.size > this.#maxNames) {
      for (const [oldest, sequence] of this.#lastChanges) {
        this.#lastChanges.delete(oldest);
        this.#forgotten = sequence;
        break;
      }
    }
    return this.#sequence;
  }

  /**
   * The names that changed after a change, by their last one.
   *
   * @returns undefined when some of them may be forgotten, or there is no such change.
   */
  namesAfter(sequence: number): string[] | undefined {
    if (sequence < this.#forgotten || sequence > this.#sequence) return undefined;
    return [...this.#lastChanges].flatMap(([name, last]) => (last > sequence ? [name] : []));
  }
}
