import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';
import { SurrogateCarry } from '../../../src/dialects/openai-chat/surrogate-carry.ts';

/** UTF-16 units that meet in every way: of one byte, of two, and both halves of pairs. */
const anyText = fc
  .array(fc.constantFrom('a', 'é', '世', '📏', '\ud83d', '\ude00'), { maxLength: 20 })
  .map((units) => units.join(''));
const anyCuts = fc.array(fc.nat(40), { maxLength: 8 });

/** Cuts a text anywhere, between the halves of a pair too. */
function cut(text: string, cuts: readonly number[]): string[] {
  const ends = [...cuts.map((at) => Math.min(at, text.length)), text.length].sort((a, b) => a - b);
  return ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end));
}

/** Every field of a choice that is text which comes in pieces. */
const fields: Readonly<Record<string, (piece: string) => JsonObject>> = {
  content: (content) => ({ content }),
  'content in parts': (text) => ({ content: [{ type: 'text', text }] }),
  reasoning: (reasoning_content) => ({ reasoning_content }),
  refusal: (refusal) => ({ refusal }),
  transcript: (transcript) => ({ audio: { transcript } }),
  arguments: (piece) => ({ tool_calls: [{ index: 0, id: 'c', function: { arguments: piece } }] }),
  input: (input) => ({ tool_calls: [{ index: 0, id: 'c', type: 'custom', custom: { input } }] }),
};

/** All text of the events, and that each of them can go over RPC. */
function collectText(events: readonly ChatEvent[]): string {
  let text = '';
  for (const event of events) {
    if (event.kind !== 'delta') continue;
    const { content, reasoningContent, refusal, audio, toolCalls } = event.delta;
    const calls = toolCalls.flatMap((call) => [call.function?.arguments, call.custom?.input]);
    for (const said of [content, reasoningContent, refusal, audio?.transcript, ...calls]) {
      expect(said?.isWellFormed()).not.toBe(false);
      text += said ?? '';
    }
  }
  return text;
}

describe('SurrogateCarry', () => {
  it('gives the same text, wherever it is cut, in pieces that are each well-formed', () => {
    fc.assert(
      fc.property(anyText, anyCuts, (text, cuts) => {
        const carry = new SurrogateCarry();
        const pieces = [...cut(text, cuts).map((piece) => carry.push(piece)), carry.end()];
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
        expect(pieces.join('')).toBe(text.toWellFormed());
      }),
    );
  });

  it('holds back half a pair and nothing else', () => {
    const carry = new SurrogateCarry();
    expect(['a\ud83d', '', '\ude00b', '\ud83d', 'c'].map((piece) => carry.push(piece))).toEqual([
      'a',
      '',
      '😀b',
      '',
      '\ufffdc',
    ]);
    expect(carry.end()).toBe('');
  });
});

describe.each(Object.entries(fields))('text in pieces: %s', (name, encode) => {
  it.each(['a finish reason', 'the end mark'])('is the same wherever it is cut, up to %s', (end) => {
    fc.assert(
      fc.property(anyText, anyCuts, (text, cuts) => {
        const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
        const deltas: JsonObject[] = cut(text, cuts).map((piece) => ({ index: 0, delta: encode(piece) }));
        if (end === 'a finish reason') deltas.push({ index: 0, delta: {}, finish_reason: 'stop' });
        const chunks: JsonObject[] = deltas.map((choice) => JSON.parse(JSON.stringify({ choices: [choice] })));
        const events = [...chunks.flatMap((chunk) => decoder.decode(chunk)), ...decoder.finishOpenChoices()];
        expect(collectText(events)).toBe(text.trim() === '' && name === 'arguments' ? '{}' : text.toWellFormed());
        expect(events.at(-1)?.kind).toBe('finish');
      }),
    );
  });

  it('is well-formed in a whole reply', () => {
    const message = encode('a\ud83d😀\ude00');
    expect(collectText(decodeReply({ choices: [{ index: 0, message }] }, 'a'))).toBe('a\ufffd😀\ufffd');
  });
});

it('keeps the halves of choices, fields and calls apart', () => {
  const decoder = new ChunkDecoder({ expectedChoices: 2, answerId: 'a' });
  const call = (index: number, piece: string): JsonObject => ({
    index,
    id: `c${index}`,
    function: { arguments: piece },
  });
  const say = (half: 0 | 1): JsonObject => ({
    choices: [0, 1].map((index) => ({
      index,
      delta: {
        content: '😀'.charAt(half),
        reasoning: '🧠'.charAt(half),
        refusal: '🙅'.charAt(half),
        audio: { transcript: '🎤'.charAt(half) },
        tool_calls: [call(0, '📏'.charAt(half)), call(1, '🗜'.charAt(half))],
      },
    })),
  });
  expect(collectText(decoder.decode(say(0)))).toBe('');
  expect(collectText(decoder.decode(say(1)))).toBe('😀🧠🙅🎤📏🗜'.repeat(2));
  expect(decoder.finishOpenChoices().map(({ kind }) => kind)).toEqual(['finish', 'finish']);
});

it('mends every other text of an answer where it stands', () => {
  const half = 'x\ud83d';
  const message: JsonObject = {
    content: 'Hi',
    annotations: [{ url_citation: { url: half, title: half } }],
    images: [{ image_url: half }],
    tool_calls: [{ id: half, function: { name: half } }],
  };
  const reply = { service_tier: half, choices: [{ index: 0, message, finish_reason: half }] };
  const chunk = { service_tier: half, choices: [{ index: 0, delta: message, finish_reason: half }] };
  for (const events of [
    decodeReply(reply, 'a'),
    new ChunkDecoder({ expectedChoices: 1, answerId: 'a' }).decode(chunk),
  ]) {
    const seen = JSON.stringify(events);
    expect(seen).not.toContain('\\ud83d');
    expect(seen.split('x\ufffd')).toHaveLength(8);
  }
});
