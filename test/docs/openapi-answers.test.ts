import { describe, expect, test } from 'vitest';
import { formatCredential } from '../../src/auth/credential.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createFakeUpstream, jsonReply, sseReply } from '../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { compileSchema, findResponse } from './openapi-document.ts';

const checkCompletion = compileSchema('ChatCompletion', { closed: true });
const checkEvent = compileSchema('StreamEventData', { closed: true });
const checkChunk = compileSchema('ChatCompletionChunk', { closed: true });
const checkError = compileSchema('ErrorResponse', { closed: true });

const chatOperation = 'POST /v1/chat/completions';

const messages = [{ role: 'user', content: 'Tell me.' }];
const tools = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }];

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(server: TestServer, { path = '/v1/chat/completions', method = 'POST', body, headers }: Sent) {
  return fetch(server.origin + path, {
    method,
    headers: { authorization: server.authorization, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body }),
  });
}

/** The `data` of the events of a stream. */
async function readEvents(response: Response): Promise<string[]> {
  const text = await response.text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
}

const requests: readonly JsonObject[] = [
  { model: 'sandbox/echo', n: 2 },
  { model: 'sandbox/tools', tools },
  { model: 'sandbox/json', response_format: { type: 'json_object' }, temperature: 1 },
  { model: 'sandbox/reasoner', reasoning_effort: 'high' },
  { model: 'sandbox/image' },
  { model: 'sandbox/citations' },
  { model: 'sandbox/refusal' },
  { model: 'sandbox/error-500', models: ['sandbox/error-429', 'sandbox/echo'], recovery: 'restart' },
];

const token = { token: 'Hi', logprob: -0.1, bytes: [72, 105] };
const logprobs = { content: [{ ...token, top_logprobs: [token] }], refusal: null };
const audio = { id: 'audio_1', data: 'AAAA', transcript: 'Hi', expires_at: 1_800_000_000 };
const head = { service_tier: 'default', system_fingerprint: 'fp_1' };
const usage = {
  prompt_tokens: 1,
  completion_tokens: 2,
  total_tokens: 3,
  prompt_tokens_details: {
    cached_tokens: 1,
    cache_write_tokens: 1,
    cache_write_1h_tokens: 1,
    audio_tokens: 0,
    image_tokens: 0,
    billed_tokens: 1,
  },
  completion_tokens_details: {
    reasoning_tokens: 1,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
    image_tokens: 0,
    billed_tokens: 1,
  },
  cost: 0.1,
};
const custom = { id: 'call_1', type: 'custom', custom: { name: 'sql', input: 'select 1' } };

