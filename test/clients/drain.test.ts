import { once } from 'node:events';
import { connect } from 'node:http2';
import { Code } from '@connectrpc/connect';
import { status } from '@grpc/grpc-js';
import { InternalServerError } from 'openai';
import { describe, expect, test } from 'vitest';
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { catchServiceError } from './catch-service-error.ts';
import { collect } from './collect.ts';
import { binaryWires, createConnectClient } from './connect-clients.ts';
import { GrpcClient } from './grpc-client.ts';
import { startHeldServer } from './held-server.ts';
import { createOpenAiClient } from './openai-client.ts';

const messages = [{ role: 'user' as const, content: 'Hello there' }];
const request = { model: 'fake/some-model', messages };
const { createChatCompletion, streamChatCompletion } = ChatService.method;
const noneCut = { cutConnections: 0 };

describe('a server that drains lets an answer in flight finish', () => {
  test('REST, whole', async () => {
    await using held = await startHeldServer();
    const answer = createOpenAiClient(held.server).chat.completions.create(request);
    await held.upstream.nextRequest();
    const drained = held.server.composition.server.drain();
    held.release();
    expect((await answer).choices).toMatchObject([{ message: { content: 'Hello there' }, finish_reason: 'stop' }]);
    expect(await drained).toEqual(noneCut);
  });

  test('REST, streamed', async () => {
    await using held = await startHeldServer();
    const stream = createOpenAiClient(held.server).chat.completions.stream(request);
    await stream.emitted('chunk');
    const drained = held.server.composition.server.drain();
    held.release();
    expect(await stream.finalContent()).toBe('Hello there');
    expect(await drained).toEqual(noneCut);
  });

  test.each(binaryWires)('$protocol over HTTP/$httpVersion, whole', async (wire) => {
    await using held = await startHeldServer();
    const answer = createConnectClient(ChatService, held.server, wire).createChatCompletion(request);
    await held.upstream.nextRequest();
    const drained = held.server.composition.server.drain();
    held.release();
    expect((await answer).choices).toMatchObject([{ message: { content: 'Hello there' }, finishReason: 'stop' }]);
    expect(await drained).toEqual(noneCut);
  });

  test.each(binaryWires)('$protocol over HTTP/$httpVersion, streamed', async (wire) => {
    await using held = await startHeldServer();
    const kinds: (string | undefined)[] = [];
    let drained: Promise<unknown> | undefined;
    for await (const { slice } of createConnectClient(ChatService, held.server, wire).streamChatCompletion(request)) {
      kinds.push(slice.case);
      drained ??= held.server.composition.server.drain();
      held.release();
    }
    expect(kinds).toEqual(['head', 'delta', 'delta', 'finish']);
    expect(await drained).toEqual(noneCut);
  });

  test('grpc-js, streamed at its own pace', async () => {
    await using server = await startTestServer();
    using client = new GrpcClient(server);
    const kinds: (string | undefined)[] = [];
    let drained: Promise<unknown> | undefined;
    for await (const { slice } of client.callServerStreaming(streamChatCompletion, {
      model: 'sandbox/slow',
      messages,
    })) {
      kinds.push(slice.case);
      drained ??= server.composition.server.drain();
    }
    expect(kinds).toEqual(['head', 'delta', 'delta', 'finish']);
    expect(await drained).toEqual(noneCut);
  });
});

