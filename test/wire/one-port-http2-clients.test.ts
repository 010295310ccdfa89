import { once } from 'node:events';
import { constants } from 'node:http2';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { emptySettings, findGoaway, preface } from './one-port-bytes.ts';
import {
  abandonments,
  collectReply,
  connectRaw,
  createManualClock,
  echo,
  endWith,
  openSession,
  startPort,
  writeStart,
} from './one-port-harness.ts';

describe('slow clients', () => {
  test('a session that never has a stream is ended', async () => {
    const clock = createManualClock();
    const { portNumber, port } = await startPort(echo, {
      clock,
      limits: { http2IdleTimeoutMs: 1000, lingerTimeoutMs: 50 },
    });
    const client = await connectRaw(portNumber, true);
    client.socket.write(preface + emptySettings, 'latin1');
    await client.waitFor(/./s);
    clock.advance(999);
    expect(findGoaway(client.received())).toBeUndefined();
    clock.advance(1);
    await once(client.socket, 'end');
    expect(findGoaway(client.received())).toBe(constants.NGHTTP2_NO_ERROR);
    // The client does not leave.
    expect(port.connections).toBe(1);
    clock.advance(50);
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a session idles from the end of its last stream', async () => {
    const clock = createManualClock();
    const open: (() => void)[] = [];
    let closed: Promise<unknown> | undefined;
    const { portNumber } = await startPort(
      (_request, response) => {
        closed = once(response, 'close');
        open.push(() => endWith(response, 'done'));
      },
      { clock, limits: { http2IdleTimeoutMs: 1000 } },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const goaway = once(session, 'goaway');
    const stream = session.request({ ':path': '/' });
    await expect.poll(() => open).toHaveLength(1);
    clock.advance(5000);
    open[0]?.();
    expect(await collectReply(stream)).toMatchObject({ body: 'done' });
    expect(session.closed).toBe(false);
    await closed;
    clock.advance(1000);
    const [code] = await goaway;
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
  });

  test('a request that does not end', async () => {
    const clock = createManualClock();
    const arrived = Promise.withResolvers<void>();
    const { portNumber } = await startPort(
      async (request, response) => {
        arrived.resolve();
        await echo(request, response);
      },
      { clock, limits: { headersTimeoutMs: 1000, requestTimeoutMs: 1000 } },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    stream.write('some');
    await arrived.promise;
    clock.advance(1000);
    expect(await collectReply(stream)).toMatchObject({ status: 408, body: expect.stringContaining('request_timeout') });
  });

  test('a request that is complete and not yet read is not late', async () => {
    const clock = createManualClock();
    const arrived = Promise.withResolvers<() => Promise<void>>();
    const { portNumber } = await startPort(
      (request, response) => arrived.resolve(async () => endWith(response, await text(request))),
      { clock, limits: { headersTimeoutMs: 1000, requestTimeoutMs: 1000 } },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' }).end('hi');
    const answer = await arrived.promise;
    // The answer to a ping comes after what was sent before it has been taken in.
    await new Promise((answered) => session.ping(answered));
    clock.advance(1000);
    await answer();
    expect(await collectReply(stream)).toMatchObject({ status: 200, body: 'hi' });
  });

  test('a request that is being answered may go on', async () => {
    const clock = createManualClock();
    const { portNumber } = await startPort(
      async (request, response) => {
        writeStart(response, 200);
        endWith(response, await text(request));
      },
      { clock, limits: { headersTimeoutMs: 1000, requestTimeoutMs: 1000 } },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    await once(stream, 'response');
    clock.advance(5000);
    stream.end('late');
    expect(await text(stream)).toBe('late');
  });
});

describe('an answer before the end of the request', () => {
  test('arrives whole with its trailers, and its stream is closed', async () => {
    const clock = createManualClock();
    let closed: Promise<unknown> | undefined;
    const { portNumber } = await startPort(
      (request, response) => {
        if ('stream' in request) closed = once(request.stream, 'close');
        response.statusCode = 413;
        response.addTrailers({ 'grpc-status': '8' });
        endWith(response, 'too large');
      },
      { clock, limits: { lingerTimeoutMs: 100 } },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    // More than both windows hold, so that it is sent whole only if the server reads on.
    const upload = new Promise((sent) => stream.write(Buffer.alloc(2_000_000), sent));
    expect(await collectReply(stream)).toMatchObject({
      status: 413,
      body: 'too large',
      trailers: { 'grpc-status': '8' },
    });
    await upload;
    expect(stream.closed).toBe(false);
    clock.advance(100);
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    await closed;
  });

  test.for(abandonments)(
    'does not fill the windows with a request that was read in part and %s',
    async ([, abandon]) => {
      const { portNumber } = await startPort(async (request, response) => {
        await abandon(request);
        endWith(response, 'early');
      });
      const session = openSession(`http://127.0.0.1:${portNumber}`);
      const stream = session.request({ ':path': '/', ':method': 'POST' });
      const reply = collectReply(stream);
      await new Promise((sent) => stream.write(Buffer.alloc(2_000_000), sent));
      expect(await reply).toMatchObject({ body: 'early' });
    },
  );

  test('is the end of its stream when the request ends later by itself', async () => {
    const { portNumber } = await startPort((_request, response) => endWith(response, 'early'));
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    expect(await collectReply(stream)).toMatchObject({ body: 'early' });
    stream.end('late');
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });
});

describe('clients that leave', () => {
  test('a stream that is reset with an error does not end the process', async () => {
    const left = Promise.withResolvers<void>();
    const { portNumber } = await startPort((_request, response) => {
      response.once('close', left.resolve);
      writeStart(response, 200);
    });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    stream.on('error', () => {});
    await once(stream, 'response');
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    await left.promise;
  });

  test('a reset stream and a lost connection reach the listener', async () => {
    const left: Promise<unknown>[] = [];
    const { portNumber, port } = await startPort((_request, response) => {
      left.push(once(response, 'close'));
      writeStart(response, 200);
    });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const reset = session.request({ ':path': '/' });
    const lost = session.request({ ':path': '/' });
    lost.on('error', () => {});
    await Promise.all([once(reset, 'response'), once(lost, 'response')]);
    reset.close(constants.NGHTTP2_CANCEL);
    await left[0];
    session.destroy();
    await left[1];
    await expect.poll(() => port.connections).toBe(0);
  });
});