describe('openapi.json describes', () => {
  test.each(requests)('the whole answer to $model', async (request) => {
    await using server = await startTestServer();
    const response = await send(server, { body: JSON.stringify({ messages, ...request }) });
    expect(response.status).toBe(200);
    expect(checkCompletion(await response.json())).toEqual([]);
    expect(response.headers.has('x-generation-id')).toBe(true);
  });

  test.each(requests.flatMap((request) => [request, { ...request, stream_options: { include_usage: true } }]))(
    'each event of the stream of $model',
    async (request) => {
      await using server = await startTestServer();
      const response = await send(server, { body: JSON.stringify({ messages, stream: true, ...request }) });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const events = await readEvents(response);
      expect(events.pop()).toBe('[DONE]');
      expect(events.length).toBeGreaterThan(1);
      for (const data of events) expect(checkChunk(JSON.parse(data)), data).toEqual([]);
    },
  );

  test('everything that a provider can say, whole and streamed', async () => {
    await using upstream = await createFakeUpstream();
    const config = `providers: { fake: { kind: openai-compatible, base_url: "${upstream.origin}/v1" } }`;
    await using server = await startTestServer({ config });
    const choice = { index: 0, logprobs };
    const message = { role: 'assistant', content: 'Hi', audio, tool_calls: [custom] };
    upstream.respond(
      jsonReply({ ...head, choices: [{ ...choice, message, finish_reason: 'end_turn' }], usage }),
      sseReply([
        { ...head, choices: [{ ...choice, delta: { ...message, tool_calls: [{ index: 0, ...custom }] } }] },
        { ...head, choices: [{ index: 0, delta: {}, finish_reason: 'end_turn' }], usage },
        '[DONE]',
      ]),
    );
    const whole = await (await send(server, { body: JSON.stringify({ model: 'fake/model', messages }) })).json();
    expect(checkCompletion(whole)).toEqual([]);
    expect(whole).toMatchObject({ ...head, usage, choices: [{ native_finish_reason: 'end_turn', logprobs }] });

    const stream = await send(server, { body: JSON.stringify({ model: 'fake/model', messages, stream: true }) });
    const chunks = (await readEvents(stream)).slice(0, -1).map((data): unknown => JSON.parse(data));
    for (const chunk of chunks) expect(checkChunk(chunk)).toEqual([]);
    expect(chunks).toContainEqual(expect.objectContaining({ ...head, usage }));
  });

  test('the error that ends a broken stream', async () => {
    await using server = await startTestServer();
    const response = await send(server, { body: JSON.stringify({ model: 'sandbox/cut', messages, stream: true }) });
    const events = (await readEvents(response)).map((data): unknown => JSON.parse(data));
    for (const event of events) expect(checkEvent(event)).toEqual([]);
    expect(checkError(events.at(-1))).toEqual([]);
  });

  const chat = (fields: JsonObject): string => JSON.stringify({ model: 'sandbox/echo', messages, ...fields });
  const noScope = formatCredential('reader', 'secret of the reader');
  const errors: readonly (Sent & { readonly name: string; readonly status: number })[] = [
    { name: 'malformed JSON', status: 400, body: '{' },
    { name: 'several invalid fields', status: 400, body: chat({ temperature: 3, top_p: 0 }) },
    { name: 'an unknown provider', status: 400, body: chat({ model: 'nobody/model' }) },
    { name: 'no key', status: 401, body: chat({}), headers: { authorization: '' } },
    { name: 'a wrong key', status: 401, body: chat({}), headers: { authorization: 'Bearer YTpi' } },
    { name: 'a missing scope', status: 403, body: chat({}), headers: { authorization: `Basic ${noScope}` } },
    { name: 'an unknown router', status: 404, body: chat({ model: 'router/none' }) },
    { name: 'an unknown model', status: 404, body: chat({ model: 'sandbox/none' }) },
    { name: 'an unknown path', status: 404, path: '/v2/chat', body: chat({}) },
    { name: 'an unknown path with a bad body', status: 404, path: '/v2/chat', body: '{' },
    { name: 'a wrong method', status: 405, method: 'GET' },
    { name: 'a body too large', status: 413, body: chat({ user: 'a'.repeat(2000) }) },
    { name: 'another content type', status: 415, body: 'Hi', headers: { 'content-type': 'text/plain' } },
    { name: 'rate limits', status: 429, body: chat({ model: 'sandbox/error-429' }) },
    { name: 'a large header', status: 431, body: chat({}), headers: { 'x-large': 'a'.repeat(20_000) } },
    { name: 'failed attempts', status: 502, body: chat({ model: 'sandbox/error-500', models: ['sandbox/cut'] }) },
  ];

  test.each(errors)('the error for $name: $status', async ({ status, name: _, ...sent }) => {
    const key = '{ id: reader, secret: secret of the reader, scopes: [router.read] }';
    await using server = await startTestServer({ config: `server: { max_body_bytes: 1024 }\nkeys: [${key}]` });
    const response = await send(server, sent);
    expect(response.status).toBe(status);
    expect(checkError(await response.json())).toEqual([]);
  });

  const undocumented = ['an unknown path', 'an unknown path with a bad body', 'a wrong method'];
  test.each(errors.filter(({ name }) => !undocumented.includes(name)))('the status for $name', ({ status }) => {
    expect(JSON.stringify(findResponse(chatOperation, status)['content'])).toContain('ErrorResponse');
  });

  test.each([
    { model: 'sandbox/echo', authorization: '', header: 'www-authenticate' },
    { model: 'sandbox/error-429', header: 'retry-after' },
  ])('the header $header', async ({ model, header, ...headers }) => {
    await using server = await startTestServer();
    const response = await send(server, { body: chat({ model }), headers });
    expect(response.headers.get(header)).not.toBeNull();
    expect(findResponse(chatOperation, response.status)['headers']).toHaveProperty(header);
  });
});
