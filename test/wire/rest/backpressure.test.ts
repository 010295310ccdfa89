import { once } from 'node:events';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecordedRequest } from '../../support/fake-upstream.ts';
import type { TestServer } from '../../support/test-server.ts';
import { createManualClock, type ManualClock, openSession } from '../one-port-harness.ts';
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

/** Asks for a streamed answer over HTTP/1.1, and reads nothing of it. */
async function openHttp1(server: TestServer): Promise<Socket> {
  const body = JSON.stringify(chatBody({ stream: true }));
  const socket = connect(server.port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(
    [
      'POST /v1/chat/completions HTTP/1.1',
      'host: x',
      `authorization: ${server.authorization}`,
      'content-type: application/json',
      'connection: close',
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  );
  await once(socket, 'readable');
  return socket;
}

/** Asks for a streamed answer over HTTP/2, and reads nothing of it. */
async function openHttp2(server: TestServer): Promise<ClientHttp2Stream> {
  const stream = openSession(server.origin).request({
    ':method': 'POST',
    ':path': '/v1/chat/completions',
    authorization: server.authorization,
    'content-type': 'application/json',
  });
  stream.end(JSON.stringify(chatBody({ stream: true })));
  await once(stream, 'response');
  return stream;
}

test('a client that does not read holds back the provider, over HTTP/1.1', async () => {
  const rig = await startRig();
  offerMuch(rig);
  const socket = await openHttp1(rig.server);
  await expectHeldBack(rig, await rig.first.nextRequest(), socket);
});

test('a client that does not read holds back the provider, over HTTP/2', async () => {
  const rig = await startRig();
  offerMuch(rig);
  const stream = await openHttp2(rig.server);
  await expectHeldBack(rig, await rig.first.nextRequest(), stream);
});

describe('a client that does not read is cut off', () => {
  const config = 'calls: { timeout_ms: 5000 }\nserver: { keep_alive_comment_ms: 100000 }';
  /** How long it has to take the end of an answer that was stopped. */
  const endGraceMs = 1000;

  /** Waits until the client holds back the provider, and then lets the call's time be over. */
  async function expectDeadline({ server, first }: ChatRig, clock: ManualClock): Promise<void> {
    const request = await first.nextRequest();
    await waitUntilStuck(server, request);
    clock.advance(5000);
    expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_DEADLINE' });
    expect(await request.closed).toEqual({ replied: false });
  }

  test('some time after the end of its call, over HTTP/1.1', async () => {
    const clock = createManualClock();
    const rig = await startRig({ clock, config });
    offerMuch(rig);
    const socket = await openHttp1(rig.server);
    await expectDeadline(rig, clock);
    clock.advance(endGraceMs);
    let end = '';
    for await (const chunk of socket) end = (end + chunk.toString('latin1')).slice(-1000);
    // Neither the end mark, nor the error that nobody read, nor the last chunk of the body.
    expect(end).toMatch(/x+$/);
  });

  test('some time after the end of its call, over HTTP/2, and the connection stays', async () => {
    const clock = createManualClock();
    const rig = await startRig({ clock, config });
    offerMuch(rig);
    const stream = await openHttp2(rig.server);
    const { session } = stream;
    await expectDeadline(rig, clock);
    clock.advance(endGraceMs);
    stream.resume();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect(session?.destroyed).toBe(false);
  });

  test('but not before: who reads in time gets the error', async () => {
    const clock = createManualClock();
    const rig = await startRig({ clock, config });
    offerMuch(rig);
    const stream = await openHttp2(rig.server);
    await expectDeadline(rig, clock);
    clock.advance(endGraceMs - 1);
    let end = '';
    for await (const chunk of stream) end = (end + chunk.toString('latin1')).slice(-1000);
    expect(end).toMatch(/"code":"call_deadline".*\n\n$/s);
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });
});
