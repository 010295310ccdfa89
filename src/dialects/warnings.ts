/** How many fields a warning names, and how many characters of each: names are the client's. */
const maxNamedFields = 10;
const maxNamedChars = 100;

/** What of one request was left out or changed, one sentence each. */
export class Warnings {
  readonly #sentences = new Set<string>();

  /** Adds a sentence, once. */
  add(sentence: string): void {
    this.#sentences.add(sentence);
  }

  /** Says that fields were left out, and why: the end of a sentence, without a full stop. */
  leaveOut(fields: readonly string[], reason: string): void {
    if (fields.length === 0) return;
    const named = fields.slice(0, maxNamedFields).map((field) => field.slice(0, maxNamedChars).toWellFormed());
    const others = fields.length - named.length;
    this.add(`Left out, since ${reason}: ${named.join(', ')}${others > 0 ? `, and ${others} more` : ''}.`);
  }

  /** All sentences, in the order in which they came. */
  list(): string[] {
    return [...this.#sentences];
  }
}
