/** Most warnings of one sync that are told one by one. */
const maxWarnings = 50;

/** Warnings about rows of a source, of which there may be thousands: the first ones are kept, the others counted. */
export class WarningList {
  readonly #texts: string[] = [];
  #untold = 0;

  add(text: string): void {
    if (this.#texts.length < maxWarnings) this.#texts.push(text);
    else this.#untold += 1;
  }

  /** The warnings, with the number of those that were not kept. */
  end(): readonly string[] {
    return this.#untold === 0 ? [...this.#texts] : [...this.#texts, `${this.#untold} more are not shown.`];
  }
}
