import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/anthropic-messages/answer-decoder.ts';
import { decodeReply } from '../../../src/dialects/anthropic-messages/decode-reply.ts';
import { unpackToolCallId } from '../../../src/dialects/tool-call-memo.ts';
import { exactArguments } from '../../contract/exact-arguments.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';
import { streamBlocks } from './messages-events.ts';

function decode(events: readonly JsonObject[], answerTool?: string) {
  const decoder = new AnswerDecoder(answerTool);
  const decoded = events.flatMap((event) => decoder.decode(event));
  return { decoder, decoded, answer: toPlainAnswer(decoded) };
}

const text = (value: string) => ({ type: 'text', text: value });
const start = (index: number, block: JsonObject) => ({ type: 'content_block_start', index, content_block: block });
const delta = (index: number, fields: JsonObject) => ({ type: 'content_block_delta', index, delta: fields });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const begin = { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } };
const end = (reason: string) => ({
  type: 'message_delta',
  delta: { stop_reason: reason },
  usage: { output_tokens: 7 },
});

describe('AnswerDecoder', () => {
  it('joins the texts that citations stand between, and says where they stand', () => {
    const citation = { type: 'web_search_result_location', url: 'https://a.example', title: 'A', cited_text: 'b 👍' };
    const { decoded, answer } = decode([
      begin,
      start(0, text('')),
      delta(0, { type: 'text_delta', text: 'It is ' }),
      stop(0),
      start(1, { ...text(''), citations: [] }),
      delta(1, { type: 'text_delta', text: 'b 👍' }),
      delta(1, { type: 'citations_delta', citation }),
      delta(1, { type: 'citations_delta', citation: { type: 'char_location', document_title: 'D', cited_text: 'c' } }),
      stop(1),
      start(2, text('')),
      delta(2, { type: 'text_delta', text: '.' }),
      stop(2),
      end('end_turn'),
    ]);
    expect(answer.choices[0]).toMatchObject({ content: 'It is b 👍.', citations: ['https://a.example'] });
    expect(decoded.filter(({ kind }) => kind === 'annotations')).toMatchObject([
      {
        annotations: [
          {
            type: 'url_citation',
            urlCitation: { url: 'https://a.example', title: 'A', content: 'b 👍', startIndex: 6, endIndex: 10 },
          },
        ],
      },
    ]);
  });

  it('makes an empty object of a call without arguments', () => {
    const call = { type: 'tool_use', id: 'a', name: 'now', input: {} };
    expect(decode(streamBlocks([call], 'tool_use', [])).answer.choices[0]?.toolCalls).toEqual([
      { id: 'a', name: 'now', arguments: '{}' },
    ]);
  });

  it('takes arguments that stand in the block already', () => {
    const call = { type: 'tool_use', id: 'a', name: 'roll', input: { sides: 6 } };
    const events = [begin, start(0, call), stop(0), end('tool_use')];
    expect(decode(events).answer.choices[0]?.toolCalls).toEqual([{ id: 'a', name: 'roll', arguments: '{"sides":6}' }]);
  });

  it('takes content that stands in the message already, once', () => {
    const message = { type: 'message_start', message: { content: [text('Hello')] } };
    expect(decode([message, message, end('end_turn')]).answer.choices[0]).toMatchObject({
      content: 'Hello',
      finishReason: 'stop',
    });
  });

  it('turns the arguments of the answer’s tool back into content', () => {
    const call = { type: 'tool_use', id: 'a', name: 'answer', input: { a: 1 } };
    const { answer } = decode(streamBlocks([text('So:'), call, call], 'tool_use', [2, 2]), 'answer');
    expect(answer.choices[0]).toMatchObject({ content: '{"a":1}', toolCalls: [], finishReason: 'stop' });
  });

  it('drops words around the answer’s tool, and gives them where the answer does not come', () => {
    const call = { type: 'tool_use', id: 'a', name: 'answer', input: { a: 1 } };
    const after = decode(streamBlocks([call, text('Done.')], 'tool_use', [2, 2]), 'answer').answer;
    expect(after.choices[0]).toMatchObject({ content: '{"a":1}' });
    const without = decode(streamBlocks([text('I cannot.')], 'end_turn', [2]), 'answer').answer;
    expect(without.choices[0]).toMatchObject({ content: 'I cannot.', finishReason: 'stop' });
  });

  it('holds no words without end', () => {
    const long = decode(
      [begin, start(0, text('')), delta(0, { type: 'text_delta', text: 'x'.repeat(300_000) })],
      'answer',
    );
    expect(long.answer.choices[0]?.content).toHaveLength(300_000);
  });

  it('keeps half a character for the other half', () => {
    const events = [
      begin,
      start(0, text('')),
      delta(0, { text: 'a\ud83d' }),
      delta(0, { text: '\ude00b' }),
      stop(0),
      end('end_turn'),
    ];
    const { decoded, answer } = decode(events);
    expect(answer.choices[0]?.content).toBe('a😀b');
    for (const event of decoded) {
      if (event.kind === 'delta') expect(event.delta.content?.isWellFormed()).not.toBe(false);
    }
  });

  it('passes over events, blocks and deltas that it does not know', () => {
    const { answer } = decode([
      { type: 'new_thing' },
      begin,
      start(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"q":1}' }),
      stop(0),
      start(1, { type: 'web_search_tool_result', content: [{ type: 'web_search_result', url: 'https://a.example' }] }),
      stop(1),
      start(2, { type: 'compaction', content: 'Summary' }),
      delta(2, { type: 'compaction_delta', content: 'Summary' }),
      stop(2),
      start(3, text('')),
      delta(3, { type: 'new_delta', value: 1 }),
      delta(3, { type: 'text_delta', text: 'Hello' }),
      delta(9, { type: 'text_delta', text: 'lost' }),
      stop(3),
      end('end_turn'),
      delta(3, { type: 'text_delta', text: 'late' }),
    ]);
    expect(answer.choices[0]).toMatchObject({ content: 'Hello', toolCalls: [], citations: [] });
  });

  it('ends blocks that were not ended', () => {
    const call = { type: 'tool_use', id: 'a', name: 'now', input: {} };
    expect(decode([begin, start(0, call), end('tool_use')]).answer.choices[0]).toMatchObject({
      toolCalls: [{ arguments: '{}' }],
      finishReason: 'tool_calls',
    });
  });

  it.each([
    ['end_turn', 'stop', undefined],
    ['stop_sequence', 'stop', 'stop_sequence'],
    ['max_tokens', 'length', 'max_tokens'],
    ['model_context_window_exceeded', 'length', 'model_context_window_exceeded'],
    ['pause_turn', 'length', 'pause_turn'],
    ['refusal', 'content_filter', 'refusal'],
    ['something_new', 'stop', 'something_new'],
  ])('calls %s %s', (native, finishReason, told) => {
    const { decoded } = decode([begin, start(0, text('Hi')), stop(0), end(native)]);
    const [finish] = decoded.filter((event) => event.kind === 'finish');
    expect(finish?.finish).toMatchObject({ finishReason, nativeFinishReason: told ?? native });
  });

  it('says why an answer was refused', () => {
    const details = { type: 'refusal', category: 'cyber', explanation: 'It was blocked.' };
    const event = { type: 'message_delta', delta: { stop_reason: 'refusal', stop_details: details } };
    expect(decode([begin, event]).answer.choices[0]).toMatchObject({
      refusal: 'It was blocked.',
      finishReason: 'content_filter',
    });
  });

  it('adds up what Anthropic counts apart, and takes the last of each count', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 1000,
      output_tokens: 1,
    };
    const { answer, decoded } = decode([
      { type: 'message_start', message: { usage } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: {
          input_tokens: 20,
          cache_read_input_tokens: null,
          output_tokens: 5,
          output_tokens_details: { thinking_tokens: 2 },
        },
      },
    ]);
    expect(answer.usage).toMatchObject({ prompt: 1120, completion: 5, total: 1125, cached: 100, reasoning: 2 });
    const [event] = decoded.filter(({ kind }) => kind === 'usage');
    expect(event).toMatchObject({ usage: { promptTokensDetails: { cacheWriteTokens: 1000 } } });
  });

  it.each([
    [{ ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 }, 600],
    [{ ephemeral_5m_input_tokens: 1000, ephemeral_1h_input_tokens: 0 }, undefined],
    [undefined, undefined],
  ])('of what was written to the cache as %j is %j kept for an hour', (cache_creation, expected) => {
    const usage = { input_tokens: 10, cache_creation_input_tokens: 1000, output_tokens: 1 };
    const { decoded } = decode([
      { type: 'message_start', message: { usage: { ...usage, ...(cache_creation && { cache_creation }) } } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    ]);
    const [event] = decoded.filter(({ kind }) => kind === 'usage');
    expect(event).toMatchObject({ usage: { promptTokensDetails: { cacheWriteTokens: 1000 } } });
    expect(event?.kind === 'usage' && event.usage.promptTokensDetails?.cacheWrite1hTokens).toBe(expected);
  });

  it('keeps long thinking out of the ids of calls', () => {
    const thinking = { type: 'thinking', thinking: 'x'.repeat(10_000), signature: 'c2ln' };
    const call = { type: 'tool_use', id: 'a', name: 'now', input: {} };
    const { answer } = decode(streamBlocks([thinking, call], 'tool_use', [3000, 3000]));
    expect(answer.choices[0]?.toolCalls[0]?.id).toBe('a');
    const short = decode(streamBlocks([{ ...thinking, thinking: 'x' }, call, call], 'tool_use', []));
    expect(short.answer.choices[0]?.toolCalls.map(({ id }) => unpackToolCallId(id))).toEqual([
      { id: 'a', memo: 'anthropic-claude-v1[["x","c2ln"]]' },
      { id: 'a', memo: undefined },
    ]);
  });
});

