/** The longest text of an answer that is kept to find cited spans in, in UTF-16 units. The answer itself can be longer. */
export const maxCitedChars = 1024 * 1024;

/** Where the bytes of a text's UTF-8 stand in its UTF-16, as offsets are in JSON APIs: the index of the character of each, and the end. */
export function indexBytes(text: string): Uint32Array {
  return indexUnits(text, Buffer.byteLength(text, 'utf8'), utf8Length);
}

/** Where the characters of Unicode of a text stand in its UTF-16: the index of each, and the end. */
export function indexCodePoints(text: string): Uint32Array {
  return indexUnits(text, text.length, () => 1);
}

function indexUnits(text: string, maxUnits: number, countUnits: (codePoint: number) => number): Uint32Array {
  const indices = new Uint32Array(maxUnits + 1);
  let unit = 0;
  let index = 0;
  for (const character of text) {
    const end = unit + countUnits(character.codePointAt(0) ?? 0);
    indices.fill(index, unit, end);
    unit = end;
    index += character.length;
  }
  indices[unit] = index;
  return indices.subarray(0, unit + 1);
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
