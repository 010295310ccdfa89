import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { status } from '@grpc/grpc-js';
import { afterAll, describe, expect, test } from 'vitest';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { createFakeUpstream, jsonReply } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { catchServiceError } from './catch-service-error.ts';
import { collect } from './collect.ts';
import { binaryWires, createConnectClient } from './connect-clients.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { GrpcClient, readStatusDetails } from './grpc-client.ts';

const upstream = await createFakeUpstream();
upstream.respondAlways(jsonReply({ error: { message: '错'.repeat(2000), code: 'x' } }, { status: 500 }));
const server = await startTestServer({ config: configureFakeProvider(upstream) });
const grpcClient = new GrpcClient(server);
afterAll(async () => {
  grpcClient[Symbol.dispose]();
  await server.close();
  await upstream.close();
});

const manyFaults = {
  model: 'sandbox/echo',
  messages: Array.from({ length: 1000 }, () => ({ role: 'wizard', content: 'x' })),
};
const manyFailures = {
  model: 'fake/first',
  messages: [{ role: 'user', content: 'x' }],
  extraBody: { models: ['fake/second', 'fake/third', 'fake/fourth'] },
};

/** What grpc-java and gRPC's C core take of metadata unless they are told otherwise. */
const maxMetadataBytes = 8192;

describe.each(['whole', 'streamed'] as const)('the error of a %s answer', (kind) => {
  test.each([
    ['a thousand faults', manyFaults, status.INVALID_ARGUMENT, 'INVALID_FIELD'],
    ['four long failures', manyFailures, status.UNAVAILABLE, 'ATTEMPTS_FAILED'],
  ])('that tells of %s fits the trailers of gRPC', async (_what, request, code, reason) => {
    const error = await catchServiceError(
      kind === 'whole'
        ? grpcClient.callUnary(ChatService.method.createChatCompletion, request)
        : collect(grpcClient.callServerStreaming(ChatService.method.streamChatCompletion, request)),
    );
    expect(error.code).toBe(code);
    const { message = '', details = [] } = readStatusDetails(error) ?? {};
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
    expect(details.flatMap((detail) => anyUnpack(detail, ErrorInfoSchema) ?? [])).toMatchObject([{ reason }]);
    const headers = Object.entries(error.metadata.toHttp2Headers()).flatMap(([name, values]) => [name, String(values)]);
    const sizeBytes = encodeURIComponent(message).length + headers.join('').length;
    expect(sizeBytes).toBeLessThan(maxMetadataBytes);
  });

  test.each(binaryWires)('that is long arrives over $protocol and HTTP/$httpVersion', async (wire) => {
    const client = createConnectClient(ChatService, server, wire);
    const fail = (request: typeof manyFaults) =>
      catchConnectError(
        kind === 'whole' ? client.createChatCompletion(request) : collect(client.streamChatCompletion(request)),
      );
    const faulty = await fail(manyFaults);
    expect(faulty.code).toBe(Code.InvalidArgument);
    expect(faulty.findDetails(BadRequestSchema)[0]?.fieldViolations[0]).toMatchObject({ field: 'messages[0].role' });
    expect((await fail(manyFailures)).code).toBe(Code.Unavailable);
  });
});

describe('the JSON API', () => {
  async function readRefusal(body: unknown, status: number): Promise<string> {
    const response = await fetch(`${server.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(status);
    return await response.text();
  }

  test('names the first twenty faults, and how many more there are', async () => {
    const refusal = await readRefusal(manyFaults, 400);
    expect(refusal).toContain('messages[19].role');
    expect(refusal).not.toContain('messages[20].role');
    expect(refusal).toContain('and 980 more');
  });

  test('tells of each failure in short', async () => {
    const { model, messages, extraBody } = manyFailures;
    const refusal = await readRefusal({ model, messages, extra_body: extraBody }, 502);
    // The attempts beside the message have the providers' own words in full.
    const message = refusal.slice(0, refusal.indexOf('","'));
    for (const tried of [model, ...extraBody.models]) expect(message).toContain(`${tried}: `);
    expect(message).toContain('错…');
    expect(message).not.toContain('错'.repeat(200));
  });
});
