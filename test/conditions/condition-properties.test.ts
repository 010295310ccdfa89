import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCondition } from '../../src/conditions/check-condition.ts';
import { createConditionScope } from '../../src/conditions/condition-scope.ts';
import { createCondition } from '../../src/conditions/create-condition.ts';
import { createInput } from './call-input.ts';

const limits = { maxExpressionChars: 4_096 };
const metadata = { a: 1, b: 'text', c: true, d: [1, 'x', null], e: { f: 2 } };
const messages = [{ role: 'user', content: 'hello' }];

/** Whether both ways through an expression end well, and agree on whether it is one. */
function run(expression: string): void {
  const problem = checkCondition(expression, limits);
  const condition = createCondition(expression);
  const verdict = condition.evaluate(createConditionScope(createInput({ metadata, messages })));
  expect(typeof verdict.isTrue).toBe('boolean');
  if (verdict.error !== undefined) {
    expect(verdict.isTrue).toBe(false);
    expect(verdict.error).toMatch(/^.{1,600}\.$/s);
  }
  if (problem !== undefined) {
    expect(problem.problem.startsWith(`line ${problem.line}, column ${problem.column}: `)).toBe(true);
    expect(problem.column).toBeLessThanOrEqual(expression.length + 1);
  } else {
    expect(verdict.error ?? '').not.toMatch(/not valid|not known|unbound/);
  }
}

const pieces = [
  ...['a', 'b', 'c', 'd', 'e', 'metadata', 'messages', 'user', 'type', 'int', 'x', '1', '2u', '0.5', '"t"', "b'x'"],
  ...['true', 'null', '(', ')', '[', ']', '{', '}', '.', ',', ':', '?', '+', '-', '*', '/', '%', '!', '==', '!=', '<'],
  ...[
    '>=',
    '&&',
    '||',
    ' in ',
    '.size()',
    '.matches("a+")',
    '.exists(x, ',
    '.map(x, ',
    'has(',
    'size(',
    '\n',
    '//',
    '"',
  ],
];

test('no text makes the check or the evaluation throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), run), { numRuns: 300 });
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => run(parts.join(''))),
    { numRuns: 1_500 },
  );
});

const leaf = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'e',
  'e.f',
  'missing',
  'user',
  'model',
  'messages',
  '1',
  '"t"',
  'true',
  'null',
  '[]',
);
const { tree } = fc.letrec<{ tree: string }>((tie) => {
  const two = fc.tuple(tie('tree'), tie('tree'));
  const operator = fc.constantFrom('==', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/', '%', '&&', '||', 'in');
  return {
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(two, operator).map(([[left, right], sign]) => `(${left} ${sign} ${right})`),
      fc.tuple(tie('tree'), two).map(([test, [yes, no]]) => `(${test} ? ${yes} : ${no})`),
      tie('tree').map((inner) => `!(${inner})`),
      two.map(([left, right]) => `(${left})[${right}]`),
      two.map(([left, right]) => `[${left}, ${right}]`),
      two.map(([left, right]) => `{${left}: ${right}}`),
      fc
        .tuple(two, fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'))
        .map(([[range, body], macro]) => `(${range}).${macro}(a, ${body})`),
      fc
        .tuple(two, fc.constantFrom('startsWith', 'contains', 'matches', 'endsWith'))
        .map(([[text, part], method]) => `(${text}).${method}(${part})`),
      fc
        .tuple(tie('tree'), fc.constantFrom('size', 'int', 'string', 'double', 'type', 'bool', 'timestamp'))
        .map(([inner, name]) => `${name}(${inner})`),
      tie('tree').map((inner) => `(${inner}).last()`),
    ),
  };
});

test('no expression makes the check or the evaluation throw', () => {
  fc.assert(fc.property(tree, run), { numRuns: 2_000 });
});

test('what the check refuses for its types never comes to true', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      const problem = checkCondition(expression, limits)?.problem ?? '';
      fc.pre(/a condition must give true or false/.test(problem));
      const scope = createConditionScope(createInput({ metadata, messages }));
      expect(createCondition(expression).evaluate(scope).isTrue).toBe(false);
    }),
    { numRuns: 300, maxSkipsPerRun: 1_000 },
  );
});
