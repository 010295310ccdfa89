import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { type PlainToolCall, toPlainAnswer } from '../../support/plain-answer.ts';

function decode(chunks: readonly JsonObject[], expectedChoices = 1): ChatEvent[] {
  const decoder = new ChunkDecoder({ expectedChoices, answerId: 'a' });
  return chunks.flatMap((chunk) => decoder.decode(chunk));
}

function deltaChunk(delta: JsonObject, finishReason: string | null = null): JsonObject {
  return { choices: [{ index: 0, delta, finish_reason: finishReason }] };
}

/** Decodes one delta for each piece of tool calls. */
function decodeCalls(...pieces: JsonObject[]): readonly PlainToolCall[] {
  const events = decode(pieces.map((piece) => deltaChunk({ tool_calls: [piece] })));
  return toPlainAnswer(events).choices[0]?.toolCalls ?? [];
}

function call(name: string | null, args: string | null, more: JsonObject = {}): JsonObject {
  return { ...more, function: { name, arguments: args } };
}

describe('ChunkDecoder, tool calls', () => {
  it('joins pieces by their index', () => {
    expect(
      decodeCalls(
        call('f', '', { index: 0, id: 'a', type: 'function' }),
        call('g', '', { index: 1, id: 'b', type: 'function' }),
        { index: 0, function: { arguments: '{"x"' } },
        { index: 1, function: { arguments: '{' } },
        { index: 0, function: { arguments: ':1}' } },
        { index: 1, function: { arguments: '}' } },
      ),
    ).toEqual([
      { id: 'a', name: 'f', arguments: '{"x":1}' },
      { id: 'b', name: 'g', arguments: '{}' },
    ]);
  });

  it('numbers calls in their order, whatever the provider begins with', () => {
    expect(decodeCalls(call('f', '1', { index: 5, id: 'a' }), call('g', '2', { index: 3, id: 'b' }))).toEqual([
      { id: 'a', name: 'f', arguments: '1' },
      { id: 'b', name: 'g', arguments: '2' },
    ]);
  });

  it.each([
    ['all have the index 0', { index: 0 }],
    ['none has an index', {}],
  ])('tells parallel calls apart by id and name where %s', (_name, index) => {
    expect(
      decodeCalls(
        call('f', '{"x":', { ...index, id: 'a' }),
        { ...index, function: { arguments: '1}' } },
        call('f', '{"x":', { ...index, id: 'b' }),
        { ...index, function: { arguments: '2}' } },
      ),
    ).toEqual([
      { id: 'a', name: 'f', arguments: '{"x":1}' },
      { id: 'b', name: 'f', arguments: '{"x":2}' },
    ]);
  });

  it('gives id, type and name once, though the provider repeats them', () => {
    const events = decode(
      ['{', '}'].map((args) => deltaChunk({ tool_calls: [call('f', args, { index: 0, id: 'a', type: 'function' })] })),
    );
    const deltas = events.map((event) => (event.kind === 'delta' ? event.delta.toolCalls[0] : undefined));
    expect(deltas[0]).toMatchObject({ id: 'a', type: 'function', function: { name: 'f', arguments: '{' } });
    expect(deltas[1]).toMatchObject({ index: 0, function: { arguments: '}' } });
    expect(deltas[1]).not.toHaveProperty('id');
    expect(deltas[1]).not.toHaveProperty('type');
    expect(deltas[1]).not.toHaveProperty('function.name');
  });

  it('goes on with a call whose later pieces have another id and no name', () => {
    expect(decodeCalls(call('f', '{', { index: 0, id: 'a' }), call(null, '}', { index: 0, id: 'a2' }))).toEqual([
      { id: 'a', name: 'f', arguments: '{}' },
    ]);
  });

  it('takes a name that comes after the id', () => {
    expect(decodeCalls({ index: 0, id: 'a' }, call('f', null, { index: 0 }), call(null, '{}', { index: 0 }))).toEqual([
      { id: 'a', name: 'f', arguments: '{}' },
    ]);
  });

  it('makes ids where there are none', () => {
    expect(decodeCalls(call('f', '{}', { index: 0 }), call('g', '{}', { index: 1, id: null }))).toEqual([
      { id: 'call_a_0', name: 'f', arguments: '{}' },
      { id: 'call_a_1', name: 'g', arguments: '{}' },
    ]);
  });

  it.each([
    ['all have the index 0', { index: 0 }],
    ['none has an index', {}],
  ])('tells parallel calls without ids apart where %s', (_name, index) => {
    expect(
      decodeCalls(
        // Another name.
        call('f', '{"a":1}', { ...index, id: '' }),
        call('g', '{"b":', { ...index, id: '' }),
        // The name again, in the middle of the arguments and then after them.
        call('g', '"{}"', { ...index, id: '' }),
        call(null, '}', { ...index, id: '' }),
        call('g', '{"b":3}', { ...index, id: '' }),
      ),
    ).toEqual([
      { id: 'call_a_0', name: 'f', arguments: '{"a":1}' },
      { id: 'call_a_1', name: 'g', arguments: '{"b":"{}"}' },
      { id: 'call_a_2', name: 'g', arguments: '{"b":3}' },
    ]);
  });

  it('goes on with a call that has an id, though its name comes again after its arguments', () => {
    expect(decodeCalls(call('f', '{}', { index: 0, id: 'a' }), call('f', '', { index: 0 }))).toEqual([
      { id: 'a', name: 'f', arguments: '{}' },
    ]);
  });

  it('reads custom calls, and not the empty ones beside functions', () => {
    expect(
      decodeCalls(
        { index: 0, id: 'a', type: 'custom', custom: { name: 'grep', input: '' } },
        { index: 0, custom: { input: 'x' } },
        { ...call('f', '{', { index: 1, id: 'b', type: 'function' }), custom: { name: '', input: '' } },
        { ...call('', '}', { index: 1 }), custom: { name: '', input: '' } },
      ),
    ).toEqual([
      { id: 'a', name: 'grep', arguments: 'x' },
      { id: 'b', name: 'f', arguments: '{}' },
    ]);
  });

  it('reads the pieces of a call of the functions API', () => {
    const pieces = [{ name: 'f', arguments: '' }, { arguments: '{"x"' }, { arguments: ':1}' }];
    const events = decode([
      ...pieces.map((piece) => deltaChunk({ function_call: piece })),
      deltaChunk({}, 'function_call'),
    ]);
    expect(toPlainAnswer(events).choices[0]).toMatchObject({
      toolCalls: [{ id: 'call_a_0', name: 'f', arguments: '{"x":1}' }],
      finishReason: 'tool_calls',
    });
  });

  it('takes linear time for many calls', () => {
    // In quadratic time this takes minutes.
    const tool_calls = Array.from({ length: 300_000 }, (_, index) => ({ index, id: `c${index}` }));
    const [event] = decode([deltaChunk({ tool_calls })]);
    expect(event).toHaveProperty('delta.toolCalls.length', 300_000);
  });
});

