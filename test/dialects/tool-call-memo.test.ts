import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packToolCallId, unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';

const text = fc.string({ unit: 'grapheme' });

test('what is put into an id comes out of it', () => {
  fc.assert(
    fc.property(text, text, (id, memo) => {
      expect(unpackToolCallId(packToolCallId(id, memo))).toEqual({ id, memo });
    }),
  );
});

test('an id without a memo stays as it is', () => {
  for (const id of ['call_1', '', 'a~b', '~', 'memo']) expect(unpackToolCallId(id)).toEqual({ id, memo: undefined });
});
