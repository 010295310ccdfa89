/** docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html. */
const maxNameChars = 200;

/** The names of one request's documents: each once, and in the characters that Bedrock takes. */
export class DocumentNames {
  readonly #taken = new Set<string>();

  /** The name of a document, after its file's. */
  choose(filename: string | undefined): string {
    const stem = filename?.replace(/\.[^.]*$/, '') ?? '';
    const clean = stem
      .replace(/[^A-Za-z0-9\s()[\]-]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
    const name = clean.slice(0, maxNameChars) || 'document';
    let free = name;
    for (let count = 2; this.#taken.has(free); count += 1) {
      const suffix = ` (${count})`;
      free = name.slice(0, maxNameChars - suffix.length) + suffix;
    }
    this.#taken.add(free);
    return free;
  }
}
