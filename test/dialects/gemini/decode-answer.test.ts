import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { readGeminiReply } from '../../../src/providers/gemini-stream.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';
import { answerOptions } from './answer-options.ts';

function read(...chunks: readonly object[]): ChatEvent[] {
  return readGeminiReply(JSON.stringify(chunks), answerOptions);
}

function candidate(parts: readonly object[], more: object = {}): object {
  return { candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', ...more }] };
}

function finishOf(events: readonly ChatEvent[]) {
  return events.flatMap((event) => (event.kind === 'finish' ? event.finish : []))[0];
}

function detailsOf(events: readonly ChatEvent[]) {
  return events.flatMap((event) => (event.kind === 'delta' ? event.delta.reasoningDetails : []));
}

describe('the end of an answer', () => {
  it.each([
    ['STOP', 'stop', 'STOP'],
    ['MAX_TOKENS', 'length', 'MAX_TOKENS'],
    ['SAFETY', 'content_filter', 'SAFETY'],
    ['RECITATION', 'content_filter', 'RECITATION'],
    ['BLOCKLIST', 'content_filter', 'BLOCKLIST'],
    ['PROHIBITED_CONTENT', 'content_filter', 'PROHIBITED_CONTENT'],
    ['SPII', 'content_filter', 'SPII'],
    ['MODEL_ARMOR', 'content_filter', 'MODEL_ARMOR'],
    ['IMAGE_SAFETY', 'content_filter', 'IMAGE_SAFETY'],
    ['OTHER', 'content_filter', 'OTHER'],
    ['SOMETHING_NEW', 'stop', 'SOMETHING_NEW'],
    [1, 'stop', 'STOP'],
    [2, 'length', 'MAX_TOKENS'],
    [3, 'content_filter', 'SAFETY'],
    [7, 'content_filter', '7'],
    [9, 'content_filter', '9'],
    [15, 'content_filter', '15'],
    [99, 'stop', '99'],
    ['CONTENT_BLOCKED_BY_X', 'content_filter', 'CONTENT_BLOCKED_BY_X'],
    ['VIDEO_SAFETY', 'content_filter', 'VIDEO_SAFETY'],
  ])('%s is %s', (finishReason, reason, native) => {
    const finish = finishOf(read(candidate([{ text: 'Hi' }], { finishReason })));
    expect(finish).toMatchObject({ finishReason: reason, nativeFinishReason: native });
  });

  it('is a filter’s where nothing was said for a reason that is not known', () => {
    expect(finishOf(read(candidate([], { finishReason: 'SOMETHING_NEW' })))?.finishReason).toBe('content_filter');
    expect(finishOf(read(candidate([], { finishReason: 17 })))?.finishReason).toBe('content_filter');
    expect(finishOf(read(candidate([], { finishReason: 'STOP' })))?.finishReason).toBe('stop');
  });

  it('of an answer with calls is tool_calls, unless it was cut off', () => {
    const call = { functionCall: { name: 'now' } };
    expect(finishOf(read(candidate([call])))?.finishReason).toBe('tool_calls');
    expect(finishOf(read(candidate([call], { finishReason: 'MAX_TOKENS' })))?.finishReason).toBe('length');
  });

  it('is the last that is named, and comes after all text', () => {
    const events = read(
      candidate([{ text: 'One ' }]),
      candidate([{ text: 'two' }]),
      candidate([], { finishReason: 'RECITATION' }),
    );
    expect(toPlainAnswer(events).choices).toMatchObject([{ content: 'One two', finishReason: 'content_filter' }]);
    expect(events.at(-1)?.kind).toBe('finish');
  });

  it.each([
    ['MALFORMED_FUNCTION_CALL', 'MALFORMED_FUNCTION_CALL'],
    ['UNEXPECTED_TOOL_CALL', 'UNEXPECTED_TOOL_CALL'],
    ['TOO_MANY_TOOL_CALLS', 'TOO_MANY_TOOL_CALLS'],
    ['MALFORMED_RESPONSE', 'MALFORMED_RESPONSE'],
    [16, 'NO_IMAGE'],
  ])('that is %s makes the answer unusable', (finishReason, named) => {
    expect(() => read(candidate([{ text: 'Hi' }], { finishReason }))).toThrow(
      expect.objectContaining({ reason: 'PROVIDER_UNUSABLE', message: expect.stringContaining(named) }),
    );
  });

  it('may be missing in a whole answer that says something', () => {
    const finish = finishOf(read({ candidates: [{ content: { parts: [{ text: 'Hi' }] } }] }));
    expect(finish).toMatchObject({ finishReason: 'stop' });
    expect(finish?.nativeFinishReason).toBeUndefined();
    expect(() => read({ candidates: [{ content: {} }] })).toThrow('says nothing');
  });
});

it.each([
  [{ blockReason: 'SAFETY' }, 'The prompt was blocked (SAFETY).'],
  [{ blockReason: 'OTHER', blockReasonMessage: 'Not this.' }, 'The prompt was blocked (OTHER): Not this.'],
  [{ blockReason: 4 }, 'The prompt was blocked (4).'],
])('a blocked prompt is refused content: %j', (promptFeedback, message) => {
  expect(() => read({ promptFeedback })).toThrow(
    expect.objectContaining({ reason: 'CONTENT_REFUSED', message, entry: expect.objectContaining({ retry: 'never' }) }),
  );
});

it.each([0, '', 'BLOCK_REASON_UNSPECIFIED'])('a block reason of %j is none', (blockReason) => {
  const events = read({ promptFeedback: { blockReason }, ...candidate([{ text: 'Hi' }]) });
  expect(toPlainAnswer(events).choices).toMatchObject([{ content: 'Hi', finishReason: 'stop' }]);
});

describe('tool calls', () => {
  it('without arguments have an empty object', () => {
    const calls = [{}, { args: null }, { args: {} }, { args: 'x' }];
    const events = read(candidate(calls.map((more) => ({ functionCall: { name: 'now', ...more } }))));
    expect(toPlainAnswer(events).choices[0]?.toolCalls.map((call) => call.arguments)).toEqual(['{}', '{}', '{}', '{}']);
  });

  it('have ids that are the same in every reading, and others in every answer', () => {
    const answer = {
      ...candidate([{ functionCall: { name: 'a' } }, { functionCall: { name: 'a' } }]),
      responseId: 'Ab-1',
    };
    const ids = () => toPlainAnswer(read(answer)).choices[0]?.toolCalls.map(({ id }) => id);
    expect(ids()).toEqual(['call_Ab-1_0', 'call_Ab-1_1']);
    expect(ids()).toEqual(ids());
  });

  it('have ids of this one answer where it has no id that can be used', () => {
    const idOf = (answerId: string, responseId?: string) => {
      const answer = JSON.stringify({ ...candidate([{ functionCall: { name: 'a' } }]), responseId });
      return toPlainAnswer(readGeminiReply(answer, { ...answerOptions, answerId })).choices[0]?.toolCalls[0]?.id;
    };
    expect(idOf('12345678-1234')).toBe('call_123456781234_0');
    expect(idOf('another')).toBe('call_another_0');
    expect(idOf('here', 'not usable')).toBe('call_here_0');
  });

  it('are put together from streamed pieces, whose end may be missing', () => {
    const pieces = [
      { name: 'book', willContinue: true },
      { partialArgs: [{ jsonPath: '$.city', stringValue: 'Zü', willContinue: true }], willContinue: true },
      { partialArgs: [{ jsonPath: '$.city', stringValue: 'rich' }], willContinue: true },
      {
        partialArgs: [
          { jsonPath: '$.nights', numberValue: 2 },
          { jsonPath: "$['two beds']", boolValue: false },
        ],
        willContinue: true,
      },
      { partialArgs: [{ jsonPath: '$.guests[0].name', stringValue: 'Ada' }], willContinue: true },
      { partialArgs: [{ jsonPath: '$.guests[1].name', nullValue: 'NULL_VALUE' }], willContinue: true },
      {},
      { name: 'pay', willContinue: true },
    ];
    const events = read(...pieces.map((functionCall) => candidate([{ functionCall }])));
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toEqual([
      {
        id: 'call_here_0',
        name: 'book',
        arguments: '{"city":"Zürich","nights":2,"two beds":false,"guests":[{"name":"Ada"},{"name":null}]}',
      },
      { id: 'call_here_1', name: 'pay', arguments: '{}' },
    ]);
  });

  const piecesOf = (...calls: readonly object[]) =>
    calls.map((functionCall) => candidate([{ functionCall: { willContinue: true, ...functionCall } }]));
  const begun = [
    { name: 'a', id: '1' },
    { name: 'b', id: '2' },
  ];
  const add = (jsonPath: string, stringValue: string) => ({ partialArgs: [{ jsonPath, stringValue }] });

  it('whose pieces come in turns get those with their id', () => {
    const pieces = [
      ...begun,
      { id: '1', ...add('$.x', 'one') },
      { id: '2', ...add('$.y', 'two') },
      { id: '2', willContinue: false },
      { id: '1', ...add('$.z', 'three') },
      {},
    ];
    const events = read(...piecesOf(...pieces));
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toEqual([
      { id: '1', name: 'a', arguments: '{"x":"one","z":"three"}' },
      { id: '2', name: 'b', arguments: '{"y":"two"}' },
    ]);
  });

  it('get pieces without an id where only one is open', () => {
    const events = read(...piecesOf(...begun, { id: '2', willContinue: false }, add('$.x', 'one')));
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toMatchObject([{ arguments: '{"x":"one"}' }, { id: '2' }]);
  });

  it.each([
    ['of a call that never began', [...begun, { id: '3', ...add('$.x', 'one') }]],
    ['of a call that has ended', [...begun, { id: '2', willContinue: false }, { id: '2', ...add('$.x', 'one') }]],
    ['of one of two calls, without an id', [...begun, add('$.x', 'one')]],
  ])('with pieces %s are unusable', (_name, pieces) => {
    expect(() => read(...piecesOf(...pieces))).toThrow(expect.objectContaining({ reason: 'PROVIDER_UNUSABLE' }));
  });

  it('are unusable when more begin than can be held', () => {
    const calls = Array.from({ length: 129 }, (_, at) => ({ name: 'f', id: `${at}` }));
    expect(toPlainAnswer(read(...piecesOf(...calls.slice(1)))).choices[0]?.toolCalls).toHaveLength(128);
    expect(() => read(...piecesOf(...calls))).toThrow(expect.objectContaining({ reason: 'PROVIDER_UNUSABLE' }));
  });

  it('with pieces that have no place are unusable', () => {
    const partialArgs = [{ jsonPath: '$.list[7]', stringValue: 'x' }];
    expect(() => read(candidate([{ functionCall: { name: 'f', partialArgs } }]))).toThrow('cannot be put together');
  });

  it('carry their signature in a detail and in their id', () => {
    const events = read(candidate([{ functionCall: { name: 'a', id: 'x1' }, thoughtSignature: 'c2ln' }]));
    expect(toPlainAnswer(events).choices[0]?.toolCalls[0]?.id).toMatch(/^x1~memo~[\w-]+$/);
    expect(detailsOf(events)).toMatchObject([
      { type: 'reasoning.encrypted', format: 'google-gemini-v1', id: 'x1', data: 'c2ln', index: 0 },
    ]);
  });
});

describe('signatures', () => {
  const callSigned = (thoughtSignature: string) => {
    const events = read(candidate([{ functionCall: { name: 'a', id: 'x1' }, thoughtSignature }]));
    return { id: toPlainAnswer(events).choices[0]?.toolCalls[0]?.id, data: detailsOf(events)[0]?.data };
  };

  it.each([
    ['that a memo holds travel in the id too', 8192 - 'gemini:'.length, /^x1~memo~/],
    ['that are longer travel in a detail alone', 8193 - 'gemini:'.length, /^x1$/],
  ])('%s', (_name, length, id) => {
    const signature = 'A'.repeat(length);
    const signed = callSigned(signature);
    expect(signed.id).toMatch(id);
    expect(signed.data).toBe(signature);
  });
});

describe('other parts', () => {
  it('with a signature are details without an id', () => {
    const events = read(
      candidate([
        { text: 'Hi', thoughtSignature: 'YQ==' },
        { text: '', thoughtSignature: 'Yg==' },
      ]),
    );
    expect(detailsOf(events).map(({ id, data, index }) => ({ id, data, index }))).toEqual([
      { id: undefined, data: 'YQ==', index: 0 },
      { id: undefined, data: 'Yg==', index: 1 },
    ]);
  });

  it('of Gemini’s own tools are kept whole for the next request, and not shown', () => {
    const part = { toolCall: { toolType: 'GOOGLE_SEARCH_WEB', id: 't1' }, thoughtSignature: 'YQ==' };
    const events = read(candidate([part, { text: 'Found.' }]));
    expect(toPlainAnswer(events).choices[0]).toMatchObject({ content: 'Found.', reasoning: '', toolCalls: [] });
    expect(JSON.parse(detailsOf(events)[0]?.data ?? '')).toEqual(part);
  });

  it('of code are told as reasoning, so that the text stays the answer', () => {
    const events = read(
      candidate([
        { executableCode: { language: 'PYTHON', code: 'print(1)' } },
        { codeExecutionResult: { outcome: 'OUTCOME_FAILED' } },
        { text: '1' },
      ]),
    );
    expect(toPlainAnswer(events).choices[0]).toMatchObject({
      content: '1',
      reasoning: '\n```python\nprint(1)\n```\n\n```\nOUTCOME_FAILED\n```\n',
    });
  });

  it('of sound whose pieces are padded are audio that can be put together', () => {
    const sound = (data: string) => candidate([{ inlineData: { mimeType: 'audio/L16;rate=24000', data } }]);
    const both = candidate(['AQ==', 'AgM='].map((data) => ({ inlineData: { mimeType: 'audio/L16', data } })));
    for (const chunks of [
      [sound('AQ=='), sound('AgM='), sound('BA==')],
      [both, sound('BA==')],
    ]) {
      const pieces = read(...chunks).flatMap((event) =>
        event.kind === 'delta' ? (event.delta.audio?.data ?? []) : [],
      );
      expect(pieces.join('')).toBe(Buffer.of(1, 2, 3, 4).toString('base64'));
    }
  });

  it('of thoughts give no images', () => {
    const image = (data: string) => ({ inlineData: { mimeType: 'image/png', data } });
    const events = read(candidate([{ ...image('RFJBRlQ='), thought: true }, image('RklOQUw=')]));
    expect(toPlainAnswer(events).choices[0]?.images).toEqual(['data:image/png;base64,RklOQUw=']);
  });

  it('of sound are audio', () => {
    const events = read(candidate([{ inlineData: { mimeType: 'audio/L16;rate=24000', data: 'AAAA' } }]));
    expect(events[0]).toMatchObject({ kind: 'delta', delta: { audio: { data: 'AAAA' } } });
  });
});

it('keeps the candidates of one answer apart', () => {
  const chunk = (index: number, text: string, more: object = {}): JsonObject => ({
    candidates: [{ index, content: { parts: [{ text }] }, ...more }],
  });
  const stop = { finishReason: 'STOP' };
  const events = read(chunk(0, 'a'), chunk(1, 'b'), chunk(0, 'A', stop), chunk(1, 'B', { finishReason: 'MAX_TOKENS' }));
  expect(toPlainAnswer(events).choices).toMatchObject([
    { index: 0, content: 'aA', finishReason: 'stop' },
    { index: 1, content: 'bB', finishReason: 'length' },
  ]);
});

it('takes an index that was left out beside others for zero', () => {
  const stop = { finishReason: 'STOP' };
  const candidates = [
    { index: 1, content: { parts: [{ text: 'b' }] }, ...stop },
    { content: { parts: [{ text: 'a' }] }, ...stop },
  ];
  expect(toPlainAnswer(read({ candidates })).choices).toMatchObject([
    { index: 0, content: 'a' },
    { index: 1, content: 'b' },
  ]);
});

it('tells candidates without an index apart by their place', () => {
  const of = (...texts: readonly string[]) => ({
    candidates: texts.map((text) => ({ content: { parts: [{ text }] }, finishReason: 'STOP' })),
  });
  expect(toPlainAnswer(read(of('a', 'b'), of('A', 'B'))).choices).toMatchObject([
    { index: 0, content: 'aA' },
    { index: 1, content: 'bB' },
  ]);
});

describe('usage', () => {
  it.each([
    [
      {
        promptTokenCount: 210,
        candidatesTokenCount: 192,
        thoughtsTokenCount: 192,
        toolUsePromptTokenCount: 371,
        totalTokenCount: 965,
      },
      { prompt: 581, completion: 384, total: 965, reasoning: 192 },
    ],
    [
      { promptTokenCount: 100, cachedContentTokenCount: 80, totalTokenCount: 100 },
      { prompt: 100, completion: 0, total: 100, cached: 80 },
    ],
    [
      { promptTokenCount: 2, candidatesTokenCount: 3 },
      { prompt: 2, completion: 3, total: 5 },
    ],
    [{ trafficType: 'ON_DEMAND' }, undefined],
  ])('of %j is %j', (usageMetadata, expected) => {
    expect(toPlainAnswer(read({ ...candidate([{ text: 'Hi' }]), usageMetadata })).usage).toEqual(expected);
  });

  it('says what was heard and seen', () => {
    const promptTokensDetails = [
      { modality: 'TEXT', tokenCount: 2 },
      { modality: 'IMAGE', tokenCount: 258 },
      { modality: 'AUDIO', tokenCount: 32 },
    ];
    const usageMetadata = { promptTokenCount: 292, candidatesTokenCount: 1, promptTokensDetails };
    expect(read({ ...candidate([{ text: 'Hi' }]), usageMetadata })).toContainEqual(
      expect.objectContaining({
        usage: expect.objectContaining({
          promptTokensDetails: expect.objectContaining({ audioTokens: 32, imageTokens: 258 }),
        }),
      }),
    );
  });
});

it('reads log probabilities', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'Hi', tokenId: 7, logProbability: -0.5 }],
    topCandidates: [
      {
        candidates: [
          { token: 'Hi', logProbability: -0.5 },
          { token: 'Ho', logProbability: -2 },
        ],
      },
    ],
  };
  const [first] = read(candidate([{ text: 'Hi' }], { logprobsResult }));
  expect(first).toMatchObject({
    delta: {
      logprobs: {
        content: [{ token: 'Hi', logprob: -0.5, topLogprobs: [{ token: 'Hi' }, { token: 'Ho', logprob: -2 }] }],
      },
    },
  });
});

