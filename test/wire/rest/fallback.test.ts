import { describe, expect, test } from 'vitest';
import { type FakeReply, jsonReply, sseReply } from '../../support/fake-upstream.ts';
import { createManualClock } from '../one-port-harness.ts';
import {
  firstModel,
  postChat,
  readError,
  readJson,
  secondModel,
  startRig,
  upstreamChunk,
  upstreamReply,
  upstreamStream,
} from './chat-rig.ts';
import { readChunks } from './event-stream.ts';

const withFallback = { extra_body: { models: [secondModel] } };

/** What an upstream answers when it is at fault, as OpenAI-like servers word it. */
function failure(status: number, message = 'not now', headers: Readonly<Record<string, string>> = {}): FakeReply {
  return jsonReply({ error: { message, type: 'some_error', param: null, code: 'some_code' } }, { status, headers });
}

describe.each([false, true])('with stream %s, the next model answers', (stream) => {
  const oddAnswers: [what: string, reply: FakeReply, code: string][] = [
    ['429', failure(429), 'PROVIDER_RATE_LIMITED'],
    ['401', failure(401), 'PROVIDER_CREDENTIALS'],
    ['403', failure(403), 'PROVIDER_CREDENTIALS'],
    ['408', failure(408), 'PROVIDER_TIMEOUT'],
    ['409', failure(409), 'PROVIDER_FAILED'],
    ['500', failure(500), 'PROVIDER_FAILED'],
    ['503 without a word of JSON', { status: 503, body: '<html>busy</html>' }, 'PROVIDER_FAILED'],
    ['504', failure(504), 'PROVIDER_TIMEOUT'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'PROVIDER_FAILED'],
    ['a reset', { drop: 'reset' }, 'PROVIDER_UNREACHABLE'],
    ['a close without an answer', { drop: 'close' }, 'PROVIDER_UNREACHABLE'],
    ['bytes that are not HTTP', { raw: 'nonsense\r\n\r\n', ending: 'close' }, 'PROVIDER_UNUSABLE'],
    [
      'a page of HTML with status 200',
      { headers: { 'content-type': 'text/html' }, body: '<html>' },
      'PROVIDER_UNUSABLE',
    ],
    ['an empty answer', { headers: { 'content-type': 'application/json' }, body: '' }, 'PROVIDER_UNUSABLE'],
    ['no choices', jsonReply(upstreamReply({ choices: [] })), 'PROVIDER_UNUSABLE'],
    ['an error with status 200', jsonReply({ error: { message: 'overloaded', code: 529 } }), 'PROVIDER_FAILED'],
    ['a stream without a token', sseReply([upstreamChunk({ role: 'assistant' })]), 'PROVIDER_CUT'],
    ['a stream with nothing but an end mark', sseReply(['[DONE]']), 'PROVIDER_UNUSABLE'],
    ['a stream with an error first', sseReply([{ error: { message: 'overloaded', code: 503 } }]), 'PROVIDER_FAILED'],
    ['a stream that is no JSON', sseReply(['{']), 'PROVIDER_UNUSABLE'],
  ];

  test.each(oddAnswers)('after %s', async (_what, reply, code) => {
    const { server, first, second } = await startRig();
    first.respond(reply);
    second.respond(stream ? sseReply(upstreamStream) : jsonReply(upstreamReply()));
    const response = await postChat(server, { ...withFallback, stream });
    expect(response.status).toBe(200);
    const answer = stream ? (await readChunks(response)).at(-1) : await readJson(response);
    expect(answer).toMatchObject({
      model: secondModel,
      metadata: {
        attempts: [
          { model: firstModel, success: false, error_code: code, error_message: expect.stringContaining('first') },
          { model: secondModel, success: true, time_to_first_token_ms: expect.any(Number) },
        ],
        reasoning: `Using fallback model: '${secondModel}' after '${firstModel}' failed (${code}) - success`,
      },
    });
    expect(answer).not.toHaveProperty('metadata.attempts[0].time_to_first_token_ms');
    // Once each: a request is never sent again on its own.
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });
});

test('the next model answers when nobody listens at the first one', async () => {
  const { server, first, second } = await startRig();
  await first.close();
  second.respond(jsonReply(upstreamReply()));
  expect(await readJson(await postChat(server, withFallback))).toMatchObject({
    model: secondModel,
    metadata: { attempts: [{ error_code: 'PROVIDER_UNREACHABLE' }, { success: true }] },
  });
});