describe('decodeReply', () => {
  const decodeWhole = (json: JsonObject) => decodeReply(json, undefined, JSON.stringify(json));

  it('keeps arguments as they were written', () => {
    const source = `{"content":[{"type":"text","text":"\\"input\\":2"},{"input": ${exactArguments} ,"type":"tool_use","id":"a","name":"f"}],"stop_reason":"tool_use"}`;
    const events = decodeReply(JSON.parse(source), undefined, source);
    expect(toPlainAnswer(events ?? []).choices[0]?.toolCalls[0]?.arguments).toBe(exactArguments);
  });

  it('gives what a stream of the same answer gives', () => {
    const blocks = [
      { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'ZGF0YQ==' },
      text('So:'),
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 'y' } },
    ];
    const whole = decodeWhole({ content: blocks, stop_reason: 'tool_use' });
    const { usage: _, ...streamed } = decode(streamBlocks(blocks, 'tool_use', [1, 2])).answer;
    expect(toPlainAnswer(whole ?? [])).toMatchObject(streamed);
  });

  it.each([
    {},
    { content: [] },
    { content: [{ type: 'new' }] },
    { content: 'Hi', stop_reason: null },
    { content: [], stop_reason: 'end_turn' },
  ])('tells whether %j is an answer', (json) => {
    const isAnswer = json.content === 'Hi' || 'stop_reason' in json;
    expect(decodeWhole(json) !== undefined).toBe(isAnswer);
  });
});
