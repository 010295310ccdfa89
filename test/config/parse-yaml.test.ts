import { describe, expect, test } from 'vitest';
import { type ParsedYaml, parseYaml } from '../../src/config/parse-yaml.ts';

type Parsed = Extract<ParsedYaml, { ok: true }>;

function parse(text: string): Parsed {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.text).join());
  return parsed;
}

function problemsIn(text: string) {
  const parsed = parseYaml(text);
  return parsed.ok ? [] : parsed.problems.map(({ line, text: problem }) => `${line}: ${problem}`);
}

describe('values', () => {
  test.each([
    ['a: 1\nb: [x, true, 1.5]', { a: 1, b: ['x', true, 1.5] }],
    ['a:\nb: ~\nc: null\nd: ""', { d: '' }],
    ['a: yes\nb: 0o17\nc: 2026-01-01', { a: 'yes', b: 15, c: '2026-01-01' }],
    ['1: a\ntrue: b', { 1: 'a', true: 'b' }],
    ['a: &x { k: 1 }\nb: *x', { a: { k: 1 }, b: { k: 1 } }],
    ['{"json": {"is": ["yaml"]}}', { json: { is: ['yaml'] } }],
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['', undefined],
    ['text', 'text'],
    ['false', false],
  ])('%j', (text, value) => {
    expect(parse(text).value).toEqual(value);
  });
});

describe('lines', () => {
  const { lineOf } = parse('a: 1\nb:\n  - x: 1\n    y: 2\n  -\n    z: 3\nc: &anchor\n  k: v\nd: *anchor\n');

  test.each([
    [['a'], 1],
    [['b'], 2],
    [['b', 0], 3],
    [['b', 0, 'y'], 4],
    [['b', 1, 'z'], 6],
    [['b', 1, 'missing'], 6],
    [['b', 7], 2],
    [['missing', 'deeper'], undefined],
    [['a', 'deeper'], 1],
    [['d', 'k'], 8],
    [[], undefined],
  ])('of %j is %j', (path, line) => {
    expect(lineOf(path)).toBe(line);
  });
});

describe('what is not good YAML', () => {
  test.each([
    ['a: 1\nb: 2\na: 3', '3: The key "a" stands twice in the same place. Remove one of them.'],
    ['a: {b: 1,\n "b": 2}', '2: The key "b" stands twice in the same place. Remove one of them.'],
    ['a: 1\n---\nb: 2', '2: The file holds more than one YAML document. Remove the line with --- and what follows it.'],
    ['a: *b', '1: The alias has no anchor before it.'],
    ['a: *b\nb: &b 1', '1: The alias has no anchor before it.'],
    ['__proto__: 1', '1: The key "__proto__" is not allowed.'],
    ['a:\n\t- b', '2: The indentation holds a tab. Indent with spaces.'],
    ['a: !env X', '1: A tag (!name) is not known here. Remove it, or put the value in quotation marks.'],
    ['a: !!binary aGk=', '1: A tag (!name) is not known here. Remove it, or put the value in quotation marks.'],
    ['? [a]\n: b', '1: A key is not valid YAML. Write it as one line of plain text, followed by a colon and a space.'],
    ['a: @b', '1: A value is not valid YAML. Put it in quotation marks if it holds special characters.'],
    ['a: "\\q"', '1: A value in double quotation marks holds an unknown escape sequence. Write \\\\ for a backslash.'],
    ['a: &x [*x]', 'undefined: The file nests values too deeply.'],
  ])('%j', (text, problem) => {
    expect(problemsIn(text)).toEqual([problem]);
  });

  test.each(['a: [1', 'a: "b', 'a: b: c', '- a\nb: c', 'a: 1\n b: 2', '%FOO\n---', 'a: }', '"a" "b"', '|x\n y'])(
    '%j is one problem with a line, a sentence, and nothing of the text',
    (text) => {
      expect(problemsIn(text)).toEqual([expect.stringMatching(/^\d: [A-Z][^\n]*\.$/)]);
    },
  );
});

describe('bounds', () => {
  test.each([
    ['[', '['.repeat(100_000)],
    ['- ', '- '.repeat(100_000)],
    ['{a: ', '{a: '.repeat(50_000)],
  ])('a file that nests %j without end', (_, text) => {
    expect(problemsIn(text)).toEqual([expect.stringContaining('nests values too deeply')]);
  });

  test('aliases that double at each step', () => {
    const lines = ['a0: &a0 [x, x]'];
    for (let step = 1; step <= 40; step += 1) lines.push(`a${step}: &a${step} [*a${step - 1}, *a${step - 1}]`);
    expect(problemsIn(lines.join('\n'))).toEqual([expect.stringContaining('repeats values by aliases')]);
  });

  test('many keys that stand twice', () => {
    expect(problemsIn('a: 1\n'.repeat(1000))).toHaveLength(50);
  });

  test('many aliases', () => {
    const text = (count: number) => `a: &a 1\nb: [${Array.from({ length: count }, () => '*a').join(', ')}]`;
    expect(problemsIn(text(100))).toEqual([]);
    expect(problemsIn(text(101))).toEqual([expect.stringContaining('repeats values by aliases')]);
  });

  test('a mapping of many keys takes time in proportion, and still shows the one that stands twice', () => {
    const count = 50_000;
    const text = Array.from({ length: count }, (_, index) => `k${index}: 1`).join('\n');
    expect(problemsIn(`${text}\nk0: 2`)).toEqual([
      `${count + 1}: The key "k0" stands twice in the same place. Remove one of them.`,
    ]);
  });
});
