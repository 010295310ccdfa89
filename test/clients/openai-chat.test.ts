import { afterAll, describe, expect, test } from 'vitest';
import { singleTries } from '../support/single-tries.ts';
import { startTestServer } from '../support/test-server.ts';
import { collect } from './collect.ts';
import { createOpenAiClient } from './openai-client.ts';

const server = await startTestServer({ config: singleTries });
afterAll(() => server.close());
const { completions } = createOpenAiClient(server).chat;

const messages = [{ role: 'user' as const, content: 'Hello there, you' }];
const usage = { prompt_tokens: 7, completion_tokens: 4, total_tokens: 11 };
const generationId = expect.stringMatching(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);

describe('a whole answer', () => {
  test('has every key that OpenAI documents, and what the gateway did', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { data, response } = await completions.create({ model: 'sandbox/echo', messages }).withResponse();
    expect(data).toEqual({
      id: expect.stringMatching(/^chatcmpl-\d+$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'sandbox/echo',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello there, you', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { ...usage, cost: 0 },
      metadata: {
        attempts: [{ model: 'sandbox/echo', success: true, time_to_first_token_ms: expect.any(Number) }],
        generation_id: generationId,
        reasoning: "Using specified model: 'sandbox/echo' - success",
        total_duration_ms: expect.any(Number),
      },
    });
    expect(data.created).toBeGreaterThanOrEqual(before);
    expect(response.headers.get('x-generation-id')).toBe(data.metadata?.['generation_id']);
  });

  test('has as many choices as were asked for', async () => {
    const { choices } = await completions.create({ model: 'sandbox/echo', messages, n: 3 });
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'Hello there, you'],
      [1, 'Hello there, you'],
      [2, 'Hello there, you'],
    ]);
  });

  test('stops where max_tokens says, and says so', async () => {
    const { choices } = await completions.create({ model: 'sandbox/echo', messages, max_tokens: 2 });
    expect(choices).toMatchObject([{ message: { content: 'Hello there' }, finish_reason: 'length' }]);
  });

  test('refuses in `refusal`', async () => {
    const { choices } = await completions.create({ model: 'sandbox/refusal', messages });
    expect(choices).toMatchObject([{ message: { content: null, refusal: expect.stringContaining('I cannot help') } }]);
  });
});

describe('a streamed answer', () => {
  test('comes in chunks of one id, the usage on the last one', async () => {
    const chunks = await collect(await completions.create({ model: 'sandbox/echo', messages, stream: true }));
    expect(new Set(chunks.map(({ id, created, model, object }) => `${id} ${created} ${model} ${object}`)).size).toBe(1);
    expect(chunks.map(({ choices }) => choices)).toMatchObject([
      [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }],
      [{ index: 0, delta: { content: ' there' }, finish_reason: null }],
      [{ index: 0, delta: { content: ',' }, finish_reason: null }],
      [{ index: 0, delta: { content: ' you' }, finish_reason: null }],
      [{ index: 0, delta: {}, finish_reason: 'stop' }],
    ]);
    expect(chunks.map((chunk) => 'usage' in chunk)).toEqual([false, false, false, false, false, true]);
    expect(chunks.at(-1)).toMatchObject({
      usage: { ...usage, cost: 0 },
      metadata: { attempts: [{ model: 'sandbox/echo', success: true }], generation_id: generationId },
    });
  });

  test('has the usage in a chunk of its own with include_usage', async () => {
    const chunks = await collect(
      await completions.create({
        model: 'sandbox/echo',
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }], metadata: expect.anything() });
    expect(chunks.at(-2)?.usage ?? undefined).toBeUndefined();
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage });
  });

  test('is put together by the stream helper', async () => {
    const stream = completions.stream({ model: 'sandbox/echo', messages, n: 2 });
    const deltas: string[] = [];
    stream.on('content.delta', ({ delta }) => deltas.push(delta));
    const completion = await stream.finalChatCompletion();
    expect(completion.choices).toMatchObject([
      { index: 0, message: { role: 'assistant', content: 'Hello there, you' }, finish_reason: 'stop' },
      { index: 1, message: { role: 'assistant', content: 'Hello there, you' }, finish_reason: 'stop' },
    ]);
    expect(deltas.filter((delta) => delta !== '')).toHaveLength(8);
    expect(await stream.totalUsage()).toMatchObject({ completion_tokens: 8 });
  });

  test('refuses in the events of a refusal', async () => {
    const stream = completions.stream({ model: 'sandbox/refusal', messages });
    const refusals: string[] = [];
    stream.on('refusal.done', ({ refusal }) => refusals.push(refusal));
    await stream.done();
    expect(refusals).toEqual(['I cannot help with that: this model refuses everything.']);
  });
});

describe('what the gateway adds', () => {
  test.each([
    ['at the root of the body, where SDKs put it', { models: ['sandbox/echo'] }],
    ['in extra_body', { extra_body: { models: ['sandbox/echo'] } }],
  ])('falls back to models %s', async (_where, extras) => {
    const completion = await completions.create({ model: 'sandbox/error-500', messages, ...extras });
    expect(completion).toMatchObject({
      model: 'sandbox/echo',
      choices: [{ message: { content: 'Hello there, you' } }],
      metadata: {
        attempts: [
          { model: 'sandbox/error-500', success: false, error_code: 'PROVIDER_FAILED' },
          { model: 'sandbox/echo', success: true },
        ],
      },
    });
  });

  test('gives the reasoning in reasoning_content, and leaves it out when asked to', async () => {
    const shown = await completions.create({ model: 'sandbox/reasoner', messages, reasoning_effort: 'low' });
    const hidden = await completions.create({
      model: 'sandbox/reasoner',
      messages,
      ...{ reasoning: { effort: 'low', exclude: true } },
    });
    expect(shown.choices[0]?.message).toMatchObject({ reasoning_content: expect.stringMatching(/\w/) });
    expect(hidden.choices[0]?.message).not.toHaveProperty('reasoning_content');
    expect(hidden.choices[0]?.message.content).toBe(shown.choices[0]?.message.content);
    expect(hidden.usage?.completion_tokens_details?.reasoning_tokens).toBe(
      shown.usage?.completion_tokens_details?.reasoning_tokens,
    );
  });

  test('puts annotations on the chunk that finishes, with the metadata', async () => {
    const chunks = await collect(await completions.create({ model: 'sandbox/citations', messages, stream: true }));
    const cited = chunks.filter((chunk) => JSON.stringify(chunk).includes('url_citation'));
    expect(cited).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], metadata: expect.anything() });
  });

  test('gives images as data URIs', async () => {
    const { choices } = await completions.create({ model: 'sandbox/image', messages });
    expect(choices[0]?.message).toMatchObject({
      images: [{ type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,/) } }],
    });
  });
});
