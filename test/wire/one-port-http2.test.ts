import { once } from 'node:events';
import { constants } from 'node:http2';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  collectReply,
  connectRaw,
  createManualClock,
  echo,
  endWith,
  openSession,
  startPort,
  writeStart,
} from './one-port-harness.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const emptySettings = '\0\0\0\x04\0\0\0\0\0';
/** HEADERS of stream 1 with END_STREAM and END_HEADERS: GET / http, from HPACK's static table, and `:authority: a`. */
const getHeaders = '\0\0\x06\x01\x05\0\0\0\x01\x82\x84\x86\x41\x01a';

/** Type, flags and payload of each frame, the last one perhaps cut. */
function parseFrames(received: string): { readonly type: number; readonly payload: Buffer }[] {
  const bytes = Buffer.from(received, 'latin1');
  const frames = [];
  for (let offset = 0; offset + 9 <= bytes.length; ) {
    const end = offset + 9 + bytes.readUIntBE(offset, 3);
    frames.push({ type: bytes.readUInt8(offset + 3), payload: bytes.subarray(offset + 9, end) });
    offset = end;
  }
  return frames;
}

/** The error code of the GOAWAY frame among what came. */
function findGoaway(received: string): number | undefined {
  return parseFrames(received)
    .find((frame) => frame.type === 7)
    ?.payload.readUInt32BE(4);
}

describe('requests', () => {
  test('prior knowledge, beside HTTP/1 on the same port', async () => {
    const { portNumber } = await startPort(echo);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const post = session.request({ ':path': '/a', ':method': 'POST' }).end('hi');
    const get = session.request({ ':path': '/b' });
    const replies = Promise.all([collectReply(post), collectReply(get)]);
    const reply = await fetch(`http://127.0.0.1:${portNumber}/c`);
    expect(await reply.text()).toBe('GET /c ');
    expect(await replies).toEqual([
      { status: 200, body: 'POST /a hi', trailers: {} },
      { status: 200, body: 'GET /b ', trailers: {} },
    ]);
  });

  test('the client is told the limits', async () => {
    const { portNumber } = await startPort(echo, {
      limits: {
        maxConcurrentStreams: 7,
        maxHeaderBytes: 9000,
        streamWindowBytes: 100_000,
        sessionWindowBytes: 200_000,
      },
    });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const [settings] = await once(session, 'remoteSettings');
    expect(settings).toMatchObject({ maxConcurrentStreams: 7, maxHeaderListSize: 9000, initialWindowSize: 100_000 });
    await new Promise((answered) => session.ping(answered));
    expect(session.state.remoteWindowSize).toBe(200_000);
  });

  test('the preface and all else byte by byte', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.setNoDelay();
    for (const byte of preface + emptySettings + getHeaders) {
      await new Promise((sent) => client.socket.write(Buffer.from(byte, 'latin1'), sent));
    }
    await client.waitFor(/GET \/ /);
  });

  test('a client that sends all and its end at once leaves no connection behind', async () => {
    const { portNumber, port } = await startPort(echo);
    const client = await connectRaw(portNumber, true);
    client.socket.end(preface + emptySettings + getHeaders, 'latin1');
    await client.closed;
    await expect.poll(() => port.connections).toBe(0);
  });

  test('any other expectation than 100-continue, and CONNECT, are refused', async () => {
    const { portNumber } = await startPort(echo);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const expecting = session.request({ ':path': '/', expect: 'cake' });
    expect(await collectReply(expecting)).toMatchObject({ status: 417 });
    const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'example.com:443' });
    expect(await collectReply(tunnel)).toMatchObject({
      status: 501,
      body: expect.stringContaining('connect_unsupported'),
    });
    const patient = session.request({ ':path': '/', ':method': 'POST', expect: '100-continue' });
    await once(patient, 'continue');
    patient.end('hi');
    expect(await collectReply(patient)).toMatchObject({ body: 'POST / hi' });
  });
});

