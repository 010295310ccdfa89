import { Code } from '@connectrpc/connect';
import { afterAll, describe, expect, test } from 'vitest';
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
/** Resolves never: what an upstream that says nothing more waits for. */
const { promise: silence } = Promise.withResolvers<void>();

describe.each(binaryWires)('$protocol over HTTP/$httpVersion', (wire) => {
  const client = createConnectClient(ChatService, server, wire);

  test('cancelling a call that waits cancels it upstream', async () => {
    upstream.respond({ drop: 'hang' });
    const controller = new AbortController();
    const refused = catchConnectError(client.createChatCompletion(request, { signal: controller.signal }));
    const asked = await upstream.nextRequest();
    controller.abort();
    expect((await refused).code).toBe(Code.Canceled);
    expect(await asked.closed).toEqual({ replied: false });
    expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
  });

  test('cancelling a stream half-way cancels it upstream', async () => {
    upstream.respond(sseReply([textChunk('Hello'), silence]));
    // A Connect client whose loop merely breaks off reads on in the background: it takes a signal to leave.
    const controller = new AbortController();
    const { signal } = controller;
    const refused = catchConnectError(
      (async () => {
        for await (const { slice } of client.streamChatCompletion(request, { signal })) {
          if (slice.case === 'delta') controller.abort();
        }
      })(),
    );
    const asked = await upstream.nextRequest();
    expect((await refused).code).toBe(Code.Canceled);
    expect(await asked.closed).toEqual({ replied: false });
    expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
  });

  test('cancelling a stream before its first token cancels it upstream', async () => {
    upstream.respond(sseReply([silence]));
    const controller = new AbortController();
    const refused = catchConnectError(collect(client.streamChatCompletion(request, { signal: controller.signal })));
    const asked = await upstream.nextRequest();
    controller.abort();
    expect((await refused).code).toBe(Code.Canceled);
    expect(await asked.closed).toEqual({ replied: false });
    expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
  });
});
