import { create, toBinary } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createFakeUpstream, jsonReply } from '../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { collectReply, connectRaw, openSession } from '../wire/one-port-harness.ts';
import { firstModel, postChat, readError, startRig } from '../wire/rest/chat-rig.ts';

/** What would begin another header, or end the head, if it got into one as it is. */
const nasty = 'a\r\nx-injected: 1\r\n\r\nHTTP/1.1 200 OK\r\n\0\u0085\u2028é😀%0d%0a%zz';

/** Everything of a request that is text of the caller's own choice. */
const fields = {
  messages: [
    { role: 'system', content: nasty, name: nasty },
    { role: 'user', content: nasty, name: nasty },
  ],
  user: nasty,
  metadata: { [nasty]: nasty },
  stop: [nasty],
  prompt_cache_key: nasty,
  safety_identifier: nasty,
  service_tier: nasty,
  'x-injected': nasty,
  extra_headers: { 'x-injected': '1' },
  headers: { 'x-injected': '1' },
};

const usual = ['host', 'connection', 'content-type', 'content-length', 'accept', 'accept-encoding'];

describe('a provider gets the headers that its kind and the operator set, and no other', () => {
  test.each([
    ['openai-compatible', ['authorization']],
    ['anthropic', ['x-api-key', 'anthropic-version']],
    ['google-ai-studio', ['x-goog-api-key']],
    ['cohere', ['authorization']],
    ['bedrock', ['authorization']],
  ])('%s', async (kind, own) => {
    const upstream = await createFakeUpstream();
    onTestFinished(() => upstream.close());
    upstream.respondAlways({ status: 418 });
    await using server = await startTestServer({
      config: `providers: { it: { kind: ${kind}, base_url: "${upstream.origin}/base", api_key: "key-of-it", headers: { x-operator: "1" } } }`,
    });
    const headers = {
      'x-injected': '1',
      'x-api-key': 'of-the-caller',
      'x-forwarded-for': '10.0.0.1',
      cookie: 'a=b',
      'openai-organization': 'of-the-caller',
      'anthropic-beta': 'of-the-caller',
      'idempotency-key': 'of-the-caller',
      'accept-encoding': 'gzip',
      te: 'trailers',
    };
    for (const stream of [false, true]) {
      // A model's name is bounded by what names are; what is not one is refused before.
      for (const model of ['it/some-model', `it/${nasty}`]) {
        await (await postChat(server, { ...fields, model, stream }, { headers })).text();
      }
    }
    expect(upstream.requests.length).toBeGreaterThan(0);
    for (const request of upstream.requests) {
      const names = Object.keys(request.headers).filter((name) => name !== 'anthropic-beta');
      expect(new Set(names)).toEqual(new Set([...usual, ...own, 'x-operator']));
      expect(JSON.stringify(request.headers)).not.toMatch(/injected|of-the-caller|gzip|10\.0\.0\.1/);
      expect(() => request.json()).not.toThrow();
    }
  });
});

const path = '/signalbox.chat.v1.ChatService/CreateChatCompletion';

async function callGrpc(server: TestServer): Promise<Readonly<Record<string, unknown>>> {
  const request = create(ChatCompletionRequestSchema, {
    model: firstModel,
    messages: [{ role: 'user', content: 'Hello!' }],
  });
  const stream = openSession(server.origin).request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: server.authorization,
  });
  let head: Readonly<Record<string, unknown>> = {};
  stream.on('response', (received) => {
    head = received;
  });
  stream.end(encodeEnvelope(0, toBinary(ChatCompletionRequestSchema, request)));
  const { trailers } = await collectReply(stream);
  return { ...head, ...trailers };
}

describe('what a provider says becomes no header of ours', () => {
  test('its words in grpc-message are escaped, and come back as they were', async () => {
    const { server, first } = await startRig();
    first.respondAlways(
      jsonReply({ error: { message: nasty, type: nasty, code: nasty, param: nasty } }, { status: 400 }),
    );
    const headers = await callGrpc(server);
    expect(Number(headers['grpc-status'])).toBe(Code.InvalidArgument);
    expect(headers['grpc-message']).toMatch(/^[\x20-\x7e]*$/);
    expect(decodeURIComponent(String(headers['grpc-message']))).toContain(nasty);
    expect(Object.keys(headers)).not.toContain('x-injected');

    const response = await postChat(server);
    expect(response.headers.get('x-injected')).toBeNull();
    expect(await readError(response)).toMatchObject({ message: expect.stringContaining(nasty) });
  });

  test.each([
    '5, x-injected: 1',
    '1e9',
    '-5',
    'Infinity',
    'NaN',
    '0x10',
    '99999999999999999999999999',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    '\xff\xfe',
    '5;q=1',
  ])('its retry-after of %j is a number of seconds by the time it is ours, or nothing', async (value) => {
    const { server, first } = await startRig();
    first.respondAlways({ status: 429, headers: { 'retry-after': value, 'set-cookie': 'a=b', 'x-injected': '1' } });
    const response = await postChat(server);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after') ?? '0').toMatch(/^\d{1,5}$/);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('x-injected')).toBeNull();
    await response.text();
  });

  test('nor do its ids and names', async () => {
    const { server, first } = await startRig();
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi!' }, finish_reason: 'stop' }];
    first.respond(jsonReply({ id: nasty, model: nasty, system_fingerprint: nasty, service_tier: nasty, choices }));
    const response = await postChat(server);
    expect(response.status).toBe(200);
    for (const name of ['x-generation-id', 'x-request-id']) {
      expect(response.headers.get(name)).toMatch(/^[\w-]+$/);
    }
    expect(response.headers.get('x-injected')).toBeNull();
    await response.text();
  });
});

describe('what a caller says becomes no header of the answer', () => {
  test.each([
    'GET /v1/models/%0d%0ax-injected:%201',
    'GET /nothing/%0d%0ax-injected:%201',
    'GET /nothing?a=%0d%0ax-injected:%201',
    'PUT /router/v1/routers/%0d%0ax-injected:%201',
    'POST /x.Y/Z%0d%0ax-injected:%201',
  ])('%s', async (line) => {
    const { server } = await startRig();
    const client = await connectRaw(server.port);
    const head = [`${line} HTTP/1.1`, 'host: a', `authorization: ${server.authorization}`, 'connection: close'];
    client.socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const [answer = ''] = (await client.closed).split('\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 40[45] /);
    expect(answer).not.toMatch(/^x-injected/im);
  });

  test('nor does the content type, which gRPC repeats', async () => {
    const { server } = await startRig();
    for (const type of ['application/grpc+\xff', 'application/grpc-web+\xe9"<>', 'application/grpc;\ta=b']) {
      const client = await connectRaw(server.port);
      const head = ['POST /x.Y/Z HTTP/1.1', 'host: a', `content-type: ${type}`, 'connection: close'];
      client.socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
      expect(await client.closed).toMatch(/^HTTP\/1\.1 (?:200|404|415) /);
    }
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
