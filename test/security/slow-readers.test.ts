import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import {
  collectReply,
  connectRaw,
  endWith,
  openSession,
  startPort,
  tlsFixture,
  writePiece,
  writeStart,
} from '../wire/one-port-harness.ts';

/** Far more than the kernel's buffers and a window hold. */
const long = 'x'.repeat(16_000_000);
const get = 'GET /long HTTP/1.1\r\nhost: a\r\n\r\n';
const limits = { headersTimeoutMs: 300, requestTimeoutMs: 300 };

async function connectOverTls(port: number): Promise<Socket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: tlsFixture.cert, servername: 'localhost' });
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

test.each(['cleartext', 'TLS'])('HTTP/1.1 in %s: who takes nothing of its answer is cut off', async (kind) => {
  const isTls = kind === 'TLS';
  const { port, portNumber } = await startPort((_request, response) => endWith(response, long), {
    limits,
    tls: isTls ? tlsFixture : undefined,
  });
  const socket = isTls ? await connectOverTls(portNumber) : (await connectRaw(portNumber)).socket;
  socket.pause();
  socket.write(get);
  await expect.poll(() => port.connections).toBe(1);
  await expect.poll(() => port.connections, { timeout: 5000 }).toBe(0);
});

test('HTTP/2: who takes nothing of its answer has the stream cut, and no other', async () => {
  const { portNumber } = await startPort(
    (request, response) => endWith(response, request.url === '/long' ? long : 'short'),
    { limits },
  );
  const session = connectHttp2(`http://127.0.0.1:${portNumber}`, { settings: { initialWindowSize: 0 } });
  onTestFinished(() => session.destroy());
  session.on('error', () => {});
  const stream = session.request({ ':path': '/long' });
  stream.on('error', () => {});
  await once(stream, 'close');
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  expect(session.destroyed).toBe(false);
  const other = openSession(`http://127.0.0.1:${portNumber}`);
  expect(await collectReply(other.request({ ':path': '/short' }))).toMatchObject({ body: 'short' });
});

test('who reads slowly gets the whole answer, and one that is not complete may pause', async () => {
  const { portNumber } = await startPort(
    (request, response) => {
      if (request.url === '/long') {
        endWith(response, long);
        return;
      }
      writeStart(response, 200);
      writePiece(response, 'first');
      // Several times the limit.
      setTimeout(() => endWith(response, 'last'), 4 * limits.requestTimeoutMs);
    },
    { limits },
  );
  const socket = connect({ port: portNumber, host: '127.0.0.1' });
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    // A moment's rest after every piece, so that all of it takes several times the limit.
    socket.pause();
    setTimeout(() => socket.resume(), 2);
  });
  socket.write(`${get}GET /pausing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  await once(socket, 'close');
  const received = Buffer.concat(pieces);
  expect(received.length).toBeGreaterThan(long.length);
  expect(received.subarray(-40).toString()).toMatch(/first\r\n4\r\nlast\r\n0\r\n\r\n$/);
});

test('who sends a thousand requests ahead has sixteen served, and the rest to send again', async () => {
  const served: (string | undefined)[] = [];
  const { portNumber } = await startPort((request, response) => {
    served.push(request.url);
    setImmediate(() => endWith(response, `<${request.url}>`));
  });
  const client = await connectRaw(portNumber);
  const requests = Array.from({ length: 1000 }, (_, index) => `GET /${index} HTTP/1.1\r\nhost: a\r\n\r\n`);
  client.socket.write(requests.join(''));
  const received = await client.closed;
  expect(served).toEqual(Array.from({ length: 16 }, (_, index) => `/${index}`));
  // In order, and the last one says that no more come.
  expect(received.match(/<\/\d+>/g)).toEqual(served.map((url) => `<${url}>`));
  expect(received.match(/connection: close/gi)).toHaveLength(1);
});
