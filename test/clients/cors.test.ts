import { create, toBinary } from '@bufbuild/protobuf';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { afterAll, describe, expect, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const appOrigin = 'https://app.example.com';
const open = await startTestServer({
  config: `server: { cors: { origins: ["${appOrigin}"], preflight_max_age_s: 600 } }`,
});
const closed = await startTestServer();
afterAll(async () => {
  await open.close();
  await closed.close();
});

const json = '{"model":"sandbox/echo","messages":[{"role":"user","content":"Hello"}]}';
const messages = [{ role: 'user', content: 'Hello' }];
const message = toBinary(
  ChatCompletionRequestSchema,
  create(ChatCompletionRequestSchema, { model: 'sandbox/echo', messages }),
);
interface PageRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** What web pages send: each of these makes a browser ask first. */
const requests: Readonly<Record<string, PageRequest>> = {
  REST: {
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', 'x-stainless-lang': 'js' },
    body: json,
  },
  'a REST stream': {
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: json.replace('{', '{"stream":true,'),
  },
  Connect: {
    path: '/signalbox.chat.v1.ChatService/CreateChatCompletion',
    headers: { 'content-type': 'application/json', 'connect-protocol-version': '1', 'connect-timeout-ms': '10000' },
    body: json,
  },
  'gRPC-Web': {
    path: '/signalbox.chat.v1.ChatService/StreamChatCompletion',
    headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1', 'x-user-agent': 'test' },
    body: encodeEnvelope(0, message),
  },
};

function sendPreflight(server: TestServer, origin: string, { path, headers }: PageRequest): Promise<Response> {
  return fetch(server.origin + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': ['authorization', ...Object.keys(headers)].sort().join(','),
    },
  });
}

function send(server: TestServer, origin: string, request: PageRequest, authorization: string): Promise<Response> {
  const { path, headers, body } = request;
  return fetch(server.origin + path, { method: 'POST', headers: { ...headers, authorization, origin }, body });
}

function splitList(header: string | null): string[] {
  return (header ?? '').toLowerCase().split(/ *, */);
}

describe.each(Object.entries(requests))('%s from a page of an origin that is configured', (_name, request) => {
  test('is allowed in the preflight, with every header that it asks for, and without a key', async () => {
    const response = await sendPreflight(open, appOrigin, request);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(appOrigin);
    expect(splitList(response.headers.get('access-control-allow-methods'))).toContain('post');
    expect(splitList(response.headers.get('access-control-allow-headers'))).toEqual(
      expect.arrayContaining(['authorization', ...Object.keys(request.headers)]),
    );
    expect(response.headers.get('access-control-max-age')).toBe('600');
  });

  test('is answered, and the page may read what it needs', async () => {
    const response = await send(open, appOrigin, request, open.authorization);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Hello');
    expect(response.headers.get('access-control-allow-origin')).toBe(appOrigin);
    expect(splitList(response.headers.get('vary'))).toContain('origin');
    expect(splitList(response.headers.get('access-control-expose-headers'))).toEqual(
      expect.arrayContaining(['x-generation-id', 'retry-after', 'grpc-status', 'grpc-message']),
    );
  });

  test('may be read by the page when it is refused', async () => {
    const response = await send(open, appOrigin, request, 'Bearer nobody');
    await response.text();
    expect(response.headers.get('access-control-allow-origin')).toBe(appOrigin);
  });

  test('is not allowed from another origin', async () => {
    const response = await sendPreflight(open, 'https://evil.example.com', request);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is not allowed where no origin is configured', async () => {
    for (const response of [
      await sendPreflight(closed, appOrigin, request),
      await send(closed, appOrigin, request, closed.authorization),
    ]) {
      await response.text();
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});
