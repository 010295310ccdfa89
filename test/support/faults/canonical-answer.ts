/** How many tokens the answer of every model behind the fault server has. One word is one token. */
export const canonicalLength = 60;

/** The answer, word by word, blanks included: each word says its place, so that a word that is missing or doubled shows. */
export const canonicalWords: readonly string[] = Array.from(
  { length: canonicalLength },
  (_, place) => `${place === 0 ? '' : ' '}word${place + 1}`,
);

/** The answer as a whole. */
export const canonicalText: string = canonicalWords.join('');

/**
 * The words that are left to say.
 *
 * @param spoken - what the model is told that it has said already. A text that the answer does not begin with is no part of it: then all
 * words are left.
 */
export function wordsAfter(spoken: string): readonly string[] {
  if (spoken === '' || !canonicalText.startsWith(spoken)) return canonicalWords;
  return canonicalText
    .slice(spoken.length)
    .split(/(?= )/)
    .filter((word) => word !== '');
}
