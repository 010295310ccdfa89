import { describe, expect, test } from 'vitest';
import { createConditionScope } from '../../src/conditions/condition-scope.ts';
import { createJsonMap } from '../../src/conditions/counted-values.ts';
import { createCondition } from '../../src/conditions/create-condition.ts';
import { maxCallSteps, maxEvaluationSteps, openBudget } from '../../src/conditions/evaluation-budget.ts';
import { budgetSentence } from '../../src/conditions/evaluation-error.ts';
import { createInput, evaluate } from './call-input.ts';

const messages = Array.from({ length: 10_000 }, (_, index) => ({ role: 'user', content: `message ${index}` }));
const ones = `[${Array.from({ length: 250 }, () => '1').join(', ')}]`;
const noise = Array.from({ length: 200_000 }, (_, index) => 'ab'[(Math.imul(index, 2_654_435_761) >>> 13) & 1]).join(
  '',
);

describe('too much work is false with an error', () => {
  test.each([
    ['loops in loops over messages', 'messages.exists(m, messages.exists(n, n.role == "x"))'],
    ['lists built in loops', 'messages.all(m, messages.map(n, n.content).size() > 0)'],
    ['comparing lists in loops', 'messages.all(m, messages == messages)'],
    ['products of written lists', `${ones}.all(a, ${ones}.all(b, ${ones}.all(c, true)))`],
    ['an error that || would swallow', `${ones}.all(a, ${ones}.all(b, ${ones}.all(c, true))) || true`],
    ['a pattern from the call', 'noise.matches(pattern)'],
    ['patterns from the call', 'patterns.all(p, noise.matches(p) || true)'],
    ['texts that are built', 'size(long + long + long + long) > 1'],
    ['texts that are compared', 'messages.all(m, left[0] < right[0])'],
    ['texts that are searched', 'messages.all(m, !long.contains("b"))'],
    ['errors in loops', 'large.all(a, large.all(b, nope == 1 || true))'],
    ['time zones', 'messages.all(m, timestamp("2026-01-01T00:00:00Z").getHours("Europe/Berlin") < 30)'],
    ['keys of a large object', 'metadata.all(a, large.all(b, large.all(c, true)))'],
  ])('%s', (_, expression) => {
    const long = 'a'.repeat(20_000_000);
    const metadata = {
      noise,
      pattern: '(a|b)*a(a|b){100}c',
      patterns: Array.from({ length: 2_000 }, (__, index) => `(?i)\\pL{20}${index}`),
      long,
      left: [`${long}b`],
      right: [`${long}c`],
      large: Object.fromEntries(messages.map(({ content }) => [content, 1])),
    };
    expect(evaluate(expression, { messages, metadata })).toEqual({ isTrue: false, error: budgetSentence });
  });
});

describe('a large call is no reason to fail', () => {
  test.each([
    'messages.exists(m, m.content == "message 9999")',
    'messages.filter(m, m.role == "user").map(m, m.content).last() == "message 9999"',
    'messages.all(m, m.content.matches("^message [0-9]+$"))',
    'messages.map(m, size(m.content)).exists(n, n == 12)',
    // Comparing ends where the shorter text ends.
    'messages.all(m, !(content < "!") && content.startsWith("x"))',
  ])('%s', (expression) => {
    expect(evaluate(expression, { messages, metadata: { content: 'x'.repeat(1_000_000) } })).toEqual({
      isTrue: true,
      error: undefined,
    });
  });

  test.each([
    ['ASCII', 'lorem ipsum '.repeat(330_000)],
    ['ideographs', String.fromCodePoint(...Array.from({ length: 20_000 }, (_, index) => 0x4e00 + index)).repeat(200)],
  ])('a text of four million characters is matched: %s', (_, content) => {
    expect(
      evaluate('messages.last().content.matches("(?i)refund$")', { messages: [{ role: 'user', content }] }),
    ).toEqual({
      isTrue: false,
      error: undefined,
    });
  });
});

test('the keys of an object are paid for before they are gone over', () => {
  const map = createJsonMap(Object.fromEntries(messages.map(({ content }) => [content, 1])));
  openBudget(messages.length * 10);
  expect(() => map.keys().next()).toThrow('too much work');
});

test('the conditions of a call share a budget', () => {
  const scope = createConditionScope(createInput({ messages, metadata: { tier: 'a' } }));
  const greedy = createCondition('messages.exists(m, messages.exists(n, n.role == "x"))');
  const modest = createCondition('messages.all(m, m.role == "user")');
  for (let spent = 0; spent < maxCallSteps; spent += maxEvaluationSteps) {
    expect(greedy.evaluate(scope).error).toBe(budgetSentence);
  }
  expect(modest.evaluate(scope).error).toBe(budgetSentence);
  const other = createConditionScope(createInput({ messages }));
  expect(modest.evaluate(other)).toEqual({ isTrue: true, error: undefined });
});

test.each([
  ['int(digits) > 1', 'At line 1, column 1: int() takes a text of at most 128 characters.'],
  ['deep == same', 'At line 1, column 6: the values are nested too deep.'],
  ['digits.matches(digits)', /the pattern has 1000000 characters, of at most 1000/],
  ['bool(word)', /^.{1,400}$/],
])('%s is false with a short error', (expression, error) => {
  const nest = (): string => `${'['.repeat(40_000)}1${']'.repeat(40_000)}`;
  const metadata = {
    digits: '9'.repeat(1_000_000),
    deep: JSON.parse(nest()),
    same: JSON.parse(nest()),
    word: 'x'.repeat(120),
  };
  const verdict = evaluate(expression, { metadata });
  expect(verdict.isTrue).toBe(false);
  expect(verdict.error).toMatch(error);
});
