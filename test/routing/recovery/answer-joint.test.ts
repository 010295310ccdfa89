import { create } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { AnswerDeviation, AnswerJoint, type JointKind, trimSent } from '../../../src/routing/recovery/answer-joint.ts';
import { finish, text } from '../scripted-provider.ts';

const sent = 'It was a bright cold day in April, and the clocks ';

function join(kind: JointKind, before: string, events: readonly ChatEvent[]): string {
  const joint = new AnswerJoint(before, kind);
  const passed = events.flatMap((event) => joint.take(event));
  return passed.map((event) => (event.kind === 'delta' ? (event.delta.content ?? '') : '')).join('');
}

function split(whole: string, cuts: readonly number[]): ChatEvent[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, index) => text(whole.slice(places[index], end)));
}

describe('an answer that is begun again', () => {
  test('goes on where the first one broke off, however both were cut', () => {
    const cuts = fc.array(fc.nat(), { maxLength: 10 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), cuts, (whole, cut, pieces) => {
        const before = whole.slice(0, cut % (whole.length + 1));
        expect(before + join('restart', before, [...split(whole, pieces), finish()])).toBe(whole);
      }),
    );
  });

  test.each<[string, readonly ChatEvent[]]>([
    ['says something else', [text('It was a dark and stormy night')]],
    ['says something else later on', [text('It was a bright cold'), text(' night')]],
    ['ends earlier', [text('It was a bright cold day'), finish()]],
    ['calls a tool first', [text('It was'), { kind: 'delta', delta: create(DeltaSchema, { toolCalls: [{}] }) }]],
    ['has another choice', [text('It was', 1)]],
  ])('is given up when it %s', (_what, events) => {
    expect(() => join('restart', sent, events)).toThrow(AnswerDeviation);
  });
});

describe('an answer that is continued', () => {
  test.each([
    [' were striking thirteen.', 'were striking thirteen.'],
    ['  were', ' were'],
    [' ', ''],
    ['', ''],
  ])('%j follows as %j', (rest, expected) => {
    expect(join('continue', sent, [...split(rest, [1, 2, 3]), finish()])).toBe(expected);
  });

  test('may be the last letter alone, which stands in it already', () => {
    expect(join('continue', 'one, two. Thre', [text('e'), finish()])).toBe('e');
  });

  test('may go back before it goes on', () => {
    const again = 'cold day in April, and the clocks were striking thirteen.';
    for (const whole of [`${sent}were striking thirteen.`, again]) {
      expect(join('continue', sent, [...split(whole, [5, 10, 40]), finish()])).toBe('were striking thirteen.');
    }
  });

  test.each<[string, string, readonly ChatEvent[]]>([
    ['repeats its beginning and then differs', sent, [text('It was a bright cold day in April, and it rained')]],
    ['repeats its beginning and ends', sent, [text('It was a bright'), finish()]],
    ['repeats its last words', sent, [text('the clocks'), text(' were striking')]],
    ['says a short one again', 'Hello ', [text('Hello'), text(' world')]],
    ['says a letter again', 'H', [text('Hello')]],
    ['ends the word where white space was sent', 'It was the clock ', [text('s that')]],
    ['has other white space', 'Twice:\n\n', [text('\n  Once'), finish()]],
    ['ends in the middle of the white space', 'Twice:\n\n', [text('\n'), finish()]],
  ])('is given up when it %s', (_what, before, events) => {
    expect(() => join('continue', before, events)).toThrow(AnswerDeviation);
  });

  test('may go on with what is not text', () => {
    const call: ChatEvent = { kind: 'delta', delta: create(DeltaSchema, { toolCalls: [{ id: '1' }] }) };
    expect(new AnswerJoint(sent, 'continue').take(call)).toEqual([call]);
    const joint = new AnswerJoint(sent, 'continue');
    // It stands in what was sent, so that it could be the beginning of a repetition.
    expect(joint.take(text(' day'))).toEqual([]);
    const both = create(DeltaSchema, { content: 'day', toolCalls: [{ id: '1' }] });
    expect(joint.take(call)).toEqual([{ kind: 'delta', delta: both }]);
    const repeating = new AnswerJoint(sent, 'continue');
    repeating.take(text('It was a bright'));
    expect(() => repeating.take(call)).toThrow(AnswerDeviation);
  });
});