describe('bad input', () => {
  test('frames that make no sense end the session, and nothing else', async () => {
    const { portNumber, port, clientErrors } = await startPort(echo);
    const other = openSession(`http://127.0.0.1:${portNumber}`);
    const client = await connectRaw(portNumber);
    // DATA on stream 0.
    client.socket.write(`${preface}${emptySettings}\0\0\x01\0\0\0\0\0\0x`, 'latin1');
    expect(findGoaway(await client.closed)).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    expect(clientErrors).toHaveLength(1);
    expect(await collectReply(other.request({ ':path': '/b' }))).toMatchObject({ status: 200 });
    await expect.poll(() => port.connections).toBe(1);
  });

  test('any bytes after the preface leave the server alive and no connection behind', async () => {
    const { portNumber, port } = await startPort(echo);
    const start = fc.constantFrom(preface, preface + emptySettings, preface + emptySettings + getHeaders);
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 200 }), async (bytes, rest) => {
        const client = await connectRaw(portNumber);
        client.socket.end(Buffer.concat([Buffer.from(bytes, 'latin1'), rest]));
        await client.closed;
      }),
      { numRuns: 100 },
    );
    await expect.poll(() => port.connections).toBe(0);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    expect(await collectReply(session.request({ ':path': '/b' }))).toMatchObject({ status: 200 });
  });

  test('a header that is too large', async () => {
    const { portNumber } = await startPort(echo, { limits: { maxHeaderBytes: 2000 } });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const large = { ':path': '/', 'x-large': 'y'.repeat(2000) };
    // Sent before the server's settings came.
    expect(await collectReply(session.request(large))).toMatchObject({
      status: 431,
      body: expect.stringContaining('header_too_large'),
    });
    // By now the client knows the limit.
    const refused = session.request(large);
    await expect(collectReply(refused)).rejects.toThrow();
    expect(refused.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(await collectReply(session.request({ ':path': '/b' }))).toMatchObject({ status: 200 });
  });

  test('too many headers', async () => {
    const { portNumber } = await startPort(echo, { limits: { maxHeaderCount: 50 } });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const headers = Object.fromEntries(Array.from({ length: 47 }, (_, index) => [`x-${index}`, '1']));
    const refused = session.request({ ':path': '/', ...headers });
    await expect(collectReply(refused)).rejects.toThrow();
    expect(refused.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    const { 'x-0': _, ...fewer } = headers;
    expect(await collectReply(session.request({ ':path': '/b', ...fewer }))).toMatchObject({ status: 200 });
  });

  test('no more streams at a time than allowed', async () => {
    let most = 0;
    let now = 0;
    const { portNumber } = await startPort(
      (_request, response) => {
        now += 1;
        most = Math.max(most, now);
        setImmediate(() => {
          now -= 1;
          endWith(response, '');
        });
      },
      { limits: { maxConcurrentStreams: 3 } },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    await once(session, 'remoteSettings');
    await Promise.all(Array.from({ length: 20 }, () => collectReply(session.request({ ':path': '/' }))));
    expect(most).toBe(3);
  });

  test('a flood of resets ends the session, and no other', async () => {
    const { portNumber, port } = await startPort(echo, { limits: { streamResetBurst: 50, streamResetsPerSecond: 1 } });
    const other = openSession(`http://127.0.0.1:${portNumber}`);
    expect(await collectReply(other.request({ ':path': '/' }))).toMatchObject({ status: 200 });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const goaway = once(session, 'goaway');
    for (let count = 0; count < 200; count += 1) {
      const stream = session.request({ ':path': '/', ':method': 'POST' });
      stream.on('error', () => {});
      stream.once('ready', () => stream.close(constants.NGHTTP2_CANCEL));
    }
    const [code] = await goaway;
    expect(code).not.toBe(constants.NGHTTP2_NO_ERROR);
    await expect.poll(() => port.connections).toBe(1);
    expect(await collectReply(other.request({ ':path': '/' }))).toMatchObject({ status: 200 });
  });
});

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

  test('does not fill the windows with a request that was read in part and abandoned', async () => {
    const { portNumber } = await startPort(async (request, response) => {
      await request[Symbol.asyncIterator]().next();
      endWith(response, 'early');
    });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const stream = session.request({ ':path': '/', ':method': 'POST' });
    const reply = collectReply(stream);
    await new Promise((sent) => stream.write(Buffer.alloc(2_000_000), sent));
    expect(await reply).toMatchObject({ body: 'early' });
  });

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