describe('ChunkDecoder, ends', () => {
  it('finishes a choice once, though the provider repeats it', () => {
    const events = decode([
      deltaChunk({ content: 'a' }, 'stop'),
      deltaChunk({ content: '' }, 'stop'),
      deltaChunk({}, 'length'),
    ]);
    expect(events.filter(({ kind }) => kind === 'finish')).toMatchObject([{ finish: { finishReason: 'stop' } }]);
  });

  it('takes an empty reason for none', () => {
    const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
    decoder.decode(deltaChunk({ content: 'a' }, ''));
    expect(decoder.isComplete).toBe(false);
  });

  it('is complete when as many choices as were asked for have ended', () => {
    const decoder = new ChunkDecoder({ expectedChoices: 2, answerId: 'a' });
    const states = (): readonly boolean[] => [decoder.hasBegun, decoder.isEveryBegunChoiceFinished, decoder.isComplete];
    expect(states()).toEqual([false, false, false]);
    decoder.decode({ choices: [] });
    expect(states()).toEqual([false, false, false]);
    decoder.decode({ choices: [{ index: 0, delta: { content: 'a' } }] });
    expect(states()).toEqual([true, false, false]);
    decoder.decode({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    expect(states()).toEqual([true, true, false]);
    decoder.decode({ choices: [{ index: 1, delta: {} }] });
    expect(states()).toEqual([true, false, false]);
    decoder.decode({ choices: [{ index: 1, finish_reason: 'length' }] });
    expect(states()).toEqual([true, true, true]);
    expect(decoder.finishOpenChoices()).toEqual([]);
  });

  it('ends what is open at the end mark', () => {
    const decoder = new ChunkDecoder({ expectedChoices: 3, answerId: 'a' });
    decoder.decode({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'length' }] });
    decoder.decode({ choices: [{ index: 1, delta: { content: 'b' } }] });
    decoder.decode({ choices: [{ index: 2, delta: { tool_calls: [call('f', '{}', { id: 'a' })] } }] });
    expect(decoder.finishOpenChoices()).toMatchObject([
      { kind: 'finish', finish: { index: 1, finishReason: 'stop' } },
      { kind: 'finish', finish: { index: 2, finishReason: 'tool_calls' } },
    ]);
    expect(decoder.isComplete).toBe(true);
  });
});