describe('whatever a model does that is asked for the rest, the client sees the answer or an error', () => {
  /** Words that come again and again, so that seams are found where they are hard to tell. */
  const pieces = fc.array(fc.constantFrom('a', 'ha', 'ha ', '\n', '  ', 'the clocks ', 'were striking, ', '0, '), {
    maxLength: 60,
  });
  const answers = fc.oneof(
    pieces.map((words) => words.join('')),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.tuple(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 })).map(([twice, rest]) => twice + twice + rest),
  );
  const cuts = fc.array(fc.nat(), { maxLength: 10 });

  /** The whole answer as the client sees it. `undefined`: it sees an error. */
  function read(before: string, rest: string, places: readonly number[]): string | undefined {
    try {
      return before + join('continue', before, [...split(rest, places), finish()]);
    } catch (thrown) {
      if (thrown instanceof AnswerDeviation) return undefined;
      throw thrown;
    }
  }

  /** Whether the answer says again what stands before the cut, all of it or its end, of 32 characters or more: nobody could tell. */
  function isSaidTwice(told: string, rest: string): boolean {
    for (let chars = 32; chars <= told.length; chars += 1) if (rest.startsWith(told.slice(-chars))) return true;
    return false;
  }

  function forEachCut(
    check: (before: string, told: string, rest: string, places: readonly number[], back: number) => void,
  ) {
    fc.assert(
      fc.property(answers, fc.nat(), cuts, fc.nat(), (whole, cut, places, back) => {
        const before = whole.slice(0, cut % (whole.length + 1));
        const told = trimSent(before);
        // Nobody is asked to go on from nothing.
        fc.pre(told !== '');
        check(before, told, whole.slice(told.length), places, back);
      }),
      { numRuns: 500 },
    );
  }

  test('it goes on', () => {
    forEachCut((before, told, rest, places) => {
      fc.pre(!isSaidTwice(told, rest));
      expect([told + rest, undefined]).toContain(read(before, rest, places));
    });
  });

  test('it begins again', () => {
    forEachCut((before, told, rest, places) => {
      expect([told + rest, undefined]).toContain(read(before, told + rest, places));
    });
  });

  test('it goes back some words', () => {
    forEachCut((before, told, rest, places, back) => {
      const chars = 4 + (back % Math.max(told.length - 3, 1));
      fc.pre(chars <= told.length);
      expect([told + rest, undefined]).toContain(read(before, told.slice(-chars) + rest, places));
    });
  });

  test('it begins again and soon says something else', () => {
    forEachCut((before, told, _rest, places, back) => {
      fc.pre(told.length > 33);
      const same = 33 + (back % (told.length - 33));
      expect(read(before, `${told.slice(0, same)}\u0000 and more`, places)).toBeUndefined();
    });
  });

  test('mostly it sees the answer', () => {
    const proses = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 20, maxLength: 60 });
    let seen = 0;
    fc.assert(
      fc.property(proses, fc.nat(), cuts, fc.boolean(), (words, cut, places, isAgain) => {
        const whole = words.join(' ');
        const before = whole.slice(0, 40 + (cut % (whole.length - 39)));
        const told = trimSent(before);
        const answer = read(before, isAgain ? whole : whole.slice(told.length), places);
        expect([whole, undefined]).toContain(answer);
        if (answer === whole) seen += 1;
      }),
      { numRuns: 300 },
    );
    expect(seen).toBeGreaterThan(270);
  });
});

test('reasoning is left out, and what is not text comes after it', () => {
  const call = create(DeltaSchema, { reasoningContent: 'hm', content: 'b', toolCalls: [{ id: '1' }] });
  const joint = new AnswerJoint('a', 'restart');
  const reasoning: ChatEvent = { kind: 'delta', delta: create(DeltaSchema, { reasoningContent: 'hm' }) };
  expect(joint.take(reasoning)).toEqual([]);
  expect(joint.take(text('a'))).toEqual([]);
  expect(joint.take({ kind: 'delta', delta: call })).toEqual([
    { kind: 'delta', delta: create(DeltaSchema, { content: 'b', toolCalls: [{ id: '1' }] }) },
  ]);
});