test('the next model answers when the first provider has no such model, and alone it is quoted', async () => {
  const { server, first, second } = await startRig();
  const error = { message: 'The model does not exist', type: 'invalid_request_error', param: 'model', code: 'gone' };
  first.respond(jsonReply({ error }, { status: 404 }), jsonReply({ error }, { status: 404 }));
  second.respond(jsonReply(upstreamReply()));
  expect(await readJson(await postChat(server, withFallback))).toMatchObject({
    model: secondModel,
    metadata: { attempts: [{ error_code: 'PROVIDER_REFUSED' }, { success: true }] },
  });
  const alone = await postChat(server, {});
  expect(alone.status).toBe(404);
  expect(await readError(alone)).toMatchObject(error);
});

describe('no other model is asked, and the provider is quoted', () => {
  test.each([400, 413, 422])('after its %i', async (status) => {
    const { server, first, second } = await startRig();
    const error = { message: 'max_tokens is too large: 9', type: 'bad_thing', param: 'max_tokens', code: 'too_large' };
    first.respond(jsonReply({ error }, { status }));
    const response = await postChat(server, withFallback);
    expect(response.status).toBe(status);
    expect(await readError(response)).toEqual({
      ...error,
      metadata: {
        attempts: [{ model: firstModel, success: false, error_code: 'PROVIDER_REFUSED', error_message: error.message }],
        generation_id: response.headers.get('x-generation-id'),
      },
    });
    expect(second.requests).toEqual([]);
  });

  test('also where a stream was asked for, which is then an answer in JSON', async () => {
    const { server, first } = await startRig();
    first.respond(failure(400, 'no such thing'));
    const response = await postChat(server, { ...withFallback, stream: true });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await readError(response)).toMatchObject({ message: 'no such thing' });
  });

  test('but never with the key that it was given', async () => {
    const { server, first } = await startRig();
    first.respondAlways(failure(400, 'Incorrect thing for sk-of-the-first-provider.'));
    const response = await postChat(server);
    expect(JSON.stringify(await readJson(response))).not.toContain('sk-of-the-first-provider');
    expect(JSON.stringify(server.log)).not.toContain('sk-of-the-first-provider');
  });
});

describe('when every model fails', () => {
  test('the answer is 502 with each attempt', async () => {
    const { server, first, second } = await startRig();
    first.respond(failure(500, 'out of order'));
    second.respond(failure(429));
    const response = await postChat(server, withFallback);
    expect(response.status).toBe(502);
    expect(await readError(response)).toMatchObject({
      type: 'server_error',
      code: 'attempts_failed',
      param: null,
      message: expect.stringContaining('out of order'),
      metadata: {
        attempts: [
          { model: firstModel, error_code: 'PROVIDER_FAILED' },
          { model: secondModel, error_code: 'PROVIDER_RATE_LIMITED' },
        ],
      },
    });
  });

  test.each([401, 403])("a provider's %i is the operator's, not the caller's", async (status) => {
    const { server, first } = await startRig();
    first.respond(failure(status, 'bad key'));
    const response = await postChat(server);
    expect(response.status).toBe(502);
    expect(response.headers.has('www-authenticate')).toBe(false);
    expect(await readError(response)).toMatchObject({
      type: 'server_error',
      message: expect.stringMatching(/first refused the credentials.*operator/),
    });
  });

  test('429 with the shortest wait when all limit the rate', async () => {
    const { server, first, second } = await startRig();
    first.respond(failure(429, 'slow down', { 'retry-after': '30' }));
    second.respond(failure(429, 'slow down', { 'retry-after': '7' }));
    const response = await postChat(server, withFallback);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await readError(response)).toMatchObject({ type: 'rate_limit_error', code: 'rate_limit_exceeded' });
  });

  test('504 when all time out', async () => {
    const clock = createManualClock();
    const { server, first, second } = await startRig({ clock });
    first.respond({ drop: 'hang' });
    second.respond(failure(504));
    const answer = postChat(server, { ...withFallback, fallback: { ttft_timeout: '300ms' } });
    await first.nextRequest();
    clock.advance(300);
    const response = await answer;
    expect(response.status).toBe(504);
    expect(await readError(response)).toMatchObject({
      type: 'timeout_error',
      metadata: { attempts: [{ error_code: 'FIRST_TOKEN_TIMEOUT' }, { error_code: 'PROVIDER_TIMEOUT' }] },
    });
  });
});

