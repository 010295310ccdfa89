import { describe, expect, test } from 'vitest';
import { createConditionScope } from '../../src/conditions/condition-scope.ts';
import { createInput } from './call-input.ts';

describe('describe', () => {
  test('gives the values that the call has', () => {
    const scope = createConditionScope(createInput({ metadata: { tier: 'a', plan: { seats: 5 }, none: null } }));
    expect(scope.describe(['tier', 'metadata.plan', 'none', 'missing', 'model', 'user', 'stream'])).toEqual({
      tier: 'a',
      'metadata.plan': { seats: 5 },
      none: null,
      model: 'router/shop',
      user: 'u1',
      stream: false,
    });
    expect(
      createConditionScope(createInput({ user: undefined })).describe(['user', 'constructor', '__proto__']),
    ).toEqual({});
  });

  test('shows the first messages and the last', () => {
    const messages = Array.from({ length: 10_000 }, (_, index) => ({ role: 'user', content: `${index}` }));
    expect(createConditionScope(createInput({ messages })).describe(['messages'])).toEqual({
      messages: [
        { role: 'user', content: '0' },
        { role: 'user', content: '1' },
        '… (10000 elements)',
        { role: 'user', content: '9999' },
      ],
    });
  });

  test('is small whatever the call', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 'v'.repeat(1_000)]));
    const long = Array.from({ length: 1_000 }, () => wide);
    const metadata = {
      text: '😀'.repeat(10_000),
      wide,
      long,
      deep: JSON.parse(`${'['.repeat(900)}${']'.repeat(900)}`),
    };
    const shown = createConditionScope(createInput({ metadata })).describe([
      'text',
      'wide',
      'long',
      'deep',
      'metadata',
    ]);
    expect(JSON.stringify(shown).length).toBeLessThan(40_000);
    expect(shown['text']).toBe(`${'😀'.repeat(100)}… (20000 characters)`);
    expect(shown['deep']).toEqual([[['(1 elements)']]]);
  });
});
