import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { status } from '@grpc/grpc-js';
import { afterAll, describe, expect, test } from 'vitest';
import { ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { createFakeUpstream, sseReply } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchServiceError } from './catch-service-error.ts';
import { collect } from './collect.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { GrpcClient, readStatusDetails } from './grpc-client.ts';
import { textChunk } from './upstream-chunks.ts';

const upstream = await createFakeUpstream();
const server = await startTestServer({ config: configureFakeProvider(upstream) });
const client = new GrpcClient(server);
afterAll(async () => {
  client[Symbol.dispose]();
  await server.close();
  await upstream.close();
});

const { createChatCompletion, streamChatCompletion } = ChatService.method;
const messages = [{ role: 'user', content: 'Hello there, you' }];
const echo = { model: 'sandbox/echo', messages };
const fake = { model: 'fake/some-model', messages };
/** Resolves never: what an upstream that says nothing more waits for. */
const { promise: silence } = Promise.withResolvers<void>();

describe('a unary call', () => {
  test('is answered, with the generation id in the metadata', async () => {
    const { message, header } = await client.callUnary(createChatCompletion, echo);
    expect(message.choices).toMatchObject([{ message: { content: 'Hello there, you' }, finishReason: 'stop' }]);
    expect(header.get('x-generation-id')).toEqual([message.metadata?.generationId]);
  });

  test('without a key is UNAUTHENTICATED, with the reason in the details', async () => {
    const error = await catchServiceError(client.callUnary(createChatCompletion, echo, { authorization: null }));
    expect(error.code).toBe(status.UNAUTHENTICATED);
    const details = readStatusDetails(error)?.details.map((detail) => anyUnpack(detail, ErrorInfoSchema));
    expect(details).toMatchObject([{ reason: 'CREDENTIALS_MISSING', domain: 'signalbox' }]);
  });

  test('to a provider that limits the rate is RESOURCE_EXHAUSTED, with the time to wait in the details', async () => {
    const error = await catchServiceError(
      client.callUnary(createChatCompletion, { model: 'sandbox/error-429', messages }),
    );
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(error.details).toContain('Try again in 1 second');
    const details = readStatusDetails(error)?.details.flatMap((detail) => anyUnpack(detail, RetryInfoSchema) ?? []);
    expect(details).toMatchObject([{ retryDelay: { seconds: 1n } }]);
  });

  test('that is refused has its message as it is, signs and letters of all kinds included', async () => {
    const model = 'nobody: a/b, 100 % – süß 🙂';
    const error = await catchServiceError(client.callUnary(createChatCompletion, { model, messages }));
    expect(error.details).toContain(`The provider nobody: a of the model ${model} is not known here. Known providers:`);
    expect(error.details).toBe(readStatusDetails(error)?.message);
  });

  test('past its deadline is DEADLINE_EXCEEDED, and over upstream too', async () => {
    upstream.respond({ drop: 'hang' });
    const deadline = Date.now() + 200;
    const error = await catchServiceError(client.callUnary(createChatCompletion, fake, { deadline }));
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(await (await upstream.nextRequest()).closed).toEqual({ replied: false });
  });

  test('that is cancelled is over upstream too', async () => {
    upstream.respond({ drop: 'hang' });
    const controller = new AbortController();
    const refused = catchServiceError(client.callUnary(createChatCompletion, fake, { signal: controller.signal }));
    const asked = await upstream.nextRequest();
    controller.abort();
    expect((await refused).code).toBe(status.CANCELLED);
    expect(await asked.closed).toEqual({ replied: false });
  });

  test.each([
    ['method', '/signalbox.chat.v1.ChatService/NoSuchMethod'],
    ['service', '/signalbox.chat.v1.NoSuchService/CreateChatCompletion'],
  ])('of a %s that does not exist is UNIMPLEMENTED', async (_what, path) => {
    expect((await catchServiceError(client.callPath(path))).code).toBe(status.UNIMPLEMENTED);
  });
});

describe('a streaming call', () => {
  test('gives a head, deltas and a finish', async () => {
    const slices = await collect(client.callServerStreaming(streamChatCompletion, echo));
    expect(slices.map(({ slice }) => slice.case)).toEqual(['head', 'delta', 'delta', 'delta', 'delta', 'finish']);
  });

  test('that breaks off is UNAVAILABLE, after what came', async () => {
    const kinds: (string | undefined)[] = [];
    const call = client.callServerStreaming(streamChatCompletion, { model: 'sandbox/cut', messages });
    const error = await catchServiceError(
      (async () => {
        for await (const { slice } of call) kinds.push(slice.case);
      })(),
    );
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(kinds).toEqual(['head', ...Array.from({ length: 8 }, () => 'delta')]);
  });

  test('past its deadline is DEADLINE_EXCEEDED, and over upstream too', async () => {
    upstream.respond(sseReply([textChunk('Hello'), silence]));
    const deadline = Date.now() + 200;
    const error = await catchServiceError(
      collect(client.callServerStreaming(streamChatCompletion, fake, { deadline })),
    );
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(await (await upstream.nextRequest()).closed).toEqual({ replied: false });
  });

  test('that is cancelled is over upstream too, and its neighbours on the connection go on', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const neighbour = client.callServerStreaming(streamChatCompletion, { model: 'sandbox/slow', messages });
    upstream.respond(sseReply([textChunk('Hello'), held]));
    const controller = new AbortController();
    const call = client.callServerStreaming(streamChatCompletion, fake, { signal: controller.signal });
    const refused = catchServiceError(
      (async () => {
        for await (const { slice } of call) if (slice.case === 'delta') controller.abort();
      })(),
    );
    expect((await refused).code).toBe(status.CANCELLED);
    expect(await (await upstream.nextRequest()).closed).toEqual({ replied: false });
    release();
    expect((await collect(neighbour)).at(-1)).toMatchObject({ slice: { case: 'finish' } });
  });
});

describe('health', () => {
  test.each(['', 'signalbox.chat.v1.ChatService'])('of %j can be checked without a key', async (service) => {
    const { message } = await client.callUnary(Health.method.check, { service }, { authorization: null });
    expect(message.status).toBe(ServingStatus.SERVING);
  });

  test('of a service that does not exist is NOT_FOUND', async () => {
    const error = await catchServiceError(client.callUnary(Health.method.check, { service: 'no.such.Service' }));
    expect(error.code).toBe(status.NOT_FOUND);
  });

  test('can be watched', async () => {
    const call = client.callServerStreaming(Health.method.watch, { service: '' });
    const first = await new Promise((resolve) => call.once('data', resolve));
    expect(first).toMatchObject({ status: ServingStatus.SERVING });
    const error = catchServiceError(collect(call));
    call.cancel();
    expect((await error).code).toBe(status.CANCELLED);
  });
});
