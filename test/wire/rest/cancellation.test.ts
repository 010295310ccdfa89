import { once } from 'node:events';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { type FakeReply, sseReply } from '../../support/fake-upstream.ts';
import type { TestServer } from '../../support/test-server.ts';
import { createManualClock, openSession } from '../one-port-harness.ts';
import { chatBody, postChat, readError, secondModel, startRig, upstreamChunk } from './chat-rig.ts';
import { parseChunk, readEvents } from './event-stream.ts';

/** An answer that begins and never ends. */
const endless: FakeReply = sseReply([upstreamChunk({ content: 'one' })], { ending: 'hang' });

/** The one line that a call that was given up leaves, once the server is done with it. */
async function expectOneLine(server: TestServer, fields: object): Promise<void> {
  const line = await server.nextLogLine('call failed');
  expect(line).toMatchObject({ error_reason: 'CALL_CANCELLED', outcome: 'error', ...fields });
  // Whatever the first call still had to say would stand before the line of a second one.
  await postChat(server, { model: 'sandbox/echo' });
  await server.nextLogLine('call answered');
  expect(server.log.filter(({ msg }) => msg !== 'call answered')).toEqual([line]);
}

/** Asks for a streamed answer over HTTP/2. */
function openHttp2Stream(server: TestServer): ClientHttp2Stream {
  const stream = openSession(server.origin).request({
    ':method': 'POST',
    ':path': '/v1/chat/completions',
    authorization: server.authorization,
    'content-type': 'application/json',
  });
  stream.end(JSON.stringify(chatBody({ stream: true })));
  return stream;
}

/** The machine's clock, which tells when a timer of this length is cancelled. */
function watchTimer(delayMs: number): { clock: Clock; cancelled: Promise<void> } {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const clock: Clock = {
    ...systemClock,
    after(timerDelayMs, callback) {
      const cancel = systemClock.after(timerDelayMs, callback);
      return () => {
        cancel();
        if (timerDelayMs === delayMs) resolve();
      };
    },
  };
  return { clock, cancelled };
}

describe('a client that leaves ends the call at its provider', () => {
  test.each([false, true])('before there is an answer, stream %s', async (stream) => {
    const { server, first, second } = await startRig();
    first.respond({ drop: 'hang' });
    const client = new AbortController();
    const answer = postChat(server, { stream, models: [secondModel] }, { signal: client.signal });
    const request = await first.nextRequest();
    client.abort();
    await expect(answer).rejects.toThrow();
    expect(await request.closed).toEqual({ replied: false });
    await expectOneLine(server, { stream, attempts: [{ error_reason: 'CALL_CANCELLED' }] });
    // Nobody is left to answer, so nobody else is asked.
    expect(second.requests).toEqual([]);
  });

  test('between the first byte of the provider and its first token', async () => {
    const { server, first } = await startRig();
    const begun = Promise.withResolvers<void>();
    first.respond({
      headers: { 'content-type': 'text/event-stream' },
      body: (async function* () {
        yield ': processing\n\n';
        begun.resolve();
      })(),
      ending: 'hang',
    });
    const client = new AbortController();
    const answer = postChat(server, { stream: true }, { signal: client.signal });
    const request = await first.nextRequest();
    await begun.promise;
    client.abort();
    await expect(answer).rejects.toThrow();
    await request.closed;
    await expectOneLine(server, { stream: true });
  });

  test('in the middle of a stream', async () => {
    const { server, first } = await startRig();
    first.respond(endless);
    const client = new AbortController();
    const events = readEvents(await postChat(server, { stream: true }, { signal: client.signal }));
    await events.next();
    await events.next();
    const request = await first.nextRequest();
    client.abort();
    expect(await request.closed).toEqual({ replied: false });
    await expectOneLine(server, { stream: true, attempts: [{ error_reason: 'CALL_CANCELLED' }] });
  });

  test('in the middle of an answer that is collected', async () => {
    const { server, first } = await startRig();
    first.respond({
      headers: { 'content-type': 'application/json' },
      body: '{"choices":[',
      ending: 'hang',
    });
    const client = new AbortController();
    const answer = postChat(server, {}, { signal: client.signal });
    const request = await first.nextRequest();
    client.abort();
    await expect(answer).rejects.toThrow();
    await request.closed;
    await expectOneLine(server, { stream: false });
  });

  test('over HTTP/2, by resetting the stream', async () => {
    const { server, first } = await startRig();
    const more = Promise.withResolvers<void>();
    first.respond(
      sseReply([upstreamChunk({ content: 'one' }), more.promise, upstreamChunk({ content: 'two' })], {
        ending: 'hang',
      }),
    );
    const stream = openHttp2Stream(server);
    await once(stream, 'data');
    const request = await first.nextRequest();
    stream.close(constants.NGHTTP2_CANCEL);
    await request.closed;
    more.resolve();
    await expectOneLine(server, { stream: true });
  });

  test('while the provider says more than anybody reads', async () => {
    const { server, first } = await startRig();
    const piece = `data: ${JSON.stringify(upstreamChunk({ content: 'x'.repeat(10_000) }))}\n\n`;
    first.respond({
      headers: { 'content-type': 'text/event-stream' },
      body: (function* () {
        for (;;) yield piece;
      })(),
    });
    const stream = openHttp2Stream(server);
    // The client opens no window and leaves: the writer waits for room that never comes.
    await once(stream, 'response');
    const request = await first.nextRequest();
    stream.close(constants.NGHTTP2_CANCEL);
    await request.closed;
    await expectOneLine(server, { stream: true });
  });
});

