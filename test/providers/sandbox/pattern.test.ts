import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPattern } from '../../../src/providers/sandbox/pattern/match-pattern.ts';
import { maxPatternLength, parsePattern } from '../../../src/providers/sandbox/pattern/parse-pattern.ts';
import { samplePattern } from '../../../src/providers/sandbox/pattern/sample-pattern.ts';
import { createWorkBudget, WorkExhausted } from '../../../src/providers/sandbox/work-budget.ts';

const ample = 10_000_000;

function matches(source: string, text: string): boolean {
  const pattern = parsePattern(source);
  if (pattern === undefined) {
    throw new Error(`not read: ${source}`);
  }
  return matchPattern(pattern, text, createWorkBudget(ample));
}

/** Patterns that the built-in engine can be trusted with on short texts. */
const harmlessPattern = fc.letrec<{ node: string; atom: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('atom'),
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(?:${left}|${right})`),
    fc
      .tuple(tie('atom'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '+?'))
      .map(([item, often]) => item + often),
    fc.tuple(tie('node'), fc.constantFrom('?', '{2}')).map(([item, often]) => `(${item})${often}`),
    fc.tuple(fc.constantFrom('?=', '?!'), tie('node')).map(([kind, item]) => `(${kind}${item})`),
  ),
  atom: fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\W', '\\s', '^', '$', '\\b', '\\B', '\\.').map(
    // An edge or a lookahead cannot be repeated under the u flag: a group makes it a term like any other.
    (atom) => (['^', '$', '\\b', '\\B'].includes(atom) ? `(?:${atom})` : atom),
  ),
})).node;
/** Without characters of two units: the built-in engine finds empty matches inside of them. */
const shortText = fc.string({ unit: fc.constantFrom('a', 'b', '1', '.', ' ', '\n', 'é'), maxLength: 6 });

describe('matchPattern', () => {
  it('agrees with the built-in engine', () => {
    fc.assert(
      fc.property(harmlessPattern, shortText, (source, text) => {
        expect(matches(source, text)).toBe(new RegExp(source, 'u').test(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['^\\p{Lu}\\p{L}+$', 'Éa', true],
    ['^[^\\s@]+@[^\\s@]+$', 'a@b', true],
    ['^\\u{1f600}$', '😀', true],
    ['^\\ud83d\\ude00$', '😀', true],
    ['^\\x41\\u0042\\t$', 'AB\t', true],
    ['^(?<year>\\d{4})-\\d{2}$', '2025-01', true],
    ['^[\\]\\-a]+$', ']-a', true],
    // Escapes and braces that only patterns without the u flag may have.
    ['^\\@\\-$', '@-', true],
    ['^{"a"}$', '{"a"}', true],
    ['^a$', 'a\n', false],
  ])('matches %s against %j: %s', (source, text, expected) => {
    expect(matches(source, text)).toBe(expected);
  });

  it.each(['^(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '^(a|a)*b$', '^(a*)*$b', '((a?){1000}){1000}b'])(
    'spends a bounded time on %s',
    (source) => {
      expect(matches(source, `${'a'.repeat(60)}!`)).toBe(false);
    },
  );

  it('gives up when the budget is used up', () => {
    const pattern = parsePattern('^(a+)+$');
    expect(pattern).toBeDefined();
    expect(() => pattern && matchPattern(pattern, 'a'.repeat(1_000), createWorkBudget(1_000))).toThrow(WorkExhausted);
  });
});

describe('parsePattern', () => {
  it.each(['(', ')', '[a', 'a**', '*', 'a{2,1}', '(a)\\1', '(?<n>a)\\k<n>', '(?<=a)b', '(?<!a)b', '(?i:a)', '[b-a]'])(
    'does not read %s',
    (source) => {
      expect(parsePattern(source)).toBeUndefined();
    },
  );

  it('does not read past its bound, however deep the groups', () => {
    const deep = (depth: number): string => '('.repeat(depth) + ')'.repeat(depth);
    expect(parsePattern(deep(maxPatternLength / 2))).toBeDefined();
    expect(parsePattern(deep(maxPatternLength / 2 + 1))).toBeUndefined();
  });

  it('takes any text without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}|?*+^$\\.,-=!<>:1kup') }), (source) => {
        const pattern = parsePattern(source);
        expect(pattern === undefined || typeof matchPattern(pattern, 'ab', createWorkBudget(ample)) === 'boolean').toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('samplePattern', () => {
  const options = { minLength: 0, maxLength: 100, variant: 0, rotate: false };
  const sample = (source: string, changed: Partial<typeof options> = {}, units = ample): string | undefined => {
    const pattern = parsePattern(source);
    return pattern && samplePattern(pattern, { ...options, ...changed }, createWorkBudget(units));
  };

  it.each([
    '^[A-Z]{3}-\\d{4}$',
    '^(foo|bar)+\\.(js|ts)$',
    'abc',
    '^\\p{Lu}\\p{L}+$',
    '^[\\u0600-\\u06ff]{2}$',
    '^$',
    '^\\s+$',
  ])('follows %s in every variant', (source) => {
    const texts = [0, 1, 2, 3].flatMap((variant) => [true, false].map((rotate) => sample(source, { variant, rotate })));
    for (const text of texts) {
      expect(text).toMatch(new RegExp(source, 'u'));
    }
  });

  it('draws repeats out to the length that is asked for', () => {
    expect(sample('^a+$', { minLength: 12 })).toBe('a'.repeat(12));
    expect(sample('^(ab)*c$', { minLength: 4 })).toBe('ababc');
  });

  it('gives up on a text that gets too long, and on a class that holds nothing', () => {
    expect(sample('a{101}')).toBeUndefined();
    expect(sample('[]')).toBeUndefined();
    expect(sample('(a{1000}){1000}')).toBeUndefined();
  });

  it('passes over repeats of nothing', () => {
    expect(sample('(){999999999}a')).toBe('a');
  });

  it('stops when the budget is used up', () => {
    expect(() => sample('((()){100}){100}a{100}', {}, 50)).toThrow(WorkExhausted);
  });
});
