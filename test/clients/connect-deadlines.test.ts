import { Code } from '@connectrpc/connect';
import { afterAll, describe, expect, test } from 'vitest';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { createFakeUpstream, sseReply } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { collect } from './collect.ts';
import { binaryWires, createConnectClient } from './connect-clients.ts';
import { configureFakeProvider } from './fake-provider.ts';
import { textChunk } from './upstream-chunks.ts';

const upstream = await createFakeUpstream();
const server = await startTestServer({ config: configureFakeProvider(upstream) });
afterAll(async () => {
  await server.close();
  await upstream.close();
});

const request = { model: 'fake/some-model', messages: [{ role: 'user', content: 'Hello' }] };
/** Long enough for a call to reach the upstream on a busy machine. */
const timeoutMs = 200;
/** Resolves never: what an upstream that says nothing more waits for. */
const { promise: silence } = Promise.withResolvers<void>();

describe.each(binaryWires)('$protocol over HTTP/$httpVersion', (wire) => {
  const client = createConnectClient(ChatService, server, wire);
  // The header that the client would send, but without a clock of its own: the answer is the server's.
  const headers: Record<string, string> =
    wire.protocol === 'Connect' ? { 'connect-timeout-ms': `${timeoutMs}` } : { 'grpc-timeout': `${timeoutMs}m` };

  test('a deadline ends a stream that has begun, upstream too', async () => {
    upstream.respond(sseReply([textChunk('Hello'), silence]));
    const error = await catchConnectError(collect(client.streamChatCompletion(request, { timeoutMs })));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(await (await upstream.nextRequest()).closed).toEqual({ replied: false });
  });

  test('the server itself keeps to the deadline of a call that waits', async () => {
    upstream.respond({ drop: 'hang' });
    const error = await catchConnectError(client.createChatCompletion(request, { headers }));
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'CALL_DEADLINE' }]);
    expect(await (await upstream.nextRequest()).closed).toEqual({ replied: false });
  });

  test('the server itself keeps to the deadline of a stream', async () => {
    upstream.respond(sseReply([textChunk('Hello'), silence]));
    const kinds: (string | undefined)[] = [];
    const error = await catchConnectError(
      (async () => {
        for await (const { slice } of client.streamChatCompletion(request, { headers })) kinds.push(slice.case);
      })(),
    );
    expect(kinds).toEqual(['head', 'delta']);
    expect(error.code).toBe(Code.DeadlineExceeded);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'CALL_DEADLINE' }]);
    expect(await (await upstream.nextRequest()).closed).toEqual({ replied: false });
  });
});