describe('ChunkDecoder, the rest', () => {
  it('tells what the answer as a whole says when it changes', () => {
    const head = { service_tier: 'default', system_fingerprint: 'fp_1', choices: [] };
    expect(decode([head, head, { choices: [] }, { ...head, service_tier: 'flex' }])).toEqual([
      { kind: 'head', serviceTier: 'default', systemFingerprint: 'fp_1' },
      { kind: 'head', serviceTier: 'flex', systemFingerprint: 'fp_1' },
    ]);
  });

  it('makes no event of chunks that say nothing', () => {
    const chunks = [
      { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [{}] },
      deltaChunk({ role: 'assistant', content: '', refusal: null, tool_calls: null }),
      { choices: [{ index: 0, delta: { content: null }, logprobs: null, finish_reason: null }], usage: null },
      { choices: [{ index: 0 }], obfuscation: 'x' },
      {},
    ];
    expect(decode(chunks)).toEqual([]);
  });

  it('gives annotations, images, audio and log probabilities', () => {
    const events = decode([
      deltaChunk({
        annotations: [{ url_citation: { url: 'https://a', title: 'A', start_index: 0, end_index: 3 } }],
        images: [{ image_url: { url: 'data:,a' } }],
        audio: { id: 'x', transcript: 'Hi' },
      }),
      {
        choices: [
          { index: 0, delta: { content: 'Hi' }, logprobs: { content: [{ token: 'Hi', logprob: -1, bytes: null }] } },
        ],
      },
    ]);
    expect(events).toMatchObject([
      { kind: 'delta', delta: { images: [{ imageUrl: { url: 'data:,a' } }], audio: { id: 'x', transcript: 'Hi' } } },
      {
        kind: 'annotations',
        index: 0,
        annotations: [{ urlCitation: { url: 'https://a', title: 'A', startIndex: 0, endIndex: 3 } }],
      },
      { kind: 'delta', delta: { content: 'Hi', logprobs: { content: [{ token: 'Hi', logprob: -1 }] } } },
    ]);
  });

  it('takes a choice whose number is none for the first', () => {
    for (const index of [null, -1, 1.5, '0', 2 ** 40]) {
      expect(decode([{ choices: [{ index, delta: { content: 'a' } }] }])).toMatchObject([{ delta: { index: 0 } }]);
    }
  });
});

