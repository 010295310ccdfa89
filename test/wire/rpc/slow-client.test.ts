import { once } from 'node:events';
import { request as request1 } from 'node:http';
import { connect, constants } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { connectWires, createConnectClient } from '../../clients/connect-clients.ts';
import { configureFakeProvider } from '../../clients/fake-provider.ts';
import { textChunk } from '../../clients/upstream-chunks.ts';
import { createFakeUpstream, type FakeUpstream, type RecordedRequest } from '../../support/fake-upstream.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const path = '/signalbox.chat.v1.ChatService/StreamChatCompletion';
const messages = [{ role: 'user', content: 'Hello' }];
const body = encodeEnvelope(
  0,
  toBinary(ChatCompletionRequestSchema, create(ChatCompletionRequestSchema, { model: 'fake/some-model', messages })),
);
/** What the kernel's buffers of two connections and the server's own may hold; several times what was ever seen. */
const boundBytes = 20_000_000;

interface Rig {
  readonly server: TestServer;
  readonly upstream: FakeUpstream;
}

/** A server whose provider never stops talking. */
async function startRig(): Promise<Rig> {
  const upstream = await createFakeUpstream();
  const server = await startTestServer({ config: configureFakeProvider(upstream) });
  onTestFinished(async () => {
    await server.close();
    await upstream.close();
  });
  const piece = `data: ${JSON.stringify(textChunk('x'.repeat(32_768)))}\n\n`;
  upstream.respond({
    headers: { 'content-type': 'text/event-stream' },
    body: (function* () {
      for (;;) yield piece;
    })(),
  });
  return { server, upstream };
}

/** Resolves when the provider gets rid of nothing more, though the server has turns enough to take it: it answers other calls. */
async function waitUntilStuck(server: TestServer, asked: RecordedRequest): Promise<void> {
  const [wire] = connectWires;
  if (wire === undefined) throw new Error('there is no wire');
  const client = createConnectClient(ChatService, server, wire);
  let sentBefore: number;
  do {
    sentBefore = asked.bytesSent();
    for (let round = 0; round < 20; round += 1) await client.createChatCompletion({ model: 'sandbox/echo', messages });
  } while (asked.bytesSent() > sentBefore);
}

/** Waits until a client that does not read holds its provider back, and then lets it leave. */
async function expectEnd({ server, upstream }: Rig, leave: () => void): Promise<void> {
  const asked = await upstream.nextRequest();
  await waitUntilStuck(server, asked);
  expect(asked.bytesSent()).toBeLessThan(boundBytes);
  leave();
  expect(await asked.closed).toEqual({ replied: false });
  // The call ends although its last write found no room: nothing of it is left.
  expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
}

test('a gRPC client that does not read holds back the provider, and ends the call when it leaves', async () => {
  const rig = await startRig();
  const session = connect(rig.server.origin);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: rig.server.authorization,
  });
  stream.end(body);
  await once(stream, 'response');
  await expectEnd(rig, () => stream.close(constants.NGHTTP2_CANCEL));
});

test.each(['application/connect+proto', 'application/grpc-web+proto'])(
  'a client in %s over HTTP/1.1 that does not read holds back the provider, and ends the call when it leaves',
  async (type) => {
    const rig = await startRig();
    const { port, authorization } = rig.server;
    const headers = { 'content-type': type, authorization };
    const request = request1({ port, method: 'POST', path, headers });
    // Leaving is an error in the client's eyes.
    request.on('error', () => {});
    request.end(body);
    await once(request, 'response');
    await expectEnd(rig, () => request.destroy());
  },
);
