import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText } from '../../../src/wire/rpc/cut-text.ts';

test('leaves what fits as it is', () => {
  expect(cutText('错误', 6)).toBe('错误');
});

test('cuts between characters', () => {
  expect(cutText('错误错误', 11)).toBe('错误…');
  expect(cutText('a🙂🙂🙂', 10)).toBe('a🙂…');
});

test('always fits, is well formed and starts as the text does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 40 }), (text, maxBytes) => {
      const cut = cutText(text, maxBytes);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
      expect(cut.isWellFormed()).toBe(true);
      expect(text.toWellFormed().startsWith(cut.replace(/…$/, ''))).toBe(true);
    }),
  );
});
