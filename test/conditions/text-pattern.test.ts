import { RE2JS } from '@bufbuild/re2';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { budgetLeft, openBudget } from '../../src/conditions/evaluation-budget.ts';
import { readPattern } from '../../src/conditions/read-pattern.ts';
import { maxFoldedRunes, maxPatternSize, TextPattern } from '../../src/conditions/text-pattern.ts';
import { compareTexts, containsText, countCharacters } from '../../src/conditions/text-search.ts';

const plenty = 1_000_000_000;

beforeEach(() => {
  openBudget(plenty);
});

describe('a pattern', () => {
  test.each([
    ['', '', true],
    ['', 'a', true],
    ['a', '', false],
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^abc$', 'abc', true],
    ['^abc$', 'abc\n', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['\\bfoo\\b', 'a foo.', true],
    ['\\bfoo\\b', 'a food', false],
    ['\\Boo\\b', 'foo', true],
    ['(?i).*refund.*', 'a ReFuNd', true],
    ['a.c', 'a\nc', false],
    ['(?s)a.c', 'a\nc', true],
    ['^.$', '😀', true],
    ['\\p{Greek}', 'αβγ', true],
    ['(?i)straße', 'STRAßE', true],
    ['^(a|b)*$', 'abba', true],
    ['\\x{1F600}', '😀', true],
    ['\\z', 'a', true],
    ['$', 'a', true],
    ['\\Qa.c\\E', 'abc', false],
  ])('%s in %j: %s', (pattern, text, isFound) => {
    expect(new TextPattern(pattern).test(text)).toBe(isFound);
    expect(RE2JS.compile(pattern).test(text)).toBe(isFound);
  });

  const atom = fc.oneof(
    fc.constantFrom('a', 'b', '.', '^', '$', '\\b', '\\B', '[ab]', '[^a]', '\\w', '\\n', 'é', '\\d', '(?:)'),
    fc.constantFrom('(?i)', '\\Qa.\\E', '\\Q\\E', '{', 'k', 'Σ', '\\pL', '\\PL', '\\p{Lu}', '\\p{^Greek}', '[à-ÿ]'),
    // The same classes in brackets, beside what holds the runes that stand for them.
    fc
      .tuple(
        fc.constantFrom('', '^', '^]'),
        fc.array(
          fc.constantFrom(
            'a',
            'b-k',
            '-',
            '\\W',
            '[:^alpha:]',
            '\\d',
            '\\pL',
            '\\PL',
            '\\p{Lu}',
            'é',
            '\\x{1F600}',
            '\\]',
          ),
          { minLength: 1, maxLength: 4 },
        ),
      )
      .map(([start, items]) => `[${start}${items.join('')}]`),
  );
  const { pattern: anyPattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => left + right),
      fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => `(?:${left}|${right})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '*?'))
        .map(([inner, times]) => `(${inner})${times}`),
      tie('pattern').map((inner) => `(?im:${inner})`),
    ),
  }));
  /** Whether RE2 takes a pattern, whose classes may go from a rune to no rune. */
  const isPattern = (pattern: string): boolean => {
    try {
      RE2JS.compile(pattern);
      const { size, foldedRunes } = readPattern(pattern);
      return size <= maxPatternSize && foldedRunes <= maxFoldedRunes;
    } catch {
      return false;
    }
  };
  const anyText = fc.string({
    unit: fc.constantFrom(
      'a',
      'b',
      'A',
      '\n',
      ' ',
      '1',
      'é',
      'É',
      '😀',
      '_',
      'k',
      '\u212A',
      'σ',
      'ς',
      '漢',
      '\u{10FF01}',
      '\uD800',
    ),
    maxLength: 12,
  });

  test('finds what the library finds', () => {
    fc.assert(
      fc.property(anyPattern, anyText, (pattern, text) => {
        openBudget(plenty);
        fc.pre(isPattern(pattern));
        const matcher = new TextPattern(pattern);
        const isFound = RE2JS.compile(pattern).test(text);
        // Once more, with the states that the first run left.
        expect([matcher.test(text), matcher.test(text)]).toEqual([isFound, isFound]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is at least as large as estimated', () => {
    fc.assert(
      fc.property(anyPattern, (pattern) => {
        fc.pre(isPattern(pattern));
        expect(RE2JS.compile(pattern).re2().prog.numInst()).toBeLessThanOrEqual(3 * readPattern(pattern).size + 3);
      }),
    );
  });

  test('finds the same after its states were thrown away', () => {
    const matcher = new TextPattern('(a|b)*a(a|b){12}c');
    const noise = Array.from({ length: 50_000 }, (_, index) => 'ab'[(Math.imul(index, 2_654_435_761) >>> 13) & 1]).join(
      '',
    );
    expect(matcher.test(noise)).toBe(false);
    expect(matcher.test(`${noise}abbbbbbbbbbbbc`)).toBe(true);
  });

  test('costs a step for each character of a text of many ideographs', () => {
    const noise = Array.from(
      { length: 200_000 },
      (_, index) => 0x4e00 + ((Math.imul(index, 2_654_435_761) >>> 8) % 20_000),
    );
    const text = String.fromCodePoint(...noise.slice(0, 50_000)).repeat(4);
    const matcher = new TextPattern('(?i).*refund.*');
    openBudget(plenty);
    expect(matcher.test(text)).toBe(false);
    expect(plenty - budgetLeft()).toBeLessThan(text.length + 150_000);
    expect(matcher.test(`${text}Refund`)).toBe(true);
  });

  test.each([
    // States, transitions and pages: far more of each than fit.
    [
      '(a|b)*a(a|b){14}c',
      Array.from({ length: 30_000 }, (_, index) => 'ab'[(Math.imul(index, 2_654_435_761) >>> 13) & 1]).join(''),
    ],
    [
      `x|${Array.from({ length: 100 }, (_, index) => String.fromCodePoint(0x4e00 + index * 2)).join('y|')}y`,
      Array.from({ length: 10_000 }, (_, index) =>
        String.fromCodePoint(0x4e00 + (index % 100) * 2, 0x4e00 + Math.trunc(index / 100) * 2),
      ).join(''),
    ],
    ['\\pLx', Array.from({ length: 0x10ff }, (_, page) => String.fromCodePoint(page * 256 + 255)).join('')],
  ])('%s keeps a bounded number of cells', (pattern, text) => {
    const matcher = new TextPattern(pattern);
    // So that the text's end needs no transition, which would make room.
    matcher.test('');
    matcher.test(text);
    expect(matcher.cells).toBeLessThan(40_000);
    expect(matcher.test(`${text}abbbbbbbbbbbbbbc\u4e02yéx`)).toBe(true);
  });

  test('has Unicode classes without tables of RE2', () => {
    const scripts = ['Adlam', 'Ahom', 'Bamum', 'Batak', 'Brahmi', 'Buhid', 'Carian', 'Chakma'];
    const matcher = new TextPattern(`(?i)^(?:${scripts.map((name) => `\\p{${name}}`).join('|')})$`);
    expect([matcher.test('\u{1E900}'), matcher.test('a')]).toEqual([true, false]);
    expect(readPattern('\\p{Adlam}').source).toBe('(\\x{10ff00})');
  });

  test.each([
    ['\\p{Adlamm}', /invalid character class range: `\\p\{Adlamm\}`/],
    [
      ['L', 'M', 'N', 'P', 'S', 'Z', 'C', 'Lu', 'Ll'].map((name) => `\\p{${name}}`).join(''),
      /more than 8 different Unicode classes/,
    ],
    ['\\pL\\x{10ff01}', /cannot name characters from U\+10FF00 on/],
  ])('%s is refused', (pattern, problem) => {
    expect(() => new TextPattern(pattern)).toThrow(problem);
  });

  test.each([
    ['(x+x+)+y', 'x'.repeat(100_000)],
    ['^(a+)+$', `${'a'.repeat(100_000)}b`],
    ['(a|aa)+$', `${'a'.repeat(100_000)}b`],
    ['(?:a?){50}a{50}', 'a'.repeat(49)],
    ['(.*)*(.*)*(.*)*x', 'y'.repeat(100_000)],
  ])('%s costs a few steps for each character', (pattern, text) => {
    const matcher = new TextPattern(pattern);
    openBudget(plenty);
    expect(matcher.test(text)).toBe(false);
    expect(plenty - budgetLeft()).toBeLessThan(text.length * 3 + 100_000);
  });

  test('stops when the budget is spent', () => {
    const matcher = new TextPattern('a');
    openBudget(10_000);
    expect(() => matcher.test('b'.repeat(1_000_000))).toThrow('too much work');
    openBudget(plenty);
    const hard = new TextPattern('(a|b)*a(a|b){120}c');
    const noise = Array.from(
      { length: 100_000 },
      (_, index) => 'ab'[(Math.imul(index, 2_654_435_761) >>> 13) & 1],
    ).join('');
    openBudget(1_000_000);
    expect(() => hard.test(noise)).toThrow('too much work');
  });

  test.each([
    'a'.repeat(1_001),
    '(a{100}){11}',
    // What a repetition repeats is what stands before flags, an empty text and other repetitions.
    `(${'a'.repeat(500)})(?i){100}`,
    `(${'a'.repeat(500)})\\Q\\E{100}`,
    `(${'a'.repeat(500)})+(?-i){100}`,
    // RE2 looks up the cases of a range, rune by rune.
    '(?i)[B-\u{1e942}]',
    '(?i)[^B-\\x{1e942}]',
    '(?i:a[\\x{100}-\\x{10ffff}])',
    `(?i)[${'Ā-\u{3fff}'.repeat(2)}]`,
    `(?-i:a)(?i:(b)[Ā-\u{ffff}])`,
  ])('that is too large is refused before it is compiled: %s', (pattern) => {
    // Enough to look at the pattern, and not to compile it.
    openBudget(20_500);
    expect(() => new TextPattern(pattern)).toThrow(/too large|characters, of at most/);
  });
});

describe('the estimate of a size', () => {
  test.each([
    ['a{1000}', 1_000],
    ['(?:(?:ab){10}){10}', 200],
    ['\\Q[\\E\\pL{100}\\Q]\\E', 100],
    ['[)]\\pL{100}', 100],
    ['[]a]\\pL{100}', 100],
    ['\\[\\pL{100}]', 100],
    ['(?:a|b){3,500}', 500],
    ['[\\pL\\pN]{100}', 100],
  ])('%s is at least %s', (pattern, size) => {
    expect(readPattern(pattern).size).toBeGreaterThanOrEqual(size);
  });

  test('is not larger for braces that repeat nothing', () => {
    expect(readPattern('{'.repeat(100)).size).toBeLessThan(110);
    expect(readPattern('\\x{41}{3}').size).toBeLessThan(10);
  });

  test.each([
    ['[a-z]', 0],
    ['(?i)[a-z]', 26],
    ['(?i)[\\x{4e00}-\\x{9fff}]', 20_992],
    ['(?i:[a-z])[a-z]', 26],
    ['((?i)[a-z])[a-z]', 26],
    ['(?i)(?-i)[a-z](?i:[^a-c])', 3],
    ['(?i)[\\x00-\\x{10ffff}]', 0],
    ['(?i)\\pL', 0],
  ])('%s folds %s runes', (pattern, foldedRunes) => {
    expect(readPattern(pattern).foldedRunes).toBe(foldedRunes);
  });
});

describe('searching for a text', () => {
  test('finds what the language finds', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 200 });
    const anyPart = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 60 });
    fc.assert(
      fc.property(anyText, anyPart, anyText, (before, part, after) => {
        openBudget(plenty);
        expect(containsText(before + part + after, part)).toBe(true);
        expect(containsText(before, part)).toBe(before.includes(part));
      }),
    );
  });

  test('is linear where the language is not', () => {
    const half = 'a'.repeat(5_000);
    const text = 'a'.repeat(1_000_000);
    expect(containsText(text, `${half}b${half}`)).toBe(false);
    expect(plenty - budgetLeft()).toBeLessThan(3 * text.length);
  });

  test.each([
    ['\uFF61', '\u{1F600}'],
    ['a\u{1F600}', 'a\u{1F601}'],
    ['\u{1F600}', '\u{10400}\u{1F600}', 1],
    ['a', 'ab'],
    ['\uD83D', '\uD83D\uDE00'],
    ['\uD83D\uFFFF', '\uD83D\uDE00'],
    ['', 'a'],
  ])('orders %j and %j by code points', (left, right, order = -1) => {
    expect(Math.sign(compareTexts(left, right))).toBe(order);
    expect(Math.sign(compareTexts(right, left))).toBe(-order);
    expect(compareTexts(left, left)).toBe(0);
  });

  test('counts code points', () => {
    expect(countCharacters('a😀\uD83D')).toBe(3n);
  });
});
