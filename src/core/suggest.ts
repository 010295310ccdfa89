import { closestMatch } from 'leven';

/** Longer words are not compared: nobody mistypes a name to that length. */
const maxWordLength = 64;

/**
 * Finds what was probably meant by a mistyped name. Case, `-` and `_` do not count, so that `maxBodyBytes` finds
 * `max_body_bytes`; beyond that two letters may differ, in a long name one in three, in a name of three letters one.
 *
 * @param word - what was written.
 * @param candidates - what could have been written.
 * @returns one of the candidates, or `undefined` when none is near.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > maxWordLength) return undefined;
  const byPlainName = new Map(candidates.map((candidate) => [simplify(candidate), candidate]));
  const plainWord = simplify(word);
  const maxDistance = Math.max(plainWord.length > 3 ? 2 : 1, Math.floor(plainWord.length / 3));
  const match = closestMatch(plainWord, [...byPlainName.keys()], { maxDistance });
  return match === undefined ? undefined : byPlainName.get(match);
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** The end of a sentence that offers a suggestion, or nothing when there is none. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
}
