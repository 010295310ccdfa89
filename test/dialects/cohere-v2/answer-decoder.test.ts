import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/cohere-v2/answer-decoder.ts';
import { decodeReply } from '../../../src/dialects/cohere-v2/decode-reply.ts';
import { ToolNames } from '../../../src/dialects/cohere-v2/tool-names.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';

const names = new ToolNames(['get-weather']);

function decode(events: readonly JsonObject[]): ChatEvent[] {
  const decoder = new AnswerDecoder(names);
  return events.flatMap((event) => decoder.decode(event));
}

function event(type: string, message: JsonObject, more: JsonObject = {}): JsonObject {
  return { type, delta: { message }, ...more };
}

const content = (fields: JsonObject, index = 0) => event('content-delta', { content: fields }, { index });
const callStart = (call: JsonObject, index = 0) => event('tool-call-start', { tool_calls: call }, { index });
const callDelta = (args: JsonValue, index = 0) =>
  event('tool-call-delta', { tool_calls: { function: { arguments: args } } }, { index });
const callEnd = (index = 0): JsonObject => ({ type: 'tool-call-end', index });
const now = { id: 'now_1', type: 'function', function: { name: 'now', arguments: '' } };

function end(reason: string, usage: JsonObject = {}): JsonObject {
  return { type: 'message-end', delta: { finish_reason: reason, usage } };
}

/** What is said, told whole. */
function reply(message: JsonObject, more: JsonObject = {}): ChatEvent[] | undefined {
  return decodeReply(
    { id: '1', message: { role: 'assistant', ...message }, finish_reason: 'COMPLETE', ...more },
    names,
  );
}

function deltasOf(events: readonly ChatEvent[]): Extract<ChatEvent, { kind: 'delta' }>['delta'][] {
  return events.flatMap((one) => (one.kind === 'delta' ? one.delta : []));
}

function citationsOf(events: readonly ChatEvent[] | undefined): object[] {
  return (events ?? []).flatMap((one) =>
    one.kind === 'annotations'
      ? one.annotations.map(({ urlCitation }) => ({ ...urlCitation, $typeName: undefined }))
      : [],
  );
}

describe('text', () => {
  it('is said as it comes', () => {
    const events = decode([event('message-start', { content: [] }), content({ text: 'Hel' }), content({ text: 'lo' })]);
    expect(deltasOf(events).map((delta) => delta.content)).toEqual(['Hel', 'lo']);
  });

  it('that is cut inside a character is joined first', () => {
    const events = decode([content({ text: 'a\ud83d' }), content({ text: '\ude00b' }), end('COMPLETE')]);
    expect(deltasOf(events).map((delta) => delta.content)).toEqual(['a', '😀b']);
    expect(toPlainAnswer(decode([content({ text: 'a\ud83d' }), end('COMPLETE')])).choices[0]?.content).toBe('a\ufffd');
  });

  it('of several blocks is one text, whole and in a stream', () => {
    const blocks = [
      { type: 'text', text: 'One. ' },
      { type: 'thinking', thinking: 'Hm. ' },
      { type: 'text', text: 'Two.' },
    ];
    const expected = { content: 'One. Two.', reasoning: 'Hm. ' };
    expect(toPlainAnswer(reply({ content: blocks }) ?? []).choices[0]).toMatchObject(expected);
    const streamed = blocks.flatMap((block, index) => [
      event('content-start', { content: block }, { index }),
      { type: 'content-end', index },
    ]);
    expect(toPlainAnswer(decode([...streamed, end('COMPLETE')])).choices[0]).toMatchObject(expected);
  });

  it('may stand in place of the blocks', () => {
    expect(toPlainAnswer(reply({ content: 'Hello' }) ?? []).choices[0]?.content).toBe('Hello');
  });
});

