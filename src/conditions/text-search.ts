import { chargeSteps } from './evaluation-budget.ts';

/** Up to here, the engine's own search cannot take longer than a few nanoseconds a character. */
const maxPlainSearchChars = 32;

/**
 * Whether a text contains another, in time linear in both.
 *
 * `String.prototype.includes` takes the product of the two in the worst case: half a minute for two million characters. Longer parts are
 * searched for with the algorithm of Knuth, Morris and Pratt.
 */
export function containsText(text: string, part: string): boolean {
  if (part.length > text.length) return false;
  if (part.length <= maxPlainSearchChars) {
    chargeSteps(text.length / 4);
    return text.includes(part);
  }
  chargeSteps((text.length + part.length) * 2);
  // The length of the longest start of the part that ends at each of its places.
  const borders = new Uint32Array(part.length);
  for (let index = 1, length = 0; index < part.length; index += 1) {
    while (length > 0 && part[index] !== part[length]) length = borders[length - 1] ?? 0;
    if (part[index] === part[length]) length += 1;
    borders[index] = length;
  }
  for (let index = 0, length = 0; index < text.length; index += 1) {
    while (length > 0 && text[index] !== part[length]) length = borders[length - 1] ?? 0;
    if (text[index] === part[length]) length += 1;
    if (length === part.length) return true;
  }
  return false;
}

/** The size of a text as CEL counts it: in code points. */
export function countCharacters(text: string): bigint {
  chargeSteps(text.length / 2);
  let count = 0;
  for (let index = 0; index < text.length; count += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return BigInt(count);
}

/**
 * Which of two texts is first, as code points are ordered: below 0, 0 or above 0. The language compares UTF-16 units, for which the halves of
 * U+10000 and all above come before U+E000.
 */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  let index = 0;
  while (index < length && left.charCodeAt(index) === right.charCodeAt(index)) index += 1;
  if (index === length) return left.length - right.length;
  const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
  const isPair = (text: string): boolean => (text.codePointAt(index - 1) ?? 0) > 0xffff;
  // Where they differ in the second half of a character, the first is the same.
  if (
    index > 0 &&
    (isLow(left.charCodeAt(index)) || isLow(right.charCodeAt(index))) &&
    (isPair(left) || isPair(right))
  ) {
    index -= 1;
  }
  return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0);
}
