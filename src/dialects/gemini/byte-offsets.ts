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

function indexBytes(text: string): Uint32Array {
  const indices = new Uint32Array(Buffer.byteLength(text, 'utf8') + 1);
  let byte = 0;
  let index = 0;
  for (const character of text) {
    const end = byte + utf8Length(character.codePointAt(0) ?? 0);
    indices.fill(index, byte, end);
    byte = end;
    index += character.length;
  }
  indices[byte] = index;
  return indices;
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
