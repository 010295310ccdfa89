import {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { afterAll, describe, expect, test } from 'vitest';
import { formatCredential } from '../../src/auth/credential.ts';
import { createFakeUpstream, jsonReply } from '../support/fake-upstream.ts';
import { singleTries } from '../support/single-tries.ts';
import { startTestServer } from '../support/test-server.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { createOpenAiClient } from './openai-client.ts';

const upstream = await createFakeUpstream();
const server = await startTestServer({
  config: `
    ${configureFakeProvider(upstream)}
    server: { max_body_bytes: 4096 }
    ${singleTries}
    keys: [ { id: reader, secret: of the reader, scopes: [router.read] } ]
  `.replaceAll('\n    ', '\n'),
});
afterAll(async () => {
  await server.close();
  await upstream.close();
});
const { completions } = createOpenAiClient(server).chat;
const messages = [{ role: 'user' as const, content: 'Hello' }];

/** What a call was refused with. */
async function catchError(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (thrown) {
    return thrown;
  }
  throw new Error('the call was not refused');
}

describe('the caller is at fault', () => {
  test('a key that nobody has is an AuthenticationError', async () => {
    const { chat } = createOpenAiClient(server, { apiKey: formatCredential('test', 'not the secret') });
    const error = await catchError(chat.completions.create({ model: 'sandbox/echo', messages }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, type: 'authentication_error', code: 'credentials_invalid' });
  });

  test('a key that is not base64 of id and secret is one too', async () => {
    const { chat } = createOpenAiClient(server, { apiKey: 'sk-1234' });
    expect(await catchError(chat.completions.create({ model: 'sandbox/echo', messages }))).toBeInstanceOf(
      AuthenticationError,
    );
  });

  test('a key without the scope is a PermissionDeniedError that names it', async () => {
    const { chat } = createOpenAiClient(server, { apiKey: formatCredential('reader', 'of the reader') });
    const error = await catchError(chat.completions.create({ model: 'sandbox/echo', messages }));
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error).toMatchObject({ status: 403, message: expect.stringContaining('inference') });
  });

  test.each([
    ['a value out of its range', { temperature: 3 }, 'temperature'],
    ['no messages', { messages: [] }, 'messages'],
    ['a provider that nobody knows', { model: 'nobody/some-model' }, 'model'],
    ['a provider without a key', { model: 'openai/gpt-4o' }, 'model'],
  ])('%s is a BadRequestError that names the field', async (_what, fault, param) => {
    const error = await catchError(completions.create({ model: 'sandbox/echo', messages, ...fault }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param });
  });

  test.each(['inworld/no-such-router', 'sandbox/no-such-model'])('%s is a NotFoundError', async (model) => {
    const error = await catchError(completions.create({ model, messages }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, param: 'model', code: 'model_not_found' });
  });

  test('a body past the limit is status 413', async () => {
    const content = 'a'.repeat(5000);
    const error = await catchError(
      completions.create({ model: 'sandbox/echo', messages: [{ role: 'user', content }] }),
    );
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 413, message: expect.stringContaining('4096 bytes') });
  });

  test("a provider's own 4xx keeps its words", async () => {
    const refusal = { message: 'Too many flies.', type: 'invalid_request_error', param: 'flies', code: 'fly_limit' };
    upstream.respond(jsonReply({ error: refusal }, { status: 400 }));
    const error = await catchError(completions.create({ model: 'fake/some-model', messages }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ error: refusal, param: 'flies', code: 'fly_limit' });
  });
});

describe('a provider is at fault', () => {
  test('a rate limit is a RateLimitError that says how long to wait', async () => {
    upstream.respond(jsonReply({ error: { message: 'Slow down.' } }, { status: 429, headers: { 'retry-after': '7' } }));
    const error = await catchError(completions.create({ model: 'fake/some-model', messages }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({
      status: 429,
      type: 'rate_limit_error',
      error: { metadata: { attempts: [{ model: 'fake/some-model', error_code: 'PROVIDER_RATE_LIMITED' }] } },
    });
    expect(error instanceof RateLimitError && error.headers.get('retry-after')).toBe('7');
  });

  test('a failure is an InternalServerError with every attempt', async () => {
    const fallback = { models: ['sandbox/cut'] };
    const error = await catchError(completions.create({ model: 'sandbox/error-500', messages, ...fallback }));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({
      status: 502,
      error: { metadata: { attempts: [{ error_code: 'PROVIDER_FAILED' }, { error_code: 'PROVIDER_CUT' }] } },
    });
  });

  test('a timeout is an InternalServerError with status 504', async () => {
    const bound = { fallback: { ttft_timeout: '300ms' } };
    const error = await catchError(completions.create({ model: 'sandbox/slow-first-token', messages, ...bound }));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 504, type: 'timeout_error' });
  });

  test("a refusal of this server's own key is not the caller's", async () => {
    upstream.respond(jsonReply({ error: { message: 'Incorrect API key' } }, { status: 401 }));
    const error = await catchError(completions.create({ model: 'fake/some-model', messages }));
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 502, message: expect.stringContaining('fake') });
  });

  test('a stream that breaks off throws, after what came', async () => {
    const texts: string[] = [];
    const stream = await completions.create({ model: 'sandbox/cut', messages, stream: true });
    const error = await catchError(
      (async () => {
        for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? '');
      })(),
    );
    expect(texts.join('')).toBe('This answer breaks off before it is complete');
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code: 'stream_cut', error: { metadata: { attempts: [{ success: false }] } } });
  });
});
