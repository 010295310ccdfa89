/** The most letters and digits of one token. */
const maxRunLength = 8;

/** Tokens that an image, audio or file counts for, in a prompt and in an answer. */
export const mediaTokens = 64;

/**
 * Cuts a text into the sandbox's tokens. Joined again, they are the text.
 *
 * A token is one space if there is one, and then up to 8 characters that are ASCII letters, ASCII digits or beyond ASCII, or one
 * other character. The rule is linear in the text's length, and the same on every machine and in every release: counts can be
 * written into tests.
 */
export function* tokenise(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = findTokenEnd(text, start);
    yield text.slice(start, end);
    start = end;
  }
}

/** How many tokens {@link tokenise} cuts a text into, without cutting it. */
export function countTokens(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length; start = findTokenEnd(text, start)) {
    count++;
  }
  return count;
}

const space = 0x20;
const firstBeyondAscii = 0x80;

function findTokenEnd(text: string, start: number): number {
  const first = text.charCodeAt(start) === space && start + 1 < text.length ? start + 1 : start;
  let end = first;
  for (let length = 0; length < maxRunLength && end < text.length && isWordUnit(text.charCodeAt(end)); length++) {
    end += isPairAt(text, end) ? 2 : 1;
  }
  return Math.max(end, first + 1);
}

function isWordUnit(unit: number): boolean {
  const isDigit = unit >= 0x30 && unit <= 0x39;
  const isLetter = (unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a);
  return isDigit || isLetter || unit >= firstBeyondAscii;
}

/** Whether two UTF-16 units here are one character, which must not be cut. */
function isPairAt(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}
