import { once } from 'node:events';
import { request as request1 } from 'node:http';
import { connect } from 'node:http2';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { Code, createHandlerContext, type HandlerContext } from '@connectrpc/connect';
import { afterAll, expect, test } from 'vitest';
import { Health } from '../../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { RouterService } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import { createAuthGate } from '../../../src/wire/rpc/auth-gate.ts';
import { startTestServer } from '../../support/test-server.ts';

const server = await startTestServer();
afterAll(() => server.close());

const path = '/signalbox.chat.v1.ChatService/StreamChatCompletion';

// Each of these calls announces a message and never sends it.
test('a gRPC call without a key is refused before its message is read', async () => {
  const session = connect(server.origin);
  const stream = session.request(
    { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
    { endStream: false },
  );
  const [trailers] = await once(stream, 'trailers');
  expect(trailers['grpc-status']).toBe(String(Code.Unauthenticated));
  expect(decodeURIComponent(trailers['grpc-message'])).toContain('No API key was sent');
  session.destroy();
});

test.each([
  ['Connect', 'application/json', 'CreateChatCompletion', 401],
  ['Connect', 'application/connect+json', 'StreamChatCompletion', 200],
  ['gRPC-Web', 'application/grpc-web+proto', 'CreateChatCompletion', 200],
])(
  'a %s call in %s without a key is refused before its message is read',
  async (_protocol, type, method, statusCode) => {
    const headers = { 'content-type': type, 'content-length': 1_000_000 };
    const request = request1({
      port: server.port,
      method: 'POST',
      path: `/signalbox.chat.v1.ChatService/${method}`,
      headers,
    });
    request.flushHeaders();
    const [response] = await once(request, 'response');
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    expect(response.statusCode).toBe(statusCode);
    // gRPC-Web's message is percent-encoded.
    expect(Buffer.concat(pieces).toString().replaceAll('%20', ' ')).toContain('No API key was sent');
    request.destroy();
  },
);

test('a refusal is logged as one, and not as a call', async () => {
  expect(await server.nextLogLine('request rejected')).toMatchObject({ error_reason: 'CREDENTIALS_MISSING', path });
  expect(server.log.filter(({ msg }) => msg === 'call failed')).toEqual([]);
});

test('every service needs a key but health and reflection', () => {
  const refusal = new Error('refused');
  const gate = createAuthGate({
    authenticate: () => {
      throw refusal;
    },
    unverifiableKeyIds: [],
  });
  const call = (service: DescService): void => {
    for (const method of service.methods) gate(createContext(service, method));
  };
  for (const service of [Health, ServerReflection, ServerReflectionAlpha]) expect(() => call(service)).not.toThrow();
  const unlisted = { ...Health, typeName: 'grpc.health.v2.Health' };
  for (const service of [ChatService, RouterService, unlisted]) expect(() => call(service)).toThrow();
});

function createContext(service: DescService, method: DescMethod): HandlerContext {
  return createHandlerContext({
    service,
    method,
    protocolName: 'grpc',
    requestMethod: 'POST',
    url: 'http://localhost/',
  });
}