describe('the tool plan', () => {
  it('is reasoning, whole and in a stream', () => {
    const streamed = decode([
      event('tool-plan-delta', { tool_plan: 'I will' }),
      event('tool-plan-delta', { tool_plan: ' look.' }),
      end('TOOL_CALL'),
    ]);
    expect(toPlainAnswer(streamed).choices[0]).toMatchObject({ reasoning: 'I will look.', content: '' });
    expect(toPlainAnswer(reply({ tool_plan: 'I will look.' }) ?? []).choices[0]).toMatchObject({
      reasoning: 'I will look.',
      content: '',
    });
  });
});

describe('tool calls', () => {
  const argumentsOf = (pieces: readonly JsonValue[]) => {
    const events = decode([callStart(now), ...pieces.map((piece) => callDelta(piece)), callEnd(), end('TOOL_CALL')]);
    return toPlainAnswer(events).choices[0]?.toolCalls[0]?.arguments;
  };

  it.each<readonly [string, readonly JsonValue[], string]>([
    ['no pieces', [], '{}'],
    ['null', ['null'], '{}'],
    ['null in pieces', ['n', 'ul', 'l'], '{}'],
    ['an empty piece', [''], '{}'],
    ['an object', ['{"a":', '1}'], '{"a":1}'],
    ['what begins like null', ['nu', 'mber'], 'number'],
    ['what breaks off like null', ['nul'], 'nul'],
    ['a character in two pieces', ['{"a":"\ud83d', '\ude00"}'], '{"a":"😀"}'],
    ['what is no text', [null, { a: 1 }], '{"a":1}'],
  ])('with %s for arguments', (_name, pieces, expected) => {
    expect(argumentsOf(pieces)).toBe(expected);
  });

  it('say their arguments as they come', () => {
    const events = decode([callStart(now), callDelta('{"a":'), callDelta('1}')]);
    expect(deltasOf(events).map((delta) => delta.toolCalls[0]?.function?.arguments)).toEqual(['', '{"a":', '1}']);
  });

  it('have the client’s names', () => {
    const call = { id: 'a', function: { name: 'get_weather', arguments: '{}' } };
    expect(toPlainAnswer(decode([callStart(call), end('TOOL_CALL')])).choices[0]?.toolCalls).toEqual([
      { id: 'a', name: 'get-weather', arguments: '{}' },
    ]);
    expect(toPlainAnswer(reply({ tool_calls: [call] }) ?? []).choices[0]?.toolCalls).toMatchObject([
      { name: 'get-weather' },
    ]);
  });

  it('that are not ended, overlap or have no id are told apart', () => {
    const nameless = { function: { name: 'now' } };
    const events = decode([
      callStart(nameless, 0),
      callStart(nameless, 1),
      callDelta('{"b":1}', 1),
      callDelta('{"a":1}', 0),
      callStart(nameless, 1),
      end('TOOL_CALL'),
    ]);
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toEqual([
      { id: 'call_0', name: 'now', arguments: '{"a":1}' },
      { id: 'call_1', name: 'now', arguments: '{"b":1}' },
      { id: 'call_2', name: 'now', arguments: '{}' },
    ]);
  });

  it('that did not begin are passed over', () => {
    expect(decode([callDelta('{}'), callEnd()])).toEqual([]);
  });

  it('in an array of a stream are calls too', () => {
    const events = decode([event('tool-call-start', { tool_calls: [now] }, { index: 0 }), callEnd(), end('TOOL_CALL')]);
    expect(toPlainAnswer(events).choices[0]?.toolCalls).toMatchObject([{ id: 'now_1', arguments: '{}' }]);
  });
});