describe('a first token that takes too long', () => {
  test.each([false, true])('switches to the next model before a byte is sent, stream %s', async (stream) => {
    const clock = createManualClock();
    const { server, first, second } = await startRig({ clock });
    const headersAreOut = Promise.withResolvers<void>();
    first.respond({
      headers: { 'content-type': 'text/event-stream' },
      body: (async function* () {
        yield `data: ${JSON.stringify(upstreamChunk({ role: 'assistant', content: '' }))}\n\n`;
        headersAreOut.resolve();
      })(),
      ending: 'hang',
    });
    second.respond(sseReply(upstreamStream));
    const answer = postChat(server, { ...withFallback, stream, fallback: { ttft_timeout: '300ms' } });
    const given = await first.nextRequest();
    await headersAreOut.promise;
    clock.advance(299);
    expect(second.requests).toEqual([]);
    clock.advance(1);
    expect(await given.closed).toEqual({ replied: false });
    const response = await answer;
    const body = stream ? (await readChunks(response)).at(-1) : await readJson(response);
    expect(body).toMatchObject({
      model: secondModel,
      metadata: {
        attempts: [
          {
            model: firstModel,
            error_code: 'FIRST_TOKEN_TIMEOUT',
            error_message: 'first sent no first token within 300 ms.',
          },
          { success: true },
        ],
      },
    });
  });

  test('is no matter once it came: the rest may take longer', async () => {
    const clock = createManualClock();
    const { server, first } = await startRig({ clock });
    const hold = Promise.withResolvers<void>();
    first.respond(sseReply([upstreamChunk({ content: 'one' }), hold.promise, upstreamChunk({}, 'stop'), '[DONE]']));
    const response = await postChat(server, { ...withFallback, stream: true, fallback: { ttft_timeout: '300ms' } });
    clock.advance(10_000);
    hold.resolve();
    expect((await readChunks(response)).at(-1)).toMatchObject({ model: firstModel });
  });

  test.each(['299ms', '0.2s', '0ms', '5', '1m', '-1s', '', '300 ms', '1e3ms'])('of %j is refused', async (timeout) => {
    const { server, first } = await startRig();
    const response = await postChat(server, { extra_body: { fallback: { ttft_timeout: timeout } } });
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({
      type: 'invalid_request_error',
      param: 'extra_body.fallback.ttft_timeout',
    });
    expect(first.requests).toEqual([]);
  });
});

describe('which models are tried', () => {
  test('those that are not to be used are left out, by model or provider', async () => {
    const { server, second } = await startRig();
    second.respondAlways(jsonReply(upstreamReply()));
    for (const ignore of [[firstModel], ['first'], ['first', 'second/y']]) {
      const response = await postChat(server, { extra_body: { models: ['second/y', 'second/x'], ignore } });
      const model = ignore.includes('second/y') ? 'second/x' : 'second/y';
      expect(await readJson(response)).toMatchObject({ model, metadata: { attempts: [{ model }] } });
    }
  });

  test('nothing left is a clear error', async () => {
    const { server } = await startRig();
    const response = await postChat(server, { ignore: ['first'] });
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ code: 'no_candidate', param: 'extra_body.ignore' });
  });

  test('each once, however often it is named', async () => {
    const { server, first, second } = await startRig();
    first.respondAlways(failure(500));
    second.respondAlways(failure(500));
    await postChat(server, { models: [firstModel, secondModel, secondModel, firstModel] });
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });

  test('at most as many as configured', async () => {
    const { server, first } = await startRig({ config: 'calls: { max_attempts: 3, max_retries: 0 }' });
    first.respondAlways(failure(500));
    await postChat(server, { models: Array.from({ length: 10 }, (_, index) => `first/model-${index}`) });
    expect(first.requests.map((request) => request.json())).toMatchObject([
      { model: 'some-model' },
      { model: 'model-0' },
      { model: 'model-1' },
    ]);
  });
});
