/** Where a continuation goes on from what its model was told that it had said. */
export type Seam =
  /** More text has to come before it can be said. */
  | { readonly kind: 'open' }
  /** After what was told, once so many characters of that have come again. 0: at once. */
  | { readonly kind: 'after'; readonly repeatedChars: number }
  /** It may be a repetition, or an answer that says something twice. */
  | { readonly kind: 'unclear' };

/** Fewer characters come again by chance in any text ("banana"), so they are taken for an answer that goes on. */
const minRepeatedChars = 4;

/** So many do not come again by chance: the model went back to say the same. Fewer may also be meant. */
const sureRepeatedChars = 32;

/** How far back a model may go, in characters, unless it goes back to the beginning. Bounds what is held and how often it is compared. */
const maxRepeatedChars = 4096;

/**
 * Judges how a continuation begins: it goes on, it repeats the end of what was told, or it begins again with all of it.
 *
 * What can be either is not guessed at. Two things look the same and stay so: a model that means to say the last 32 characters or more a second
 * time, right where it was cut, is taken to repeat them; one that repeats fewer than four is taken to go on.
 *
 * @param told - what the model was told that it had said; not empty.
 * @param text - what it has said since.
 * @param isEnd - whether that is all of it, so that the answer must not be `open`.
 */
export function judgeSeam(told: string, text: string, isEnd: boolean): Seam {
  if (hasBegunAgainOtherwise(told, text)) return { kind: 'unclear' };
  const repeats = listRepeats(told, text);
  const done = repeats.filter((chars) => chars <= text.length);
  const [repeatedChars] = done;
  if (repeatedChars === undefined) {
    if (repeats.length > 0 && !isEnd) return { kind: 'open' };
    const endsInBeginning = text.length >= minRepeatedChars && told.startsWith(text);
    return endsInBeginning ? { kind: 'unclear' } : { kind: 'after', repeatedChars: 0 };
  }
  // Text that repeats itself fits in more than one place.
  if (repeats.length > 1 || repeatedChars < sureRepeatedChars) return { kind: 'unclear' };
  if (text.length > repeatedChars) return { kind: 'after', repeatedChars };
  return isEnd ? { kind: 'unclear' } : { kind: 'open' };
}

/** Whether it began again, beyond chance, and then said something else than before. */
function hasBegunAgainOtherwise(told: string, text: string): boolean {
  const hasBegunAgain = text.length > sureRepeatedChars && told.startsWith(text.slice(0, sureRepeatedChars));
  return hasBegunAgain && !told.startsWith(text.slice(0, told.length));
}

/** How many characters at the end of what was told the text repeats, or may yet turn out to: every number that fits. */
function listRepeats(told: string, text: string): number[] {
  const repeats = told.startsWith(text.slice(0, told.length)) ? [told.length] : [];
  const longest = Math.min(told.length - 1, maxRepeatedChars);
  for (let chars = minRepeatedChars; chars <= longest; chars += 1) {
    if (told.startsWith(text.slice(0, chars), told.length - chars)) repeats.push(chars);
  }
  return repeats;
}