describe('the end', () => {
  it.each([
    ['COMPLETE', 'stop'],
    ['STOP_SEQUENCE', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['ERROR_LIMIT', 'length'],
    ['TOOL_CALL', 'tool_calls'],
    ['ERROR_TOXIC', 'content_filter'],
    ['SOMETHING_NEW', 'stop'],
  ])('%s is %s', (native, finishReason) => {
    const finish = { finishReason, nativeFinishReason: native, index: 0 };
    expect(decode([content({ text: 'Hi' }), end(native)])).toContainEqual({
      kind: 'finish',
      finish: expect.objectContaining(finish),
    });
    expect(reply({ content: 'Hi' }, { finish_reason: native })).toContainEqual({
      kind: 'finish',
      finish: expect.objectContaining(finish),
    });
  });

  it('without a word is told by the calls', () => {
    const decoder = new AnswerDecoder(names);
    const events = [...decoder.decode(callStart(now)), ...decoder.end(undefined, undefined)];
    expect(toPlainAnswer(events).choices[0]?.finishReason).toBe('tool_calls');
  });

  it('comes once, and nothing after it', () => {
    const events = decode([content({ text: 'Hi' }), end('COMPLETE'), content({ text: '!' }), end('MAX_TOKENS')]);
    expect(toPlainAnswer(events).choices).toMatchObject([{ content: 'Hi', finishReason: 'stop' }]);
  });
});

describe('usage', () => {
  const usageOf = (usage: JsonObject) => toPlainAnswer(decode([end('COMPLETE', usage)])).usage;

  it('is what the model read and wrote, not what is billed', () => {
    const usage = {
      billed_units: { input_tokens: 8, output_tokens: 50 },
      tokens: { input_tokens: 1394, output_tokens: 55, reasoning_tokens: 38 },
      cached_tokens: 1360,
    };
    expect(usageOf(usage)).toEqual({ prompt: 1394, completion: 55, total: 1449, cached: 1360, reasoning: 38 });
  });

  it('says beside it what is billed, where that is less', () => {
    const tokens = { input_tokens: 502, output_tokens: 26 };
    const [less] = decode([end('COMPLETE', { tokens, billed_units: { input_tokens: 7, output_tokens: 26 } })]).filter(
      ({ kind }) => kind === 'usage',
    );
    expect(less).toMatchObject({ usage: { promptTokens: 502, promptTokensDetails: { billedTokens: 7 } } });
    expect(less).not.toHaveProperty('usage.completionTokensDetails');
  });

  it('is what is billed where nothing else is told', () => {
    expect(usageOf({ billed_units: { input_tokens: 8, output_tokens: 50 } })).toEqual({
      prompt: 8,
      completion: 50,
      total: 58,
    });
  });

  it.each<JsonObject>([{}, { cached_tokens: 3 }, { tokens: { input_tokens: -1, output_tokens: 'x' } }])(
    'is unknown for %j',
    (usage) => {
      expect(usageOf(usage)).toBeUndefined();
    },
  );
});

describe('log probabilities', () => {
  const chunk = (text: string, ...logprobs: number[]) => ({ text, token_ids: logprobs.map(() => 1), logprobs });

  it('come with their pieces, several tokens of a chunk together', () => {
    const events = decode([
      { ...content({ text: 'Hel' }), logprobs: chunk('Hel', -0.5) },
      { ...content({ text: 'lo' }), logprobs: chunk('lo', -0.25, -1) },
    ]);
    expect(deltasOf(events).map((delta) => delta.logprobs?.content)).toMatchObject([
      [{ token: 'Hel', logprob: -0.5 }],
      [{ token: 'lo', logprob: -1.25 }],
    ]);
  });

  it('come with a whole answer', () => {
    const events = reply({ content: 'Hello' }, { logprobs: [chunk('Hel', -0.5), chunk('lo', -1)] }) ?? [];
    expect(deltasOf(events).flatMap((delta) => delta.logprobs?.content ?? [])).toMatchObject([
      { token: 'Hel', logprob: -0.5 },
      { token: 'lo', logprob: -1 },
    ]);
  });
});

describe('citations', () => {
  const page = {
    type: 'document',
    id: 'd',
    document: { id: 'd', url: 'https://example.com/a', title: 'A', text: '…' },
  };
  const found = { type: 'tool', id: 't:0', tool_output: { url: 'https://example.com/b' } };
  const own = { type: 'document', id: 'doc:0', document: { id: 'doc:0', text: 'Facts.' } };
  const cite = (fields: JsonObject): JsonObject => ({ type: 'TEXT_CONTENT', sources: [page], ...fields });

  it('of pages are annotations, one for each source', () => {
    const citations = [cite({ start: 4, end: 8, text: 'made', sources: [page, own, found] })];
    const expected = [
      { url: 'https://example.com/a', title: 'A', startIndex: 4, endIndex: 8 },
      { url: 'https://example.com/b', title: '', startIndex: 4, endIndex: 8 },
    ];
    expect(citationsOf(reply({ content: 'Was made.', citations }))).toMatchObject(expected);
    const events = [
      event('citation-start', { citations: citations[0] ?? {} }, { index: 0 }),
      content({ text: 'Was made.' }),
      { type: 'citation-end', index: 0 },
      end('COMPLETE'),
    ];
    expect(citationsOf(decode(events))).toMatchObject(expected);
  });

  it('of what the client itself sent are left out', () => {
    expect(citationsOf(reply({ content: 'Facts.', citations: [cite({ start: 0, end: 6, sources: [own] })] }))).toEqual(
      [],
    );
  });

  it('count from their block, in characters of either kind', () => {
    const blocks = [
      { type: 'text', text: '😀 One. ' },
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: '😀 Two.' },
    ];
    const citations = [
      cite({ start: 2, end: 5, text: 'Two', content_index: 2 }),
      cite({ start: 3, end: 6, text: 'Two', content_index: 2 }),
      cite({ start: 3, end: 6, text: 'One' }),
    ];
    expect(citationsOf(reply({ content: blocks, citations }))).toMatchObject([
      { startIndex: 11, endIndex: 14 },
      { startIndex: 11, endIndex: 14 },
      { startIndex: 3, endIndex: 6 },
    ]);
  });

  it('are kept within bounds', () => {
    const long = 'x'.repeat(1024 * 1024);
    const late = cite({ start: long.length, end: long.length + 4, text: 'late' });
    expect(citationsOf(reply({ content: `${long}late`, citations: [late] }))).toEqual([
      expect.not.objectContaining({ endIndex: expect.anything() }),
    ]);
    const many = Array.from({ length: 10_001 }, () => cite({ start: 0, end: 1 }));
    expect(citationsOf(reply({ content: 'x', citations: many }))).toHaveLength(10_000);
  });

  it.each<readonly [string, JsonObject]>([
    ['of a plan', { type: 'PLAN', start: 0, end: 3 }],
    ['of another text', { start: 0, end: 3, text: 'Two' }],
    ['beyond the text', { start: 0, end: 300 }],
    ['that ends before it begins', { start: 3, end: 1 }],
    ['of no block', { start: 0, end: 3, content_index: 7 }],
    ['of nowhere', {}],
  ])('%s have no place', (_name, fields) => {
    const [citation] = citationsOf(reply({ content: 'One.', citations: [cite(fields)] }));
    expect(citation).toMatchObject({ url: 'https://example.com/a' });
    expect(citation).not.toHaveProperty('startIndex');
    expect(citation).not.toHaveProperty('endIndex');
  });
});

describe('what is no answer', () => {
  it.each<JsonObject>([{}, { message: null }, { message: {} }, { message: { content: [] } }, { embeddings: {} }])(
    'is none: %j',
    (json) => {
      expect(decodeReply(json, names)).toBeUndefined();
    },
  );

  it('is told from one that says nothing but its end', () => {
    expect(toPlainAnswer(reply({}) ?? []).choices).toMatchObject([{ content: '', finishReason: 'stop' }]);
  });

  it('is passed over among events', () => {
    const events = [
      {},
      { type: 'debug', message: 'x' },
      { type: 'content-delta' },
      event('content-delta', { content: 7 }),
    ];
    expect(decode(events)).toEqual([]);
  });
});
