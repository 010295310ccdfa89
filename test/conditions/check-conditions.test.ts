import { describe, expect, test } from 'vitest';
import { checkConditions, maxConditionChars, maxConditionTokens } from '../../src/conditions/check-conditions.ts';
import { maxTokens } from '../../src/conditions/scan-expression.ts';
import type { FieldViolation } from '../../src/core/errors.ts';
import { checkRouter } from '../../src/routers/check-router.ts';
import { readRouter, routeJson, routerJson, rules } from '../routers/checked-routers.ts';

const limits = { maxExpressionChars: 4_096 };

describe('the conditions of a router', () => {
  test('are checked one by one', () => {
    expect(checkConditions(['vip', 'tier ==', 'stream'], limits)).toEqual({
      tooMuch: undefined,
      problems: [undefined, expect.objectContaining({ line: 1, column: 6 }), undefined],
    });
  });

  test('are refused when they have too many characters together', () => {
    const long = `tier == "${'x'.repeat(4_096 - 10)}"`;
    const fitting = Array.from({ length: maxConditionChars / long.length }, () => long);
    expect(checkConditions(fitting, limits).tooMuch).toBeUndefined();
    expect(checkConditions([...fitting, 'vip'], limits)).toEqual({
      tooMuch: `its conditions together have ${maxConditionChars + 3} characters, of at most ${maxConditionChars}`,
      problems: [],
    });
  });

  test('are each told that they are too long by themselves', () => {
    const { tooMuch, problems } = checkConditions(['vip', 'x'.repeat(100_000)], limits);
    expect(tooMuch).toBeUndefined();
    expect(problems.map((problem) => problem?.problem)).toEqual([
      undefined,
      'line 1, column 1: the expression has 100000 characters, of at most 4096',
    ]);
  });

  test('are refused when they have too many parts together', () => {
    const wide = `a${'||a'.repeat(maxTokens / 4)}`;
    const count = Math.floor(maxConditionTokens / (1 + (maxTokens / 4) * 2));
    const fitting = Array.from({ length: count }, () => wide);
    expect(checkConditions(fitting, limits).tooMuch).toBeUndefined();
    expect(checkConditions([...fitting, wide], limits).tooMuch).toMatch(
      /^its conditions together have \d+ names, values, operators and brackets, of at most 16000$/,
    );
  });

  test('are refused when their patterns are too large together', () => {
    const patterns = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => `tier.matches("(?i)[\\\\x{4e00}-\\\\x{9fff}]${index}")`);
    expect(checkConditions(patterns(5), limits).tooMuch).toBeUndefined();
    expect(checkConditions(patterns(60), limits).tooMuch).toBe('the patterns of its conditions are too large together');
  });

  test('are a violation of the routes of a router', () => {
    const expression = `tier == "${'x'.repeat(4_000)}"`;
    const routes = Array.from({ length: 20 }, (_, index) => ({
      ...routeJson(`r${index}`),
      condition: { cel_expression: expression },
    }));
    const check = (count: number): FieldViolation[] =>
      checkRouter(readRouter(routerJson({}, { routes: routes.slice(0, count) })), {
        ...rules,
        ...limits,
        maxRoutes: 20,
      });
    expect(check(16)).toEqual([]);
    expect(check(20)).toEqual([
      { field: 'routes', description: 'its conditions together have 80200 characters, of at most 65536' },
    ]);
  });
});
