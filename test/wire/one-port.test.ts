import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createError } from '../../src/core/errors.ts';
import { createOnePort } from '../../src/wire/one-port.ts';
import {
  collectReply,
  connectRaw,
  createManualClock,
  echo,
  endWith,
  openSession,
  startPort,
  wideLimits,
  writePiece,
} from './one-port-harness.ts';

describe('listen', () => {
  test('resolves with the address', async () => {
    const port = createOnePort({ listener: echo, limits: wideLimits, clock: createManualClock() });
    onTestFinished(() => port.destroy());
    expect(await port.listen(0, '127.0.0.1')).toEqual({
      address: '127.0.0.1',
      family: 'IPv4',
      port: expect.any(Number),
    });
  });

  test('rejects with the system’s error', async () => {
    const { portNumber } = await startPort(echo);
    const serverErrors: unknown[] = [];
    const second = createOnePort({
      listener: echo,
      limits: wideLimits,
      clock: createManualClock(),
      onServerError: (error) => serverErrors.push(error),
    });
    await expect(second.listen(portNumber, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(serverErrors).toEqual([]);
  });
});

describe('a listener that fails', () => {
  const boom = new Error('boom, with a secret');

  test.for([
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['rejects', () => Promise.reject(boom)],
  ] as const)('and %s before the answer: 500 that says nothing', async ([, listener]) => {
    const { portNumber, serverErrors } = await startPort((_request, response) => {
      response.setHeader('x-leftover', 'from the answer that failed');
      return listener();
    });
    const reply = await fetch(`http://127.0.0.1:${portNumber}/`);
    expect(reply.status).toBe(500);
    expect(reply.headers.get('x-leftover')).toBeNull();
    expect(await reply.json()).toMatchObject({
      error: { code: 'internal', message: expect.not.stringContaining('secret') },
    });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    expect(await collectReply(session.request({ ':path': '/' }))).toMatchObject({
      status: 500,
      body: expect.stringContaining('internal'),
    });
    expect(serverErrors).toEqual([boom, boom]);
  });

  test('within the answer: the answer is broken off, so that nobody takes it for whole', async () => {
    const { portNumber, port } = await startPort((_request, response) => {
      writePiece(response, 'begun');
      throw boom;
    });
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await client.closed).not.toMatch(/\r\n0\r\n\r\n$/);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    await expect(collectReply(session.request({ ':path': '/' }))).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
    expect(session.destroyed).toBe(false);
    expect(port.connections).toBe(1);
  });

  test('after the answer: the answer stands', async () => {
    const { portNumber, serverErrors } = await startPort(async (request, response) => {
      await echo(request, response);
      throw boom;
    });
    expect(await (await fetch(`http://127.0.0.1:${portNumber}/`)).text()).toBe('GET / ');
    expect(serverErrors).toEqual([boom]);
  });

  test('with a registered error: that error', async () => {
    const { portNumber } = await startPort(() => {
      throw createError('SERVER_DRAINING', {});
    });
    expect((await fetch(`http://127.0.0.1:${portNumber}/`)).status).toBe(503);
  });

  test('because the host is no host: 400, the client’s mistake', async () => {
    const { portNumber, serverErrors } = await startPort((request) => {
      throw new TypeError(`no URL: ${request.url}`);
    });
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a:99999\r\nconnection: close\r\n\r\n');
    expect(await client.closed).toMatch(/^HTTP\/1.1 400 [\s\S]*invalid_host/);
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    expect(await collectReply(session.request({ ':path': '/', ':authority': 'a:99999' }))).toMatchObject({
      status: 400,
    });
    expect(serverErrors).toEqual([]);
  });

  test('by writing after the end, or to a client that left', async () => {
    let ended: Promise<unknown> | undefined;
    const { portNumber } = await startPort(async (request, response) => {
      if (request.url === '/left') {
        ended = once(response, 'close');
        await ended;
      } else {
        await echo(request, response);
      }
      writePiece(response, 'too late');
    });
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    await collectReply(session.request({ ':path': '/' })).catch(() => {});
    expect((await fetch(`http://127.0.0.1:${portNumber}/`)).status).toBe(200);
    const client = await connectRaw(portNumber);
    client.socket.write('GET /left HTTP/1.1\r\nhost: a\r\n\r\n');
    await expect.poll(() => ended !== undefined).toBe(true);
    client.socket.resetAndDestroy();
    await ended;
    expect((await fetch(`http://127.0.0.1:${portNumber}/`)).status).toBe(200);
  });
});

describe('connections', () => {
  test('no more than allowed', async () => {
    const { port, portNumber } = await startPort(echo, { limits: { maxConnections: 2 } });
    const clients = [await connectRaw(portNumber), await connectRaw(portNumber)];
    await expect.poll(() => port.connections).toBe(2);
    const third = await connectRaw(portNumber);
    expect(await third.closed).toBe('');
    clients[0]?.socket.destroy();
    await expect.poll(() => port.connections).toBe(1);
    const fourth = await connectRaw(portNumber);
    fourth.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await fourth.waitFor(/GET \/ /);
  });

  test('that are gone leave no timer behind', async () => {
    const clock = createManualClock();
    const { port, portNumber } = await startPort(
      (request, response) => (request.url === '/early' ? endWith(response, 'early') : echo(request, response)),
      { clock },
    );
    const session = openSession(`http://127.0.0.1:${portNumber}`);
    const early = session.request({ ':path': '/early', ':method': 'POST' });
    expect(await collectReply(early)).toMatchObject({ body: 'early' });
    early.end();
    await collectReply(session.request({ ':path': '/', ':method': 'POST' }).end('hi'));
    session.destroy();
    const malformed = await connectRaw(portNumber);
    malformed.socket.write('garbage\r\n\r\n');
    await malformed.closed;
    expect(clock.pendingTimers).toBeGreaterThan(0);
    await port.drain({ timeoutMs: 1000 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('a thousand that come and go, politely or not, leave nothing behind', async () => {
    const { port, portNumber } = await startPort(echo);
    const starts = [
      '',
      'G',
      'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
      'PRI * HT',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    ];
    for (let round = 0; round < 50; round += 1) {
      const visits = Array.from({ length: 20 }, async (_, index) => {
        const client = await connectRaw(portNumber);
        const start = starts[index % starts.length] ?? '';
        if (start !== '') client.socket.write(start, 'latin1');
        if (index % 2 === 0) client.socket.resetAndDestroy();
        else client.socket.end();
        await client.closed;
      });
      await Promise.all(visits);
    }
    await expect.poll(() => port.connections).toBe(0);
    expect((await fetch(`http://127.0.0.1:${portNumber}/`)).status).toBe(200);
  });
});
