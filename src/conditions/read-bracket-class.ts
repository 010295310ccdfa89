import { writeRune } from './pattern-rune.ts';
import type { PatternReader } from './read-pattern.ts';

/** The first and the last rune that have other cases, for RE2. */
const minFoldedRune = 0x41;
const maxFoldedRune = 0x1e943;

/** How many runes RE2 folds for a range. It knows a range of all. */
function countFoldedRunes(low: number, high: number): number {
  if (low <= minFoldedRune && high >= maxFoldedRune) return 0;
  return Math.max(0, Math.min(high, maxFoldedRune) - Math.max(low, minFoldedRune) + 1);
}

/**
 * Reads a class in brackets. One with Unicode classes is written anew, with a rune for each of them; all others are handed on as they are.
 *
 * @param add - takes what RE2 is to compile.
 * @returns false where RE2 refuses the pattern.
 */
export function readBracketClass(reader: PatternReader, add: (source: string) => true): boolean {
  const start = reader.index;
  const isNegated = reader.pattern[start + 1] === '^';
  reader.index += isNegated ? 2 : 1;
  const items: string[] = [];
  let hasUnicodeClass = false;
  while (reader.pattern[reader.index] !== ']' || items.length === 0) {
    const itemStart = reader.index;
    const unicode = reader.readUnicodeClass();
    hasUnicodeClass ||= unicode !== undefined;
    const item = unicode ?? reader.readNamedClass() ?? readRange(reader);
    if (item === undefined) {
      reader.index = hasUnicodeClass ? itemStart : start;
      if (hasUnicodeClass) reader.source += `[${isNegated ? '^' : ''}${items.join('')}`;
      return false;
    }
    items.push(item);
  }
  reader.index += 1;
  // In brackets of its own, or RE2 would make one class of it and its neighbours.
  return hasUnicodeClass
    ? add(`([${isNegated ? '^' : ''}${items.map((item) => reader.replaceNamedClass(item)).join('')}])`)
    : add(reader.pattern.slice(start, reader.index));
}

/** A rune or a range of them, that is passed. */
function readRange(reader: PatternReader): string | undefined {
  if (reader.index >= reader.pattern.length) return undefined;
  const low = reader.readRune()?.rune;
  if (low === undefined) return undefined;
  let high: number | undefined = low;
  if (reader.pattern[reader.index] === '-' && reader.pattern[reader.index + 1] !== ']') {
    reader.index += 1;
    if (reader.index >= reader.pattern.length) return undefined;
    high = reader.readRune()?.rune;
  }
  if (high === undefined || high < low) return undefined;
  if (reader.isFolded) reader.foldedRunes += countFoldedRunes(low, high);
  return high === low ? writeRune(low) : `${writeRune(low)}-${writeRune(high)}`;
}
