import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { compileSchema } from './openapi-document.ts';

const user: JsonObject = { role: 'user', content: 'Hi' };
const url = 'https://example.com/a.png';

/** A message whose content is one part. */
function withPart(part: JsonValue): JsonObject {
  return { messages: [{ role: 'user', content: [part] }] };
}

function withMessages(...messages: JsonValue[]): JsonObject {
  return { messages };
}

function withFormat(format: JsonValue): JsonObject {
  return { response_format: format };
}

/** Values of one field. */
function eachOf(field: string, ...values: JsonValue[]): JsonObject[] {
  return values.map((value) => ({ [field]: value }));
}

function strings(count: number): string[] {
  return Array.from({ length: count }, () => 'sandbox/echo');
}

/** An object of so many fields. */
function fieldsOf<Value extends JsonValue>(count: number, value: Value): Record<string, Value> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, value]));
}

/** An assistant's message of so many tool calls, and what must be around it. */
function withToolCalls(count: number): JsonObject {
  return withMessages(user, { role: 'assistant', tool_calls: Array.from({ length: count }, () => toolCall) }, user);
}

/** A message of so many parts. */
function withParts(count: number): JsonObject {
  return withMessages({ role: 'user', content: Array.from({ length: count }, () => ({ type: 'text', text: 'a' })) });
}

/** So many tools. */
function withTools(count: number): JsonObject {
  return { tools: Array.from({ length: count }, () => ({ function: { name: 'f' } })) };
}

const int32Max = 2 ** 31 - 1;
const toolCall = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };

