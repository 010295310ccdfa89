/** What a Unicode class costs to compile, in single characters: its tables have hundreds of ranges. */
const unicodeClassSize = 40;

/** What a bracket class costs to compile, in single characters. */
const bracketClassSize = 8;

/**
 * How large a pattern becomes when it is compiled, in single characters, of which each makes three instructions at most. Found without compiling:
 * `(\pL{99}){9}` is twelve characters and takes a tenth of a second.
 *
 * @returns the size, which is meaningless for a pattern that is not valid.
 */
export function estimatePatternSize(pattern: string): number {
  const groups: number[] = [];
  let total = 1;
  let last = 0;
  for (let index = 0; index < pattern.length; ) {
    const sign = pattern[index];
    if (pattern.startsWith('\\Q', index)) {
      // What is quoted has no meaning, brackets neither.
      const end = pattern.indexOf('\\E', index);
      const next = end < 0 ? pattern.length : end + 2;
      total += next - index;
      last = 1;
      index = next;
    } else if (sign === '(') {
      groups.push(total);
      total = 1;
      last = 0;
      index += 1;
    } else if (sign === ')') {
      last = total + 1;
      total = (groups.pop() ?? 0) + last;
      index += 1;
    } else if (sign === '{') {
      repeatPattern.lastIndex = index;
      const repeat = repeatPattern.exec(pattern);
      const times = repeat === null ? 1 : Math.max(1, Number(repeat[1]), Number(repeat[2] || 0));
      total += last * times;
      last += last * times;
      index += repeat === null ? 1 : repeat[0].length;
    } else {
      atomPattern.lastIndex = index;
      const atom = atomPattern.exec(pattern)?.[0] ?? sign ?? '';
      last = atomSize(atom);
      total += last;
      index += Math.max(1, atom.length);
    }
  }
  return groups.reduce((sum, size) => sum + size, total);
}

const repeatPattern = /\{(\d+)(?:,(\d*))?\}/y;
const atomPattern = /\\[pP](?:\{[^}]*\}|.)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|./suy;

function atomSize(atom: string): number {
  if (atom.startsWith('['))
    return bracketClassSize + unicodeClassSize * (atom.match(/\\[pP]/g)?.length ?? 0) + atom.length;
  if (atom.startsWith('\\p') || atom.startsWith('\\P')) return unicodeClassSize;
  return 1;
}