describe('ChunkDecoder, calls without arguments', () => {
  it.each([
    ['the empty string', call('f', '', { index: 0, id: 'a' })],
    ['null', call('f', null, { index: 0, id: 'a' })],
    ['white space', call('f', ' \n', { index: 0, id: 'a' })],
    ['nothing', { index: 0, id: 'a', function: { name: 'f' } }],
  ])('gives the empty object for %s', (_name, piece) => {
    const begun = deltaChunk({ tool_calls: [piece] });
    const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
    for (const events of [
      decode([begun, deltaChunk({}, 'tool_calls')]),
      [...decoder.decode(begun), ...decoder.finishOpenChoices()],
    ]) {
      expect(JSON.parse(toPlainAnswer(events).choices[0]?.toolCalls[0]?.arguments ?? '')).toEqual({});
    }
  });

  it.each(['length', 'content_filter'])('makes none up where the answer ended with %s', (reason) => {
    const events = decode([deltaChunk({ tool_calls: [call('f', '', { index: 0, id: 'a' })] }), deltaChunk({}, reason)]);
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toEqual([{ id: 'a', name: 'f', arguments: '' }]);
  });

  it('makes none up for a custom tool', () => {
    const piece = { index: 0, id: 'a', type: 'custom', custom: { name: 'grep', input: '' } };
    const events = decode([deltaChunk({ tool_calls: [piece] }, 'tool_calls')]);
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toEqual([{ id: 'a', name: 'grep', arguments: '' }]);
  });
});

describe('ChunkDecoder, calls that are open', () => {
  it.each([
    ['{"a":', true],
    ['{"a":"}', true],
    ['{"a":"}"}', false],
    ['', false],
  ])('knows whether %j is half a call', (args, isHalf) => {
    const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
    decoder.decode(deltaChunk({ tool_calls: [call('f', args, { index: 0, id: 'a' })] }));
    expect(decoder.hasHalfCall).toBe(isHalf);
    decoder.decode(deltaChunk({}, 'length'));
    expect(decoder.hasHalfCall).toBe(false);
  });
});

describe('ChunkDecoder, ids that it makes', () => {
  function idsOf(answerId: string): (string | undefined)[] {
    const decoder = new ChunkDecoder({ expectedChoices: 2, answerId });
    const choices = [0, 1].map((index) => ({
      index,
      delta: { tool_calls: [call('f', '{}', { index: 0 }), call('g', '{}', { index: 1 })] },
      finish_reason: 'tool_calls',
    }));
    return toPlainAnswer(decoder.decode({ choices })).choices.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id));
  }

  it('are different in every answer and choice, and short enough for all providers', () => {
    const ids = ['6f6cbd3c-8f0c-4a3e-9d57-2d1f5f0a7c11', '0b0c5e0a-1111-4a3e-9d57-2d1f5f0a7c11'].flatMap(idsOf);
    expect(new Set(ids).size).toBe(8);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_]{1,40}$/);
  });
});

describe('ChunkDecoder, choices', () => {
  it('leaves out those with an index that nobody asks for', () => {
    const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
    const choices = [127, 128, 1e9].map((index) => ({ index, delta: { content: 'x' }, finish_reason: 'stop' }));
    const kinds = decoder.decode({ choices }).map(({ kind }) => kind);
    expect(kinds).toEqual(['delta', 'finish']);
  });

  it('is complete when as many as were asked for have ended, in any order', () => {
    const decoder = new ChunkDecoder({ expectedChoices: 2, answerId: 'a' });
    const states = [
      { index: 1, delta: { content: 'x' } },
      { index: 1, delta: {}, finish_reason: 'stop' },
      { index: 0, delta: { content: 'x' } },
      { index: 0, delta: {}, finish_reason: 'stop' },
      { index: 0, delta: {}, finish_reason: 'stop' },
    ].map((choice) => {
      decoder.decode({ choices: [choice] });
      return [decoder.isEveryBegunChoiceFinished, decoder.isComplete];
    });
    expect(states).toEqual([
      [false, false],
      [true, false],
      [false, false],
      [true, true],
      [true, true],
    ]);
  });
});
