import fc from 'fast-check';

const words = [
  ...[
    'a',
    'b',
    'c',
    'd',
    'e',
    'e.f',
    'missing',
    'metadata',
    'messages',
    'user',
    'model',
    'type',
    'int',
    'x',
    'true',
    'null',
  ],
  ...['0', '1', '2u', '0.5', '1e400', '9223372036854775808', '"t"', "b'x'", 'r"\\d"', '"\\u0000"', '"""', '[]', '{}'],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.',
    ',',
    ':',
    '?',
    '+',
    '-',
    '*',
    '/',
    '%',
    '!',
    '==',
    '!=',
    '<',
    '>=',
    '&&',
    '||',
  ],
  ...[' in ', '.size()', '.matches("(a+)+$")', '.exists(x, ', '.map(x, ', '.all(a, ', 'has(', 'size(', '\n', '//', '"'],
  ...['.last()', 'timestamp(', 'duration("1h")', '__proto__', 'constructor', '\uD800', '\u0000'],
];

/** Expressions of any words, most of which make no sense. */
const scribbled = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.string({ unit: 'binary', maxLength: 5 })), {
    maxLength: 24,
  })
  .map((parts) => parts.join(''));

const leaf = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'e',
  'e.f',
  'missing',
  'messages',
  'user',
  '1',
  '"t"',
  'true',
  'null',
  '[]',
);
const operators = ['==', '!=', '<', '>=', '+', '-', '*', '/', '%', '&&', '||', 'in'];
const macros = ['all', 'exists', 'exists_one', 'map', 'filter'];

/** Expressions that can be parsed, of whatever types. */
const { tree } = fc.letrec<{ tree: string }>((tie) => {
  const two = fc.tuple(tie('tree'), tie('tree'));
  return {
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.tuple(two, fc.constantFrom(...operators)).map(([[left, right], sign]) => `(${left} ${sign} ${right})`),
      fc.tuple(tie('tree'), two).map(([test, [yes, no]]) => `(${test} ? ${yes} : ${no})`),
      tie('tree').map((inner) => `!(${inner})`),
      two.map(([left, right]) => `(${left})[${right}]`),
      two.map(([left, right]) => `[${left}, ${right}]`),
      two.map(([left, right]) => `{${left}: ${right}}`),
      fc.tuple(two, fc.constantFrom(...macros)).map(([[range, body], macro]) => `(${range}).${macro}(a, ${body})`),
      fc
        .tuple(two, fc.constantFrom('startsWith', 'contains', 'matches', 'endsWith'))
        .map(([[text, part], method]) => `(${text}).${method}(${part})`),
      fc
        .tuple(tie('tree'), fc.constantFrom('size', 'int', 'string', 'double', 'type', 'bool', 'timestamp', 'duration'))
        .map(([inner, name]) => `${name}(${inner})`),
    ),
  };
});

/** Texts that may be conditions. */
export const expressions: fc.Arbitrary<string> = fc.oneof(scribbled, { weight: 2, arbitrary: tree });