describe('a server that drains takes no new call', () => {
  test('on a new connection', async () => {
    await using held = await startHeldServer();
    using client = new GrpcClient(held.server);
    const stream = client.callServerStreaming(streamChatCompletion, request);
    await once(stream, 'data');
    const drained = held.server.composition.server.drain();
    // The connection of the stream has been told off: the client opens another one, and hears why it is not served.
    const error = await catchServiceError(client.callUnary(createChatCompletion, request));
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.details).toContain('shutting down');
    const refused = await createOpenAiClient(held.server)
      .chat.completions.create(request)
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ status: 503, code: 'server_draining' });
    expect(refused instanceof InternalServerError && refused.headers.get('retry-after')).toBe('1');
    const readiness = await fetch(`${held.server.origin}/readyz`);
    expect([readiness.status, await readiness.json()]).toEqual([503, { status: 'draining' }]);
    held.release();
    stream.resume();
    expect(await drained).toEqual(noneCut);
    expect(held.upstream.requests).toHaveLength(1);
  });

  test.each([
    ['REST', '/v1/chat/completions', 'server_draining'],
    ['Connect', '/signalbox.chat.v1.ChatService/CreateChatCompletion', 'SERVER_DRAINING'],
  ])('that was still being sent: %s', async (_protocol, path, reason) => {
    await using held = await startHeldServer();
    const session = connect(held.server.origin);
    const { authorization } = held.server;
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/json', authorization };
    const late = session.request(headers);
    // Answered means that the headers before it have been read.
    await collect(session.request({ ':path': '/healthz' }));
    const drained = held.server.composition.server.drain();
    late.end(JSON.stringify(request));
    const [answer] = await once(late, 'response');
    expect(answer[':status']).toBe(503);
    expect(Buffer.concat(await collect<Buffer>(late)).toString()).toContain(reason);
    expect(await drained).toEqual(noneCut);
    expect(held.upstream.requests).toHaveLength(0);
  });
});

describe('a server that has drained for long enough ends an answer in flight with the reason', () => {
  const config = 'server: { drain_timeout_ms: 0 }';

  test('REST, whole', async () => {
    await using held = await startHeldServer(config);
    const answer = createOpenAiClient(held.server).chat.completions.create(request);
    const refused = answer.catch((thrown: unknown) => thrown);
    const asked = await held.upstream.nextRequest();
    const drained = held.server.composition.server.drain();
    const error = await refused;
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'server_draining' });
    expect(error instanceof InternalServerError && error.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await asked.closed).toEqual({ replied: false });
    expect(await drained).toEqual(noneCut);
  });

  test('REST, streamed', async () => {
    await using held = await startHeldServer(config);
    const { server } = held;
    const response = await fetch(`${server.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, stream: true }),
    });
    const drained = server.composition.server.drain();
    const events = (await response.text()).trim().split('\n\n');
    expect(JSON.parse(events.at(-1)?.replace(/^data: /, '') ?? '')).toMatchObject({
      error: { code: 'server_draining', type: 'server_error', message: expect.stringContaining('shutting down') },
    });
    expect(events).not.toContain('data: [DONE]');
    expect(await drained).toEqual(noneCut);
  });

  test.each(binaryWires)('$protocol over HTTP/$httpVersion, whole', async (wire) => {
    await using held = await startHeldServer(config);
    const client = createConnectClient(ChatService, held.server, wire);
    const refused = catchConnectError(client.createChatCompletion(request));
    const asked = await held.upstream.nextRequest();
    const drained = held.server.composition.server.drain();
    const error = await refused;
    expect(error.code).toBe(Code.Unavailable);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'SERVER_DRAINING' }]);
    expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 1n } }]);
    expect(await asked.closed).toEqual({ replied: false });
    expect(await drained).toEqual(noneCut);
  });

  test.each(binaryWires)('$protocol over HTTP/$httpVersion, streamed', async (wire) => {
    await using held = await startHeldServer(config);
    const client = createConnectClient(ChatService, held.server, wire);
    const kinds: (string | undefined)[] = [];
    let drained: Promise<unknown> | undefined;
    const error = await catchConnectError(
      (async () => {
        for await (const { slice } of client.streamChatCompletion(request)) {
          kinds.push(slice.case);
          drained ??= held.server.composition.server.drain();
        }
      })(),
    );
    expect(kinds).toEqual(['head', 'delta']);
    expect(error.code).toBe(Code.Unavailable);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'SERVER_DRAINING' }]);
    expect(await drained).toEqual(noneCut);
  });
});
