import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeSeam, type Seam } from '../../../src/routing/recovery/judge-seam.ts';

const told = 'It was a bright cold day in April, and the clocks were striking';
const open: Seam = { kind: 'open' };
const unclear: Seam = { kind: 'unclear' };
const on = (repeatedChars: number): Seam => ({ kind: 'after', repeatedChars });

describe('what a continuation says first', () => {
  test.each<[string, Seam]>([
    [' thirteen', on(0)],
    // What was said before may come again, until it is another thing.
    [' a', open],
    [' a bright', open],
    [' a bright boy', on(0)],
    // The last letters again, and the last words.
    ['ing a note', on(0)],
    ['king', unclear],
    ['were striking thirteen', unclear],
    // More than chance can bring.
    ['April, and the clocks were striking', open],
    ['April, and the clocks were striking thirteen', on(35)],
    // All of it.
    [told.slice(0, 40), open],
    [told, open],
    [`${told} thirteen`, on(told.length)],
    [`${told.slice(0, 33)} when it rained`, unclear],
    [`${told.slice(0, 20)} when it rained`, on(0)],
  ])('%j', (text, seam) => {
    expect(judgeSeam(told, text, false)).toEqual(seam);
  });

  test.each<[string, Seam]>([
    ['', on(0)],
    ['.', on(0)],
    ['It', on(0)],
    ['It was', unclear],
    [told, unclear],
    ['April, and the clocks were striking', unclear],
  ])('%j, and no more', (text, seam) => {
    expect(judgeSeam(told, text, true)).toEqual(seam);
  });

  test('all of an answer that is short, or that repeats itself, proves nothing', () => {
    for (const short of ['H', 'ha', 'Hello', 'Hello, my dear old friend.']) {
      expect(judgeSeam(short, `${short} world`, false)).toEqual(unclear);
    }
    const line = 'All work and no play makes Jack a dull boy.\n';
    expect(judgeSeam(line + line, `${line}${line}${line}`, false)).toEqual(unclear);
    expect(judgeSeam('0, '.repeat(40), '0, 0, 0', false)).toEqual(unclear);
  });
});

test('it is the same however the text comes in pieces, and is never open once all of it is there', () => {
  const unit = fc.constantFrom('a', 'b', ' ');
  const words = fc.string({ unit, minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(words, words, fc.nat(), (before, rest, back) => {
      const text = before.slice(back % (before.length + 1)) + rest;
      const whole = judgeSeam(before, text, true);
      expect(whole.kind).not.toBe('open');
      for (let end = 1; end <= text.length; end += 1) {
        const seam = judgeSeam(before, text.slice(0, end), false);
        if (seam.kind === 'open') continue;
        expect(seam).toEqual(whole);
        break;
      }
    }),
  );
});
