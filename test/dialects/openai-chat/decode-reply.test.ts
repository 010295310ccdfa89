import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';
import { type PlainAnswer, toPlainAnswer } from '../../support/plain-answer.ts';

function read(message: JsonObject, more: JsonObject = {}): PlainAnswer['choices'][number] | undefined {
  const reply = { choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, ...more }] };
  return toPlainAnswer(decodeReply(reply, 'a')).choices[0];
}

const nothing = { index: 0, content: '', reasoning: '', refusal: '', toolCalls: [], images: [], citations: [] };

describe('decodeReply', () => {
  it('reads what the answer as a whole says', () => {
    const [head] = decodeReply({ service_tier: 'flex', system_fingerprint: 'fp_1', choices: [] }, 'a');
    expect(head).toEqual({ kind: 'head', serviceTier: 'flex', systemFingerprint: 'fp_1' });
    const [empty] = decodeReply({ service_tier: null, system_fingerprint: '' }, 'a');
    expect(empty).toEqual({ kind: 'head' });
  });

  it('has no finish for a reply without choices', () => {
    for (const reply of [{}, { choices: null }, { choices: [] }, { choices: {} }, { choices: [null, 'x'] }]) {
      expect(decodeReply(reply, 'a').filter(({ kind }) => kind !== 'head')).toEqual([]);
    }
  });

  it.each<readonly [string, JsonObject, object]>([
    ['content', { content: 'Hi' }, { content: 'Hi' }],
    ['a refusal', { refusal: 'No.' }, { refusal: 'No.' }],
    ['reasoning_content', { content: 'a', reasoning_content: 'b' }, { content: 'a', reasoning: 'b' }],
    ['reasoning', { content: 'a', reasoning: 'b', reasoning_content: null }, { content: 'a', reasoning: 'b' }],
    ['the same reasoning twice', { reasoning: 'b', reasoning_content: 'b' }, { reasoning: 'b' }],
    [
      'reasoning beside its details',
      { reasoning: 'b', reasoning_details: [{ type: 'reasoning.text', text: 'b' }] },
      { reasoning: 'b' },
    ],
    [
      'reasoning in its details alone',
      {
        reasoning_details: [
          { type: 'reasoning.text', text: 'a', signature: 's' },
          { type: 'reasoning.encrypted', data: 'x' },
          { type: 'reasoning.summary', summary: 'b' },
        ],
      },
      { reasoning: 'ab' },
    ],
    [
      'parts',
      {
        content: [
          {
            type: 'thinking',
            thinking: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
          { type: 'text', text: 'c' },
          { type: 'reference', reference_ids: [1] },
          { type: 'text', text: 'd' },
        ],
      },
      { content: 'cd', reasoning: 'ab' },
    ],
    ['thinking as text', { content: [{ type: 'thinking', thinking: 'a' }] }, { reasoning: 'a' }],
    [
      'images',
      { images: [{ type: 'image_url', image_url: { url: 'data:,a' } }, { image_url: 'data:,b' }, { image_url: {} }] },
      { images: ['data:,a', 'data:,b'] },
    ],
    [
      'citations',
      {
        content: 'a',
        annotations: [
          { type: 'url_citation', url_citation: { url: 'https://a' } },
          { type: 'file', file: {} },
        ],
      },
      { content: 'a', citations: ['https://a'] },
    ],
    [
      'tool calls',
      { tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{ "a":1.0 }' } }] },
      { toolCalls: [{ id: 'c1', name: 'f', arguments: '{ "a":1.0 }' }], finishReason: 'tool_calls' },
    ],
    [
      'tool calls without ids, and with an object of arguments',
      { tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }, { id: '', function: { name: 'g' } }] },
      {
        toolCalls: [
          { id: 'call_a_0', name: 'f', arguments: '{"a":1}' },
          { id: 'call_a_1', name: 'g', arguments: '{}' },
        ],
        finishReason: 'tool_calls',
      },
    ],
    [
      'a custom tool call',
      { tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'grep', input: 'x' } }] },
      { toolCalls: [{ id: 'c1', name: 'grep', arguments: 'x' }], finishReason: 'tool_calls' },
    ],
    [
      'a call of the functions API',
      { function_call: { name: 'f', arguments: '{}' } },
      { toolCalls: [{ id: 'call_a_0', name: 'f', arguments: '{}' }], finishReason: 'tool_calls' },
    ],
  ])('reads %s', (_name, message, expected) => {
    expect(read(message)).toEqual({ ...nothing, finishReason: 'stop', ...expected });
  });

  it('takes placeholders for nothing', () => {
    const call = {
      id: 'c1',
      type: 'function',
      function: { name: 'f', arguments: '{}' },
      custom: { name: '', input: '' },
    };
    const placeholders = {
      content: 'Hi',
      refusal: '',
      annotations: null,
      audio: { id: '', data: '', transcript: '', expires_at: 0 },
      function_call: { name: '', arguments: '' },
    };
    const empty = decodeReply(
      {
        choices: [{ message: placeholders, finish_reason: '', logprobs: { content: null, refusal: null } }],
        usage: null,
      },
      'a',
    );
    expect(empty).toMatchObject([
      { kind: 'head' },
      { kind: 'delta', delta: { content: 'Hi', toolCalls: [] } },
      { kind: 'finish', finish: { finishReason: 'stop' } },
    ]);
    const [, delta, finish] = empty;
    expect(delta).not.toHaveProperty('delta.audio');
    expect(delta).not.toHaveProperty('delta.logprobs');
    expect(finish).not.toHaveProperty('finish.nativeFinishReason');
    expect(read({ ...placeholders, tool_calls: [call] })?.toolCalls).toEqual([
      { id: 'c1', name: 'f', arguments: '{}' },
    ]);
  });

  it.each([
    ['stop', 'stop', undefined],
    ['length', 'length', undefined],
    ['tool_calls', 'tool_calls', undefined],
    ['content_filter', 'content_filter', undefined],
    ['function_call', 'tool_calls', 'function_call'],
    ['eos', 'stop', 'eos'],
    ['sensitive', 'content_filter', 'sensitive'],
    ['STOP', 'stop', 'STOP'],
    ['MAX_TOKENS', 'length', 'MAX_TOKENS'],
    ['model_length', 'length', 'model_length'],
    ['something_new', 'stop', 'something_new'],
    ['constructor', 'stop', 'constructor'],
    ['__proto__', 'stop', '__proto__'],
    [null, 'stop', undefined],
    [7, 'stop', undefined],
  ])('reads the finish reason %j as %s', (reason, finishReason, nativeFinishReason) => {
    const finish = decodeReply({ choices: [{ message: { content: 'Hi' }, finish_reason: reason }] }, 'a').at(-1);
    if (finish?.kind !== 'finish') throw new Error('it has no finish');
    expect(finish.finish.finishReason).toBe(finishReason);
    expect(finish.finish.nativeFinishReason).toBe(nativeFinishReason);
  });

  it.each<readonly [string, JsonObject]>([
    ['has no message', { index: 0 }],
    ['has no message, but an end', { index: 0, finish_reason: 'stop' }],
    ['has null in its place', { index: 0, message: null, finish_reason: null }],
    ['says nothing', { index: 0, message: { role: 'assistant', content: '' }, finish_reason: null }],
    ['has only annotations', { index: 0, message: { annotations: [{ url_citation: { url: 'https://a' } }] } }],
  ])('has no finish for a choice that %s', (_name, choice) => {
    const events = decodeReply({ choices: [{ message: { content: 'Hi' } }, { ...choice, index: 1 }] }, 'a');
    const finishes = events.flatMap((event) => (event.kind === 'finish' ? event.finish.index : []));
    expect(finishes).toEqual([0]);
    expect(events.filter(({ kind }) => kind === 'delta')).toHaveLength(2);
  });

  it.each<JsonObject>([
    { content: 'a' },
    { refusal: 'a' },
    { reasoning: 'a' },
    { tool_calls: [{ function: { name: 'f' } }] },
    { images: [{ image_url: 'data:,a' }] },
    { audio: { data: 'AAAA' } },
  ])('takes %j for a whole answer without a reason for its end', (message) => {
    expect(decodeReply({ choices: [{ message, finish_reason: null }] }, 'a').at(-1)?.kind).toBe('finish');
  });

  it('takes a choice whose message a filter took for an empty answer', () => {
    const { choices } = toPlainAnswer(decodeReply({ choices: [{ index: 0, finish_reason: 'content_filter' }] }, 'a'));
    expect(choices).toEqual([{ ...nothing, finishReason: 'content_filter' }]);
  });

  it('takes an empty message with a reason for its end for an empty answer', () => {
    expect(read({ content: '' }, { finish_reason: 'stop' })).toEqual({ ...nothing, finishReason: 'stop' });
  });

  it('gives choices with the same number free ones', () => {
    const choices = [0, 0, 1, 5, 5].map((index, at) => ({ index, message: { content: `${at}` } }));
    const answer = toPlainAnswer(decodeReply({ choices }, 'a'));
    expect(answer.choices.map(({ index, content }) => [index, content])).toEqual([
      [0, '0'],
      [1, '1'],
      [2, '2'],
      [3, '4'],
      [5, '3'],
    ]);
  });

  it('reads several choices, numbered or not', () => {
    const choice = (content: string, index?: number) => ({
      message: { content },
      ...(index !== undefined && { index }),
    });
    const contents = (choices: JsonObject[]) =>
      toPlainAnswer(decodeReply({ choices }, 'a')).choices.map(({ index, content }) => [index, content]);
    expect(contents([choice('b', 1), choice('a', 0)])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    expect(contents([choice('a'), choice('b')])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  it('reads audio and log probabilities', () => {
    const [, event] = decodeReply(
      {
        choices: [
          {
            index: 0,
            message: { audio: { id: 'a1', data: 'AAAA', transcript: 'Hi', expires_at: 1_700_000_000, voice: 'x' } },
            logprobs: {
              content: [
                {
                  token: 'Hi',
                  logprob: -0.5,
                  bytes: [72, 105],
                  top_logprobs: [{ token: 'Ho', logprob: -1, bytes: null }],
                },
              ],
              refusal: null,
            },
          },
        ],
      },
      'a',
    );
    expect(event).toMatchObject({
      kind: 'delta',
      delta: {
        audio: { id: 'a1', data: 'AAAA', transcript: 'Hi', expiresAt: 1_700_000_000n },
        logprobs: {
          content: [
            {
              token: 'Hi',
              logprob: -0.5,
              bytes: Uint8Array.of(72, 105),
              topLogprobs: [{ token: 'Ho', logprob: -1 }],
            },
          ],
          refusal: [],
        },
      },
    });
  });
});

describe('decodeReply, usage', () => {
  function readUsage(reply: JsonObject): PlainAnswer['usage'] {
    return toPlainAnswer(decodeReply(reply, 'a')).usage;
  }
  const counts = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

  it.each<readonly [string, JsonObject, object]>([
    ['nothing but counts', counts, {}],
    ['cached tokens', { ...counts, prompt_tokens_details: { cached_tokens: 4 } }, { cached: 4 }],
    ['none cached', { ...counts, prompt_tokens_details: { cached_tokens: 0 } }, { cached: 0 }],
    ['DeepSeek’s cached tokens', { ...counts, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 }, { cached: 4 }],
    ['Together’s cached tokens', { ...counts, cached_tokens: 4 }, { cached: 4 }],
    ['Mistral’s cached tokens', { ...counts, num_cached_tokens: 4 }, { cached: 4 }],
    ['reasoning inside', { ...counts, completion_tokens_details: { reasoning_tokens: 3 } }, { reasoning: 3 }],
    [
      'xAI’s reasoning apart',
      { ...counts, total_tokens: 18, completion_tokens_details: { reasoning_tokens: 3 } },
      { completion: 8, total: 18, reasoning: 3 },
    ],
    [
      'Voxtral’s audio apart',
      { ...counts, total_tokens: 315, prompt_tokens_details: { audio_tokens: 300 } },
      { prompt: 310, total: 315 },
    ],
    ['a total that nothing explains', { ...counts, total_tokens: 40 }, { total: 40 }],
    ['a price', { ...counts, cost: 0.0025 }, { cost: 0.0025 }],
    ['a price that is no number', { ...counts, cost: '0.0025' }, {}],
    [
      'the price that Perplexity adds up',
      { ...counts, cost: { request_cost: 0.005, total_cost: 0.006 } },
      { cost: 0.006 },
    ],
    ['the price that DeepInfra estimates', { ...counts, estimated_cost: 0.0025 }, { cost: 0.0025 }],
    ['the price that xAI counts in ticks', { ...counts, cost_in_usd_ticks: 25_000_000 }, { cost: 0.0025 }],
    [
      'counts that are none',
      { ...counts, total_tokens: -1, completion_tokens: 1.5 },
      { completion: undefined, total: undefined },
    ],
    ['counts that are too large', { ...counts, total_tokens: 2 ** 31 }, { total: undefined }],
    ['details that are none', { ...counts, prompt_tokens_details: null, completion_tokens_details: [] }, {}],
  ])('reads %s', (_name, usage, expected) => {
    const all = { prompt: 10, completion: 5, total: 15, cached: undefined, reasoning: undefined, cost: undefined };
    expect(readUsage({ usage })).toStrictEqual({ ...all, ...expected });
  });

  it('finds Groq’s, and prefers the usual place', () => {
    expect(readUsage({ x_groq: { usage: counts } })).toMatchObject({ prompt: 10 });
    expect(readUsage({ usage: { prompt_tokens: 1 }, x_groq: { usage: counts } })).toEqual({ prompt: 1 });
  });

  it('is absent where there is none', () => {
    for (const reply of [{}, { usage: null }, { usage: 7 }, { x_groq: { id: 'r' } }, { x_groq: null }]) {
      expect(readUsage(reply)).toBeUndefined();
    }
  });
});

describe('tool calls of a whole reply', () => {
  const bare = { index: 0, message: { tool_calls: [{ function: { name: 'f', arguments: null } }] } };

  it('have ids of their own in every answer and choice', () => {
    const ids = ['a', 'b'].flatMap((answerId) =>
      toPlainAnswer(decodeReply({ choices: [bare, { ...bare, index: 1 }] }, answerId)).choices.map(
        ({ toolCalls }) => toolCalls[0]?.id,
      ),
    );
    expect(new Set(ids).size).toBe(4);
  });

  it.each([
    ['tool_calls', '{}'],
    [null, '{}'],
    ['length', ''],
  ])('without arguments, and with the end %j, have %j', (finish_reason, args) => {
    const [choice] = toPlainAnswer(decodeReply({ choices: [{ ...bare, finish_reason }] }, 'a')).choices;
    expect(choice?.toolCalls[0]?.arguments).toBe(args);
  });
});
