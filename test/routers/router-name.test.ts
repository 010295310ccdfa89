import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveRouterName, parseRouterName } from '../../src/routers/router-name.ts';

describe('parseRouterName', () => {
  test.each([
    ['my-router', 'my-router'],
    ['routers/my-router', 'my-router'],
    ['0', '0'],
    ['a-', 'a-'],
    ['a--b', 'a--b'],
    ['routers', 'routers'],
    ['a'.repeat(63), 'a'.repeat(63)],
  ])('%s is %s', (text, name) => {
    expect(parseRouterName(text)).toBe(name);
  });

  test.each([
    '',
    'routers/',
    'routers/routers/a',
    'a/b',
    '/a',
    '../a',
    '-a',
    'A',
    'a_b',
    'a b',
    'a\n',
    'ä',
    'a.b',
    'a'.repeat(64),
    'Routers/a',
  ])('%j is none', (text) => {
    expect(parseRouterName(text)).toBeUndefined();
  });
});

describe('deriveRouterName', () => {
  test.each([
    ['My Router', 'my-router'],
    ['  My -- Router!  ', 'my-router'],
    ['Müller & Søn, Łódź', 'muller-son-lodz'],
    ['Straße 7', 'strasse-7'],
    ['İstanbul', 'istanbul'],
    ['ＡＢＣ１２', 'abc12'],
    ['Ünïcödé—Dash', 'unicode-dash'],
    ['a'.repeat(100), 'a'.repeat(63)],
    [`-${'a'.repeat(62)} b`, 'a'.repeat(62)],
    [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
  ])('%j makes %s', (displayName, name) => {
    expect(deriveRouterName(displayName)).toBe(name);
  });

  test.each(['', ' ', '---', '日本語', '🙂'])('%j makes none', (displayName) => {
    expect(deriveRouterName(displayName)).toBeUndefined();
  });

  test('whatever it makes is a name, and makes itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (displayName) => {
        const name = deriveRouterName(displayName);
        if (name === undefined) return;
        expect(parseRouterName(name)).toBe(name);
        expect(deriveRouterName(name)).toBe(name);
      }),
    );
  });
});
