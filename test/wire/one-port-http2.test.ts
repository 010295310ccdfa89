import { once } from 'node:events';
import { constants } from 'node:http2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptySettings, findGoaway, getHeaders, preface } from './one-port-bytes.ts';
import { collectReply, connectRaw, echo, endWith, openSession, startPort } from './one-port-harness.ts';

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
