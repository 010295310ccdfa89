import { indexBytes } from '../text-offsets.ts';

/** Turns offsets in the UTF-8 of a text into offsets in its characters, which are UTF-16 code units as everywhere in JSON APIs. */
export class ByteOffsets {
  readonly #text: string;
  /** The index of the character that each byte begins, or belongs to; one more for the end. Made when it is first needed. */
  #indexOfByte: Uint32Array | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The index of the character at a byte. `undefined`: the text is shorter. */
  toIndex(byte: number): number | undefined {
    this.#indexOfByte ??= indexBytes(this.#text);
    return this.#indexOfByte[byte];
  }

  /** Whether exactly `quoted` stands between two indices. */
  isAt(quoted: string, startIndex: number, endIndex: number): boolean {
    return endIndex - startIndex === quoted.length && this.#text.startsWith(quoted, startIndex);
  }
}
