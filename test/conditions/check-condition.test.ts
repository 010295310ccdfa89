import { describe, expect, test } from 'vitest';
import { checkCondition } from '../../src/conditions/check-condition.ts';

const limits = { maxExpressionChars: 4_096 };

describe('passes', () => {
  test.each([
    'vip',
    'metadata.vip',
    'metadata["vip"]',
    'tier == "premium"',
    'country in ["US", "CA"]',
    'score > 0.8',
    'messages.last().content.matches("(?i).*refund.*")',
    'size(messages) > 10',
    'messages.exists(m, m.role == "system")',
    'has(metadata.tier)',
    'has(messages[0].name)',
    'messages.exists(m, !has(m.name) && has(m.tool_calls))',
    'has(messages.last().name) == true',
    'stream ? vip : tier == "a"',
    'metadata.tags.exists(t, t == "x")',
    'messages.map(m, m.content).exists(c, c.contains("x"))',
    'x.y.z[0] == 1',
    'plan == null',
    'messages.filter(m, m.role == "user").last().content == "a"',
    'type(score) == double',
    `tier in [${'"x", '.repeat(500)}"y"]`,
    Array.from({ length: 200 }, (_, index) => `k${index} == ${index}`).join(' || '),
    '1 == 1.0',
    '-9223372036854775808 < 9223372036854775807',
  ])('%s', (expression) => {
    expect(checkCondition(expression, limits)).toBeUndefined();
  });
});

