import { once } from 'node:events';
import { request as sendRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { RequestListener } from '../../src/wire/one-port-options.ts';
import {
  collectReply,
  connectRaw,
  echo,
  endWith,
  openSession,
  type RawClient,
  startPort,
  tlsFixture,
  watchRaw,
  writePiece,
} from './one-port-harness.ts';

async function connectTls(portNumber: number, options: ConnectionOptions): Promise<RawClient> {
  const socket = connect({ port: portNumber, host: '127.0.0.1', ca: tlsFixture.cert, ...options });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'secureConnect');
  return watchRaw(socket);
}

test('HTTP/2 by ALPN', async () => {
  const { portNumber } = await startPort(echo, { tls: tlsFixture });
  const session = openSession(`https://127.0.0.1:${portNumber}`);
  const stream = session.request({ ':path': '/a', ':method': 'POST' }).end('hi');
  expect(await collectReply(stream)).toMatchObject({ status: 200, body: 'POST /a hi' });
  expect(session.alpnProtocol).toBe('h2');
});

test('HTTP/1.1 by ALPN, and without', async () => {
  const { portNumber } = await startPort(echo, { tls: tlsFixture });
  for (const ALPNProtocols of [['http/1.1'], ['h2', 'http/1.1'], undefined]) {
    const client = await connectTls(portNumber, ALPNProtocols === undefined ? {} : { ALPNProtocols });
    client.socket.write('POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi');
    await client.waitFor(/^HTTP\/1.1 200 [\s\S]*POST \/a hi/);
  }
});

test('Node’s own HTTPS client, with a body of many records', async () => {
  const { portNumber } = await startPort(
    async (request, response) => endWith(response, String((await text(request)).length)),
    { tls: tlsFixture },
  );
  const request = sendRequest({ port: portNumber, ca: tlsFixture.cert, method: 'POST' }).end('x'.repeat(1_000_000));
  const [response] = await once(request, 'response');
  expect(await text(response)).toBe('1000000');
});

test('HTTP/2 that was not negotiated is refused', async () => {
  const { portNumber, port } = await startPort(echo, { tls: tlsFixture });
  const client = await connectTls(portNumber, {});
  client.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
  expect(await client.closed).toMatch(/^HTTP\/1.1 400 /);
  await expect.poll(() => port.connections).toBe(0);
});

test('the listener sees an encrypted socket in both protocols', async () => {
  const seen: unknown[] = [];
  const listener: RequestListener = (request, response) => {
    seen.push('encrypted' in request.socket && request.socket.encrypted);
    endWith(response, '');
  };
  const { portNumber } = await startPort(listener, { tls: tlsFixture });
  await collectReply(openSession(`https://127.0.0.1:${portNumber}`).request({ ':path': '/' }));
  const [response] = await once(sendRequest({ port: portNumber, ca: tlsFixture.cert }).end(), 'response');
  await text(response);
  expect(seen).toEqual([true, true]);
});

test('a client that speaks cleartext or garbage, or leaves within the handshake', async () => {
  const { portNumber, port, clientErrors } = await startPort(echo, { tls: tlsFixture });
  const client = await connectRaw(portNumber);
  client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.closed;
  expect(clientErrors).toHaveLength(1);
  const leaving = await connectRaw(portNumber);
  leaving.socket.end('\x16\x03\x01\x02\x00\x01');
  await leaving.closed;
  await expect.poll(() => port.connections).toBe(0);
});

test('a client that does not complete the handshake is dropped', async () => {
  const { portNumber, port } = await startPort(echo, { tls: tlsFixture, limits: { prefaceTimeoutMs: 50 } });
  const client = await connectRaw(portNumber);
  await client.closed;
  await expect.poll(() => port.connections).toBe(0);
});

test('a client that is silent after the handshake is dropped', async () => {
  const { portNumber, port } = await startPort(echo, { tls: tlsFixture, limits: { prefaceTimeoutMs: 500 } });
  const client = await connectTls(portNumber, { ALPNProtocols: ['h2'] });
  await client.closed;
  await expect.poll(() => port.connections).toBe(0);
});

test('a drain lets answers in flight end, in both protocols', async () => {
  const open: (() => void)[] = [];
  const { portNumber, port } = await startPort(
    (_request, response) => {
      writePiece(response, 'begun, ');
      open.push(() => endWith(response, 'ended'));
    },
    { tls: tlsFixture },
  );
  const client = await connectTls(portNumber, {});
  client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  const reply = collectReply(openSession(`https://127.0.0.1:${portNumber}`).request({ ':path': '/' }));
  await client.waitFor(/begun/);
  await expect.poll(() => open).toHaveLength(2);
  const drained = port.drain({ timeoutMs: 60_000 });
  for (const end of open) end();
  expect(await reply).toMatchObject({ body: 'begun, ended' });
  expect(await client.closed).toMatch(/begun, [\s\S]*ended\r\n0\r\n\r\n$/);
  expect(await drained).toEqual({ cutConnections: 0 });
});

test('a cut is seen for what it is, in both protocols', async () => {
  const { portNumber, port } = await startPort((_request, response) => writePiece(response, 'begun'), {
    tls: tlsFixture,
  });
  const client = await connectTls(portNumber, {});
  client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.waitFor(/begun/);
  const stream = openSession(`https://127.0.0.1:${portNumber}`).request({ ':path': '/' });
  await once(stream, 'response');
  port.destroy();
  await expect(collectReply(stream)).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
  expect(await client.closed).not.toMatch(/0\r\n\r\n$/);
  expect(await port.drain({ timeoutMs: 1000 })).toEqual({ cutConnections: 0 });
});
