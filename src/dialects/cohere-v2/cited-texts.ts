import { indexCodePoints, maxCitedChars } from '../text-offsets.ts';

/** A span of an answer's text, in UTF-16 units as everywhere in JSON APIs. */
export interface Span {
  readonly startIndex: number | undefined;
  readonly endIndex: number | undefined;
}

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
    if (this.#length <= maxCitedChars) block.text += text;
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
    block.points ??= indexCodePoints(text);
    const [from, to] = [block.points[start], block.points[end]];
    if (from === undefined || to === undefined || text.slice(from, to) !== quoted) return nowhere;
    return { startIndex: offset + from, endIndex: offset + to };
  }
}