describe('refuses', () => {
  test.each([
    ['', 1, 1, 'the expression is empty'],
    [' // nothing', 1, 2, 'the expression is empty'],
    ['1 + 2', 1, 1, 'the expression gives int, but a condition must give true or false'],
    ['"a"', 1, 1, 'the expression gives string, but a condition must give true or false'],
    ['size(messages)', 1, 1, 'the expression gives int, but a condition must give true or false'],
    ['metadata.x + 1', 1, 1, 'the expression gives int, but a condition must give true or false'],
    ['[true]', 1, 1, 'the expression gives list of bool, but a condition must give true or false'],
    ['messages', 1, 1, 'the expression gives list of Message, but a condition must give true or false'],
    ['stream ? 1 : 2', 1, 1, 'the expression gives int, but a condition must give true or false'],
    ['"a" > 1', 1, 5, '> does not take string and int'],
    ['"a" == 1', 1, 5, 'string and int are never equal'],
    ['vip &&\n  "a" == 1', 2, 7, 'string and int are never equal'],
    ['1 + 1.0 == 2.0', 1, 3, '+ does not take int and double; convert one of them, as with double(x)'],
    ['1 in ["a"]', 1, 3, 'int is never in a list of string'],
    ['"a" in "abc"', 1, 5, 'in does not take string and string'],
    ['!"a"', 1, 1, '! does not take string'],
    ['vip && 1', 1, 8, 'an operand of && must be true or false, not int'],
    ['size(messages) || vip', 1, 1, 'an operand of || must be true or false, not int'],
    ['1 ? vip : vip', 1, 1, 'what stands before ? must be true or false, not int'],
    ['foo(tier)', 1, 1, 'the function foo() is not known'],
    ['tier.foo()', 1, 5, 'the method foo() is not known'],
    ['tier.startsWith()', 1, 5, 'startsWith() takes 1 arguments, not 0'],
    ['startsWith(tier, "a")', 1, 1, 'startsWith is a method: write value.startsWith()'],
    ['tier.int() == 1', 1, 5, 'int is a function: write int(value)'],
    ['model.startsWith(1)', 1, 6, 'startsWith() of string does not take int'],
    ['has(tier)', 1, 1, 'has() takes one field, such as has(metadata.tier)'],
    ['messages.exists(m.x, true)', 1, 9, 'exists() is used as list.exists(x, …), where x is a plain name'],
    ['model.exists(m, true)', 1, 6, 'exists() goes over a list or a map, not string'],
    ['messages.exists(m, 1)', 1, 20, 'the test of exists() must be true or false, not int'],
    ['messages.content == "a"', 1, 9, 'list of Message has no field content; take one element of it, as with last()'],
    ['messages["a"] == "a"', 1, 9, 'a list has positions, such as [0], and no string'],
    ['model.x', 1, 6, 'string has no field x'],
    ['Foo{a: 1} == 1', 1, 1, 'a condition cannot build messages'],
    ['{[1]: true}[1]', 1, 1, 'list of int cannot be the key of a map'],
    ['99999999999999999999 == 1', 1, 1, 'the number is too large'],
    ['model.matches("a(?=b)")', 1, 17, 'RE2 refuses the pattern: invalid or unsupported Perl syntax: `(?=`'],
    ['model.matches("(a)\\\\1")', 1, 20, 'RE2 refuses the pattern: invalid escape sequence: `\\1`'],
    ['model.matches(r"(a)\\1")', 1, 20, 'RE2 refuses the pattern: invalid escape sequence: `\\1`'],
    ['model.matches("(\\\\pL{99}){19}")', 1, 15, 'RE2 refuses the pattern: the pattern is too large: repeat less'],
    ['tier == ', 1, 6, '== is no operator here, or has no value behind it'],
    ['tier = "a"', 1, 6, '= is no operator in CEL: write == to compare'],
    ['tier === "a"', 1, 6, '=== and !== are no operators in CEL: write == and !='],
    ['tier !== "a"', 1, 6, '=== and !== are no operators in CEL: write == and !='],
    ['vip and stream', 1, 5, 'and is no operator in CEL: write &&'],
    ['vip OR stream', 1, 5, 'or is no operator in CEL: write ||'],
    ['not vip', 1, 1, 'not is no operator in CEL: write !'],
    ['vip && not stream', 1, 8, 'not is no operator in CEL: write !'],
    ['1.0 % 2 == 0', 1, 5, '% does not take double and int; it is for whole numbers: convert with int(x)'],
    ['has(messages[0].name).startsWith("x")', 1, 22, 'startsWith() of bool does not take string'],
    ['has(metadata.x) < "z"', 1, 17, '< does not take bool and string'],
    ['tier "a"', 1, 6, '"a" is not expected here'],
    ['(tier == "a"', 1, 1, '( is not closed'],
    ['tier == "a")', 1, 12, ') closes a bracket that was not opened'],
    ['[tier == "a")', 1, 13, ') is found where ] is expected'],
    ['tier == "a', 1, 9, 'the text that begins with " is not closed'],
    ['for == 1', 1, 1, 'for is a reserved word; as a key of the metadata, write metadata["for"]'],
    ['"😀" == 1', 1, 5, 'string and int are never equal'],
  ])('%s', (expression, line, column, problem) => {
    expect(checkCondition(expression, limits)).toEqual({
      line,
      column,
      problem: `line ${line}, column ${column}: ${problem}`,
    });
  });

  test('an unknown field of a message, and names those that there are', () => {
    const problem = checkCondition('messages.last().contents == "a"', limits)?.problem;
    expect(problem).toMatch(
      /^line 1, column 16: Message has no field contents; it has role, content, content_parts, name/,
    );
  });

  test('has() of a field that messages do not have', () => {
    expect(checkCondition('has(messages[0].names)', limits)?.problem).toMatch(
      /Message has no field names; it has role/,
    );
  });

  test('what is too long, before it is read', () => {
    const problem = checkCondition('"'.repeat(1_000_000), limits)?.problem;
    expect(problem).toBe('line 1, column 1: the expression has 1000000 characters, of at most 4096');
  });

  test.each([
    ['brackets', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`, /brackets are nested more than 50 deep/],
    ['lists', '['.repeat(10_000), /brackets are nested more than 50 deep/],
    ['signs', `${'!'.repeat(10_000)}a`, /more than 50 signs in a row/],
    ['spaced signs', `${'- '.repeat(10_000)}a`, /more than 50 signs in a row/],
    ['fields', `a${'.b'.repeat(1_000)}`, /nested more than 100 deep/],
    ['sums', `1${' + 1'.repeat(1_000)} == 1`, /nested more than 100 deep/],
    ['choices', `${'a ? b : '.repeat(500)}c`, /nested more than 100 deep/],
    ['many parts', `a${' || a'.repeat(10_000)}`, /more than 3000 parts/],
    ['macros', 'm.all(a, m.all(b, m.all(c, m.all(d, a == d))))', /macros are nested more than 3 deep/],
    ['a megabyte of text', 'ab '.repeat(350_000), /more than 3000 parts/],
    ['a megabyte of brackets', '([{'.repeat(350_000), /brackets are nested more than 50 deep/],
  ])('hostile %s', (_, expression, problem) => {
    expect(checkCondition(expression, { maxExpressionChars: 2_000_000 })?.problem).toMatch(problem);
  });
});