describe('sources', () => {
  const text = 'Zürich 😀 is big. Bern is not.';
  const bytesTo = (end: string) => Buffer.byteLength(text.slice(0, text.indexOf(end) + end.length));
  const chunks = ['a', 'b', 'c'].map((page) => ({ web: { uri: `https://${page}.example/`, title: page } }));

  function citationsOf(groundingMetadata: object, parts: readonly object[] = [{ text }]) {
    const events = read(candidate(parts, { groundingMetadata }));
    return events.flatMap((event) =>
      event.kind === 'annotations'
        ? event.annotations.map(({ urlCitation: page }) => [page?.url, page?.startIndex, page?.endIndex])
        : [],
    );
  }

  it('stand at characters of the text, though Gemini counts bytes', () => {
    const citations = citationsOf({
      groundingChunks: chunks,
      groundingSupports: [
        { segment: { endIndex: bytesTo('big.'), text: 'Zürich 😀 is big.' }, groundingChunkIndices: [0, 1] },
        {
          segment: { startIndex: bytesTo('big. '), endIndex: bytesTo('not.'), text: 'Bern is not.' },
          groundingChunkIndices: [1],
        },
      ],
    });
    expect(citations).toEqual([
      ['https://a.example/', 0, 17],
      ['https://b.example/', 0, 17],
      ['https://b.example/', 18, 30],
      ['https://c.example/', undefined, undefined],
    ]);
    expect(text.slice(18, 30)).toBe('Bern is not.');
  });

  it('have no place where their span is of another text', () => {
    const span = (endIndex: number, quoted: string) => ({
      groundingChunks: chunks.slice(0, 1),
      groundingSupports: [{ segment: { endIndex, text: quoted }, groundingChunkIndices: [0] }],
    });
    for (const told of [span(6, 'Berlin'), span(9999, 'Zürich')]) {
      expect(citationsOf(told)).toEqual([['https://a.example/', undefined, undefined]]);
    }
  });

  it('are those of the whole text of a stream, thoughts left out', () => {
    const groundingMetadata = {
      groundingChunks: chunks.slice(0, 1),
      groundingSupports: [{ segment: { startIndex: 2, endIndex: 4, text: 'cd' }, groundingChunkIndices: [0] }],
    };
    const events = read(
      candidate([{ text: 'thinking', thought: true }, { text: 'ab' }]),
      candidate([{ text: 'cd' }], { groundingMetadata }),
    );
    expect(events.at(-2)).toMatchObject({ annotations: [{ urlCitation: { startIndex: 2, endIndex: 4 } }] });
  });
});
