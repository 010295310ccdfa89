import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkCondition } from '../../src/conditions/check-condition.ts';
import { evaluate } from './call-input.ts';

const text = readFileSync(new URL('../../docs/conditions.md', import.meta.url), 'utf8');
const examples = /```cel\n([^`]+)```/.exec(text)?.[1]?.trim().split('\n') ?? [];

test('the examples of the documentation run', () => {
  expect(examples).toHaveLength(4);
  const call = {
    metadata: { tier: 'premium', country: 'CA', score: 0.9 },
    messages: [
      { role: 'tool', content: 'found', toolCallId: 'c1' },
      { role: 'user', content: 'A Refund, please' },
    ],
  };
  for (const example of examples) {
    expect(checkCondition(example, { maxExpressionChars: 1_000 })).toBeUndefined();
    expect(evaluate(example, call)).toEqual({ isTrue: true, error: undefined });
  }
});
