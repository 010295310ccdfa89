import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';

const value = 'sk-live-hunter2';
const secret = new Secret(value, 'SOME_KEY');

describe('Secret', () => {
  test('gives its value to whoever asks for it', () => {
    expect(secret.reveal()).toBe(value);
    expect(secret.variable).toBe('SOME_KEY');
    expect(new Secret(value).variable).toBeUndefined();
  });

  test.each([
    ['text', `${secret}`],
    ['concatenation', String(secret)],
    ['JSON', JSON.stringify({ key: secret, keys: [secret] })],
    ['inspect', inspect({ key: secret }, { showHidden: true, depth: null })],
    ['format', format('%s %o %O %j', secret, secret, secret, secret)],
    ['an error message', new Error(`no ${secret}`).message],
    ['its own properties', inspect(Object.entries(secret))],
    ['a copy', JSON.stringify({ ...secret })],
    ['a structured clone', inspect(structuredClone({ ...secret }))],
  ])('does not show it as %s', (_, shown) => {
    expect(shown).not.toContain(value);
    expect(shown).not.toBe('');
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(secret)).toBe(true);
  });
});