describe('nothing is left of a call whose client left', () => {
  const config = 'calls: { timeout_ms: 123456 }';

  test('over HTTP/1.1', async () => {
    const { clock, cancelled } = watchTimer(123_456);
    const { server, first } = await startRig({ clock, config });
    first.respond(endless);
    const client = new AbortController();
    const events = readEvents(await postChat(server, { stream: true }, { signal: client.signal }));
    await events.next();
    client.abort();
    await cancelled;
  });

  test('over HTTP/2, where a response that is gone says neither that it is nor that it has room', async () => {
    const { clock, cancelled } = watchTimer(123_456);
    const { server, first } = await startRig({ clock, config });
    first.respond(endless);
    const stream = openHttp2Stream(server);
    await once(stream, 'data');
    stream.close(constants.NGHTTP2_CANCEL);
    await cancelled;
  });
});

describe('a call that takes longer than it may', () => {
  const config = 'calls: { timeout_ms: 5000 }';

  test.each([false, true])('is 504 before there is an answer, stream %s', async (stream) => {
    const clock = createManualClock();
    const { server, first, second } = await startRig({ clock, config });
    first.respond({ drop: 'hang' });
    const answer = postChat(server, { stream, models: [secondModel] });
    const request = await first.nextRequest();
    clock.advance(4999);
    clock.advance(1);
    await request.closed;
    const response = await answer;
    expect(response.status).toBe(504);
    expect(await readError(response)).toMatchObject({
      type: 'timeout_error',
      code: 'call_deadline',
      metadata: { attempts: [{ error_code: 'CALL_DEADLINE' }] },
    });
    expect(second.requests).toEqual([]);
    expect(await server.nextLogLine('call failed')).toMatchObject({ error_reason: 'CALL_DEADLINE', duration_ms: 5000 });
  });

  test('ends a stream with an error', async () => {
    const clock = createManualClock();
    const { server, first } = await startRig({ clock, config });
    first.respond(endless);
    const events = readEvents(await postChat(server, { stream: true }));
    await events.next();
    await events.next();
    const request = await first.nextRequest();
    clock.advance(5000);
    await request.closed;
    const rest = await events.rest();
    expect(rest.map(parseChunk)).toMatchObject([{ error: { code: 'call_deadline', type: 'timeout_error' } }]);
  });
});