/** What a request has beside `model: sandbox/echo` and one message. */
const accepted: readonly JsonObject[] = [
  {},
  ...eachOf('stream', false, null),
  ...eachOf('stream_options', { include_usage: true }, { include_usage: null }, {}, null),
  ...eachOf('temperature', 0, 2, 0.5, null),
  ...eachOf('top_p', 0.0001, 1, null),
  ...eachOf('max_tokens', 1, int32Max, null),
  ...eachOf('max_completion_tokens', 1, int32Max, null),
  ...eachOf('presence_penalty', -2, 2, null),
  ...eachOf('frequency_penalty', -2, 2, null),
  ...eachOf('seed', Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER, null),
  ...eachOf('stop', 'a', ['a', 'b', 'c', 'd'], [], null),
  ...eachOf('logit_bias', { 50256: -100 }, { 1: 100 }, {}, null),
  ...eachOf('n', 1, 128, null),
  ...eachOf('logprobs', true, null),
  ...eachOf('top_logprobs', 0, 20, null),
  ...eachOf('user', 'someone', null),
  ...eachOf('tools', [], null, [{ type: 'function', function: { name: 'f' } }], [{ function: { name: 'f' } }]),
  ...eachOf('tools', [{ type: 'function', function: { name: 'f', description: 'd', parameters: {}, strict: true } }]),
  ...eachOf('tools', [{ type: 'custom', custom: { name: 'f' } }]),
  ...eachOf('tool_choice', 'none', 'auto', 'required', null, { type: 'function', function: { name: 'f' } }),
  ...eachOf('tool_choice', { type: 'allowed_tools', allowed_tools: {} }),
  ...eachOf('parallel_tool_calls', false, null),
  ...[withFormat({ type: 'text' }), withFormat({ type: 'json_object', json_schema: null }), withFormat(null)],
  withFormat({ type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' }, strict: true } }),
  ...eachOf('reasoning_effort', 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', null),
  ...eachOf('web_search', null),
  ...eachOf('web_search_options', { search_context_size: 'low' }, {}, null),
  ...eachOf('modalities', ['text', 'image', 'audio'], [], null),
  ...eachOf('image_config', { aspect_ratio: '16:9', image_size: '1K' }, null),
  ...eachOf('service_tier', 'flex', null),
  ...eachOf('store', true, null),
  ...eachOf('verbosity', 'low', null),
  ...eachOf('prediction', { type: 'content', content: 'a' }, null),
  ...eachOf('metadata', { tier: 'premium' }, null),
  ...eachOf('extra_body', {}, null, { models: ['sandbox/json'], ignore: ['openai'], sort: ['price', 'latency'] }),
  ...eachOf('extra_body', {
    provider: { order: ['groq'], allow_fallbacks: false },
    fallback: { ttft_timeout: '1.5s' },
  }),
  ...eachOf('extra_body', { recovery: 'continue', metadata: { score: 1 }, prompt_variables: { name: 'value' } }),
  ...eachOf('extra_body', { reasoning: { effort: 'low', max_tokens: 1, exclude: true }, unheard_of: [1] }),
  ...eachOf('models', ['sandbox/json'], strings(64), [], null),
  ...eachOf('ignore', strings(256).fill('groq'), null),
  ...eachOf('sort', ['price', 'latency', 'throughput', 'intelligence', 'math', 'coding'], null),
  ...eachOf('provider', { order: ['openai'] }, null),
  ...eachOf('fallback', { ttft_timeout: '300ms' }, { ttft_timeout: null }, null),
  ...eachOf('recovery', 'none', null),
  ...eachOf('prompt_variables', { a: 'b' }, null),
  ...eachOf('reasoning', { effort: 'xhigh' }, {}, null),
  { unheard_of: { at: ['all'] } },
  ...['system', 'developer', 'tool'].map((role) => withMessages({ role, content: 'a' }, user)),
  withMessages({ ...user, name: 'Ada', tool_call_id: null, refusal: null, unheard_of: 1 }),
  withMessages(user, { role: 'assistant', content: null, tool_calls: [toolCall] }, user),
  withMessages(user, { role: 'assistant', tool_calls: [{ function: { name: 'f' } }] }, user),
  withMessages(user, { role: 'assistant', tool_calls: [{ type: 'custom', custom: { name: 'f', input: 'a' } }] }, user),
  withMessages(user, { role: 'assistant', refusal: 'No.', reasoning_content: 'Hm.' }, user),
  ...[0, 1, null].map((aggressiveness) => withMessages({ ...user, compression: { aggressiveness } })),
  withPart({ type: 'text', text: '', cache_control: { type: 'ephemeral', ttl: '1h' } }),
  withPart({ type: 'text', text: 'a', cache_control: null }),
  withPart({ type: 'image_url', image_url: { url, detail: 'low' } }),
  withPart({ type: 'image_url', image_url: url }),
  withPart({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
  withPart({ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA', file_id: null } }),
  withPart({ type: 'refusal', refusal: 'No.' }),
  withPart({ type: 'video_url', video_url: { url } }),
  ...[withTools(1024), withToolCalls(256), withParts(1024)],
  ...eachOf('logit_bias', fieldsOf(1024, 1)),
  ...eachOf('prompt_variables', fieldsOf(1024, 'a')),
  // Beside the model and the messages.
  fieldsOf(998, 1),
];

const refused: readonly JsonObject[] = [
  ...eachOf('model', null, 1, '', 'a'.repeat(513)),
  ...eachOf('messages', null, [], {}, ['Hi'], [null]),
  ...eachOf('stream', 'true', 1),
  ...eachOf('stream_options', [], { include_usage: 'yes' }),
  ...eachOf('temperature', -0.1, 2.1, '1'),
  ...eachOf('top_p', 0, 1.1),
  ...eachOf('max_tokens', 0, 1.5, int32Max + 1),
  ...eachOf('max_completion_tokens', 0, int32Max + 1),
  ...eachOf('presence_penalty', -2.1, 2.1),
  ...eachOf('frequency_penalty', -2.1, 2.1),
  ...eachOf('seed', 0.5, 2 ** 53),
  ...eachOf('stop', 1, ['a', 'b', 'c', 'd', 'e'], [null]),
  ...eachOf('logit_bias', [], { 1: 101 }, { 1: null }, { 1: 'a' }),
  ...eachOf('n', 0, 129),
  ...eachOf('logprobs', 1),
  ...eachOf('top_logprobs', -1, 21),
  ...eachOf('user', 1),
  ...eachOf('tools', {}, [null], [{ type: 'function' }], [{ type: 'function', function: {} }], [{ function: null }]),
  ...eachOf('tools', [{ function: { name: '' } }], [{ function: { name: 'a'.repeat(257) } }]),
  ...eachOf('tools', [{ function: { name: 'f', parameters: [] } }], [{ function: { name: 'f', strict: 1 } }]),
  ...eachOf('tool_choice', 'any', 1, {}, { type: 'function' }, { type: 'function', function: { name: '' } }),
  ...eachOf('parallel_tool_calls', 'no'),
  ...[withFormat({}), withFormat({ type: 'xml' }), withFormat({ type: 'json_schema' }), withFormat('text')],
  withFormat({ type: 'json_schema', json_schema: { name: '' } }),
  withFormat({ type: 'text', json_schema: { name: 'a' } }),
  ...eachOf('reasoning_effort', '', 'extreme', 1),
  ...eachOf('web_search', { engine: 'other' }, { max_results: 0 }, { max_results: 21 }, { max_steps: 6 }),
  ...eachOf('web_search_options', { search_context_size: 'huge' }, []),
  ...eachOf('modalities', ['video'], 'text', [null]),
  ...eachOf('image_config', { aspect_ratio: 1 }),
  ...eachOf('service_tier', 1),
  ...eachOf('store', 'yes'),
  ...eachOf('verbosity', 1),
  ...eachOf('prediction', 'a'),
  ...eachOf('metadata', []),
  ...eachOf('extra_body', [], { sort: ['speed'] }, { recovery: 'retry' }, { metadata: 'a' }, { models: 'a' }),
  ...eachOf('extra_body', { prompt_variables: { a: 1 } }, { reasoning: { max_tokens: 0 } }),
  ...eachOf('models', strings(65), [''], [null]),
  ...eachOf('ignore', strings(257).fill('groq'), ['']),
  ...eachOf('sort', ['price', 'price', 'price', 'price', 'price', 'price', 'price'], ['speed']),
  ...eachOf('provider', 'openai', { order: strings(65) }, { allow_fallbacks: 1 }),
  ...eachOf('fallback', '300ms', { ttft_timeout: 300 }, { ttft_timeout: '5 minutes' }),
  ...eachOf('recovery', 'retry'),
  ...eachOf('prompt_variables', { a: null }),
  ...eachOf('reasoning', { effort: 'extreme' }, { max_tokens: 0 }, { exclude: 'yes' }),
  withMessages({ content: 'a' }),
  withMessages({ role: 'robot', content: 'a' }),
  ...['system', 'user', 'tool'].flatMap((role) => [withMessages({ role }), withMessages({ role, content: null })]),
  withMessages({ role: 'user', content: 1 }),
  withMessages({ role: 'user', content: [] }),
  withMessages({ role: 'user', content: 'a', name: 1 }),
  withMessages(user, { role: 'assistant', tool_calls: [{ id: 'a' }] }, user),
  withMessages(user, { role: 'assistant', tool_calls: [{ function: { arguments: '{}' } }] }, user),
  withMessages(user, { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: {} } }] }, user),
  withMessages({ ...user, compression: { aggressiveness: 1.1 } }),
  withPart('a'),
  withPart({ text: 'a' }),
  withPart({ type: 'text' }),
  withPart({ type: 'text', text: 'a', cache_control: { type: 'forever' } }),
  withPart({ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '2h' } }),
  withPart({ type: 'image_url', image_url: {} }),
  withPart({ type: 'image_url', image_url: { url: '' } }),
  withPart({ type: 'image_url', image_url: '' }),
  withPart({ type: 'input_audio', input_audio: { data: 'AAAA' } }),
  withPart({ type: 'input_audio', input_audio: { data: '', format: 'wav' } }),
  withPart({ type: 'file' }),
  withPart({ type: 'file', file: { file_id: 1 } }),
  withPart({ type: 'refusal' }),
  ...[withTools(1025), withToolCalls(257), withParts(1025)],
  ...eachOf('modalities', ['text', 'text', 'text', 'text']),
  ...eachOf('logit_bias', fieldsOf(1025, 1)),
  ...eachOf('prompt_variables', fieldsOf(1025, 'a')),
  fieldsOf(999, 1),
];

describe('ChatCompletionRequest of openapi.json', () => {
  const check = compileSchema('ChatCompletionRequest');
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  async function send(fields: JsonObject): Promise<{ request: JsonObject; status: number; answer: string }> {
    const request: JsonObject = { model: 'sandbox/echo', messages: [user], ...fields };
    const response = await fetch(`${server.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    return { request, status: response.status, answer: await response.text() };
  }

  test.each(accepted.map((fields) => [JSON.stringify(fields).slice(0, 120), fields]))(
    'takes %s as the server does',
    async (_name, fields) => {
      const { request, status, answer } = await send(fields);
      expect(status, answer).toBe(200);
      expect(check(request)).toEqual([]);
    },
  );

  test.each(refused.map((fields) => [JSON.stringify(fields).slice(0, 120), fields]))(
    'refuses %s as the server does',
    async (_name, fields) => {
      const { request, status, answer } = await send(fields);
      expect(status, answer).toBe(400);
      expect(check(request)).not.toEqual([]);
    },
  );
});
