/** A span of an answer's text, in UTF-16 units as everywhere in JSON APIs. */
export interface Span {
  readonly startIndex: number | undefined;
  readonly endIndex: number | undefined;
}

/** The longest text that is kept to find cited spans in, in UTF-16 units. The answer itself can be longer. */
const maxKeptChars = 1024 * 1024;

const nowhere: Span = { startIndex: undefined, endIndex: undefined };

interface TextBlock {
  /** Where it begins in the answer's text. */
  readonly startIndex: number;
  text: string;
  /** Where each character of Unicode begins, and one more for the end. Made when it is first needed. */
  points?: Uint32Array;
}

/** Finds the spans that citations name: each counts from the beginning of its block. */
export class CitedTexts {
  /** By the provider's index, in the order in which they began. */
  readonly #blocks = new Map<number, TextBlock>();
  #length = 0;

  /** Adds text to a block. */
  add(index: number, text: string): void {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = { startIndex: this.#length, text: '' };
      this.#blocks.set(index, block);
    }
    this.#length += text.length;
    if (this.#length <= maxKeptChars) block.text += text;
  }

  /**
   * The span of a citation.
   *
   * @param index - of its block. `undefined`: the first one, since older answers have only one and do not name it.
   * @param quoted - what stands there. Where it does not, the numbers are of another text, and there is no span.
   */
  find(index: number | undefined, start: number, end: number, quoted: string | undefined): Span {
    const [first] = this.#blocks.values();
    const block = index === undefined ? first : this.#blocks.get(index);
    if (block === undefined || end < start || end > block.text.length) return nowhere;
    const { startIndex: offset, text } = block;
    if (quoted === undefined || text.slice(start, end) === quoted) {
      return { startIndex: offset + start, endIndex: offset + end };
    }
    // Characters outside the Basic Multilingual Plane are two units here and may be one where Cohere counts.
    block.points ??= indexPoints(text);
    const [from, to] = [block.points[start], block.points[end]];
    if (from === undefined || to === undefined || text.slice(from, to) !== quoted) return nowhere;
    return { startIndex: offset + from, endIndex: offset + to };
  }
}

function indexPoints(text: string): Uint32Array {
  const points = new Uint32Array(text.length + 1);
  let count = 0;
  let index = 0;
  for (const character of text) {
    points[count] = index;
    count += 1;
    index += character.length;
  }
  points[count] = index;
  return points.subarray(0, count + 1);
}
