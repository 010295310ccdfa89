import { RE2JS } from '@bufbuild/re2';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { budgetLeft, openBudget } from '../../src/conditions/evaluation-budget.ts';
import { estimatePatternSize } from '../../src/conditions/pattern-size.ts';
import { TextPattern } from '../../src/conditions/text-pattern.ts';
import { containsText, countCharacters } from '../../src/conditions/text-search.ts';

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

  const atom = fc.constantFrom('a', 'b', '.', '^', '$', '\\b', '\\B', '[ab]', '[^a]', '\\w', '\\n', 'é', '\\d', '(?:)');
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
  const anyText = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '\n', ' ', '1', 'é', '😀', '_'), maxLength: 12 });

  test('finds what the library finds', () => {
    fc.assert(
      fc.property(anyPattern, anyText, (pattern, text) => {
        openBudget(plenty);
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
        expect(RE2JS.compile(pattern).re2().prog.numInst()).toBeLessThanOrEqual(3 * estimatePatternSize(pattern) + 3);
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
    '(\\pL{99}){9}',
    '\\pL'.repeat(40),
    '(?i)[a-z]{500}',
    '\\Q(\\E\\pL{99}',
  ])('that is too large is refused before it is compiled: %s', (pattern) => {
    // Enough to look at the pattern, and not to compile it.
    openBudget(1_000);
    expect(() => new TextPattern(pattern)).toThrow(/too large|characters, of at most/);
  });
});

describe('the estimate of a size', () => {
  test.each([
    ['a{1000}', 1_000],
    ['(?:(?:ab){10}){10}', 200],
    ['\\Q[\\E\\pL{100}\\Q]\\E', 4_000],
    ['[)]\\pL{100}', 4_000],
    ['[]a]\\pL{100}', 4_000],
    ['\\[\\pL{100}]', 4_000],
    ['(?:a|b){3,500}', 500],
    ['[\\pL\\pN]{100}', 8_000],
  ])('%s is at least %s', (pattern, size) => {
    expect(estimatePatternSize(pattern)).toBeGreaterThanOrEqual(size);
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

  test('counts code points', () => {
    expect(countCharacters('a😀\uD83D')).toBe(3n);
  });
});
