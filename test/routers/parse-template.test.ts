import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureTemplate, parseTemplate, renderTemplate } from '../../src/routers/parse-template.ts';

function render(template: string, variables: Record<string, string> = {}) {
  const parsed = parseTemplate(template);
  if ('problem' in parsed) return parsed;
  const missing = new Set<string>();
  const text = renderTemplate(parsed.ok, variables, missing);
  expect(measureTemplate(parsed.ok, variables)).toBe(text.length);
  return { text, missing: [...missing] };
}

describe('parseTemplate', () => {
  test.each([
    ['', []],
    ['plain', [{ kind: 'text', text: 'plain' }]],
    ['{{a}}', [{ kind: 'variable', name: 'a' }]],
    [
      'Hello {{ name }}!',
      [
        { kind: 'text', text: 'Hello ' },
        { kind: 'variable', name: 'name' },
        { kind: 'text', text: '!' },
      ],
    ],
    [
      '{{a}}{{\tb_1.c-d  }}',
      [
        { kind: 'variable', name: 'a' },
        { kind: 'variable', name: 'b_1.c-d' },
      ],
    ],
  ])('%j', (template, ok) => {
    expect(parseTemplate(template)).toEqual({ ok });
  });

  test.each(['{"a": {"b": 1}}', '}}', 'a }} b', '{', '}', '{ {a} }', '{a}', '%s <%= y %>', '{"a":{"b":{"c":{}}}}'])(
    '%j is plain text',
    (template) => {
      expect(parseTemplate(template)).toEqual({ ok: [{ kind: 'text', text: template }] });
    },
  );

  test.each([
    ['{{', 1],
    ['Hello {{name', 7],
    ['Hello {{name}', 7],
    ['{{a}} {{b', 7],
    ['{{a {{b}', 1],
  ])('%j is not closed', (template, position) => {
    expect(parseTemplate(template)).toEqual({ problem: 'the {{ is not closed by }}', position });
  });

  test.each([
    ['{{}}', 1],
    ['{{ }}', 1],
    ['{{1a}}', 1],
    ['{{a b}}', 1],
    ['{{.a}}', 1],
    ['{{#if a}}', 1],
    ['{{{a}}}', 1],
    ['{{a\n}}', 1],
    ['{{é}}', 1],
    ['x {{a}} {{"a": 1}}', 9],
    [`{{${'a'.repeat(65)}}}`, 1],
  ])('%j is no variable', (template, position) => {
    expect(parseTemplate(template)).toEqual({
      problem: expect.stringContaining('not followed by the name of a variable'),
      position,
    });
  });

  test('a name may have 64 characters', () => {
    const name = 'a'.repeat(64);
    expect(parseTemplate(`{{${name}}}`)).toEqual({ ok: [{ kind: 'variable', name }] });
  });

  test('takes time in proportion to the text', () => {
    const hostile = [
      '{ '.repeat(500_000),
      '{{a}}'.repeat(200_000),
      `{{${' '.repeat(1_000_000)}`,
      '}'.repeat(1_000_000),
    ];
    for (const template of hostile) parseTemplate(template);
    expect(parseTemplate(hostile[1] ?? '')).toMatchObject({ ok: { length: 200_000 } });
  });
});

describe('renderTemplate', () => {
  test('inserts values as they are, and never reads them again', () => {
    const variables = { a: '{{b}} $& $1', b: 'no' };
    expect(render('[{{a}}|{{ b }}]', variables)).toEqual({ text: '[{{b}} $& $1|no]', missing: [] });
  });

  test('names what is missing, once each', () => {
    expect(render('{{a}}{{b}}{{a}}c', { b: 'B' })).toEqual({ text: 'Bc', missing: ['a'] });
  });

  test('an empty value is given', () => {
    expect(render('[{{a}}]', { a: '' })).toEqual({ text: '[]', missing: [] });
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is missing unless given', (name) => {
    expect(render(`{{${name}}}`)).toEqual({ text: '', missing: [name] });
    const given: Record<string, string> = JSON.parse(`{"${name}":"yes"}`);
    expect(render(`{{${name}}}`, given)).toEqual({ text: 'yes', missing: [] });
  });

  test('gives back any text and any values', () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,10}$/);
    const piece = fc.oneof(
      fc.string().map((text) => text.replaceAll('{', '(')),
      fc.record({ name, value: fc.string(), pad: fc.constantFrom('', ' ', '\t') }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const values = new Map(pieces.flatMap((each) => (typeof each === 'string' ? [] : [[each.name, each.value]])));
        const template = pieces.map((each) =>
          typeof each === 'string' ? each : `{{${each.pad}${each.name}${each.pad}}}`,
        );
        const expected = pieces.map((each) => (typeof each === 'string' ? each : values.get(each.name)));
        expect(render(template.join(''), Object.fromEntries(values))).toEqual({
          text: expected.join(''),
          missing: [],
        });
      }),
    );
  });

  test('a text that does not parse says where its {{ stands', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('{', '}', '{{', '}}', 'a', ' ', '1', '\n')), (parts) => {
        const template = parts.join('');
        const parsed = parseTemplate(template);
        if ('problem' in parsed) {
          expect(template.slice(parsed.position - 1)).toMatch(/^\{\{(?![ \t]*[A-Za-z_][\w.-]{0,63}[ \t]*\}\})/);
        } else {
          expect(render(template, { a: 'a', aa: 'aa' })).toHaveProperty('text');
        }
      }),
    );
  });
});
