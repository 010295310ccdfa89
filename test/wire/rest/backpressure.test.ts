import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import type { RecordedRequest } from '../../support/fake-upstream.ts';
import type { TestServer } from '../../support/test-server.ts';
import { type ChatRig, chatBody, postChat, startRig, upstreamChunk } from './chat-rig.ts';

const pieceBytes = 32_768;
const pieceCount = 1500;
const offeredBytes = pieceBytes * pieceCount;
/** What the kernel's buffers of two connections and the server's own may hold; several times what was ever seen. */
const boundBytes = 20_000_000;

/** Lets the first upstream offer some 50 MB in a streamed answer. */
function offerMuch({ first }: ChatRig): void {
  const content = 'x'.repeat(pieceBytes);
  const piece = `data: ${JSON.stringify(upstreamChunk({ content }))}\n\n`;
  first.respond({
    headers: { 'content-type': 'text/event-stream' },
    body: (function* () {
      for (let index = 0; index < pieceCount; index += 1) yield piece;
      yield `data: ${JSON.stringify(upstreamChunk({}, 'stop'))}\n\ndata: [DONE]\n\n`;
    })(),
  });
}

/** Resolves when the provider gets rid of nothing more, though the server has turns enough to take it: it answers other calls. */
async function waitUntilStuck(server: TestServer, request: RecordedRequest): Promise<void> {
  let sentBefore: number;
  do {
    sentBefore = request.bytesSent();
    for (let round = 0; round < 20; round += 1) {
      const response = await postChat(server, { model: 'sandbox/echo' });
      await response.text();
    }
  } while (request.bytesSent() > sentBefore);
}

async function expectHeldBack({ server }: ChatRig, request: RecordedRequest, answer: Readable): Promise<void> {
  await waitUntilStuck(server, request);
  expect(request.bytesSent()).toBeLessThan(boundBytes);
  // Nothing is lost by it: who reads on gets everything.
  let receivedBytes = 0;
  let end = '';
  for await (const chunk of answer) {
    receivedBytes += chunk.length;
    end = (end + chunk.toString('latin1')).slice(-100);
  }
  expect(end).toContain('data: [DONE]\n\n');
  expect(receivedBytes).toBeGreaterThan(offeredBytes);
}

test('a client that does not read holds back the provider, over HTTP/1.1', async () => {
  const rig = await startRig();
  offerMuch(rig);
  const body = JSON.stringify(chatBody({ stream: true }));
  const socket = connect(rig.server.port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(
    [
      'POST /v1/chat/completions HTTP/1.1',
      'host: x',
      `authorization: ${rig.server.authorization}`,
      'content-type: application/json',
      'connection: close',
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  );
  await once(socket, 'readable');
  await expectHeldBack(rig, await rig.first.nextRequest(), socket);
});

test('a client that does not read holds back the provider, over HTTP/2', async () => {
  const rig = await startRig();
  offerMuch(rig);
  const session = connectHttp2(rig.server.origin);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/chat/completions',
    authorization: rig.server.authorization,
    'content-type': 'application/json',
  });
  stream.end(JSON.stringify(chatBody({ stream: true })));
  await once(stream, 'response');
  await expectHeldBack(rig, await rig.first.nextRequest(), stream);
});
