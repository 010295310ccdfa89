import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseErrorResponse } from './one-port-bytes.ts';
import {
  abandonments,
  connectRaw,
  createManualClock,
  echo,
  endWith,
  startPort,
  writePiece,
  writeStart,
} from './one-port-harness.ts';

describe('slow clients', () => {
  test('one that sends nothing is dropped', async () => {
    const clock = createManualClock();
    const { portNumber, port } = await startPort(echo, { clock, limits: { prefaceTimeoutMs: 5000 } });
    const client = await connectRaw(portNumber);
    await expect.poll(() => port.connections).toBe(1);
    clock.advance(5000);
    expect(await client.closed).toBe('');
    expect(port.connections).toBe(0);
  });

  test('a header that does not end', async () => {
    const { portNumber, port } = await startPort(echo, { limits: { headersTimeoutMs: 100, lingerTimeoutMs: 50 } });
    const client = await connectRaw(portNumber, true);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n');
    const drip = setInterval(() => client.socket.write('x: y\r\n'), 20);
    onTestFinished(() => clearInterval(drip));
    const raw = await client.closed;
    expect(raw).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(parseErrorResponse(raw)).toMatchObject({ code: 'request_timeout', type: 'timeout_error' });
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a body that does not end', async () => {
    const { portNumber } = await startPort(echo, { limits: { headersTimeoutMs: 100, requestTimeoutMs: 100 } });
    const client = await connectRaw(portNumber);
    client.socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nfive!');
    await client.closed;
    expect(parseErrorResponse(client.received()).code).toBe('request_timeout');
  });

  test('an answer that has begun goes on when the body does not end', async () => {
    const { portNumber, clientErrors } = await startPort(
      (_request, response) => {
        writeStart(response, 200);
        const write = setInterval(() => {
          writePiece(response, '.');
        }, 20);
        response.once('close', () => clearInterval(write));
      },
      { limits: { headersTimeoutMs: 50, requestTimeoutMs: 50 } },
    );
    const client = await connectRaw(portNumber);
    client.socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nfive!');
    // Well past the time limit.
    await client.waitFor(/(?:\.\r\n[\s\S]*){20}/);
    expect(clientErrors).toEqual([]);
  });

  test('an idle connection is closed', async () => {
    const { portNumber, port } = await startPort(echo, { limits: { keepAliveTimeoutMs: 1 } });
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.closed;
    await expect.poll(() => port.connections).toBe(0);
  });
});

describe('clients that leave', () => {
  test('a client that ends with its request gets what is answered at once', async () => {
    const { portNumber } = await startPort((_request, response) => endWith(response, 'quick'));
    const client = await connectRaw(portNumber, true);
    client.socket.end('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await client.closed).toMatch(/quick$/);
  });

  test('the end of a client in the midst of an answer stops the work for it', async () => {
    let left: Promise<unknown> | undefined;
    const { portNumber, port } = await startPort((_request, response) => {
      left = once(response, 'close');
      writePiece(response, '...');
    });
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.waitFor(/\.\.\./);
    client.socket.end();
    await client.closed;
    await left;
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a reset in the midst of a request and of an answer', async () => {
    const { portNumber, port } = await startPort((_request, response) => {
      writePiece(response, '...');
    });
    const early = await connectRaw(portNumber);
    await new Promise((sent) => early.socket.write('POST / HTTP/1.1\r\nhost: a', sent));
    early.socket.resetAndDestroy();
    const late = await connectRaw(portNumber);
    late.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await late.waitFor(/\.\.\./);
    late.socket.resetAndDestroy();
    await expect.poll(() => port.connections).toBe(0);
  });
});

describe('an answer before the end of the request', () => {
  test('reaches a client that is still sending, though it ends the connection', async () => {
    const { portNumber, port } = await startPort((_request, response) => {
      writeStart(response, 413, { connection: 'close' });
      endWith(response, 'too large');
    });
    const client = await connectRaw(portNumber);
    const size = 20_000_000;
    client.socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
    const writeError = await new Promise((sent) => client.socket.write(Buffer.alloc(size), sent));
    expect(writeError).toBeNull();
    await client.waitFor(/^HTTP\/1.1 413 [\s\S]*too large/);
    await expect.poll(() => port.connections).toBe(0);
  });

  test.for(abandonments)(
    'leaves the connection usable, with a request that was read in part and %s',
    async ([, abandon]) => {
      const abandoned = Promise.withResolvers<void>();
      const { portNumber } = await startPort(async (request, response) => {
        const { socket } = request;
        await abandon(request);
        if (request.url === '/1') {
          // Node pauses the connection when nobody takes what comes.
          const paused = once(socket, 'pause');
          abandoned.resolve();
          await paused;
        }
        endWith(response, `answer to ${request.url}`);
      });
      const client = await connectRaw(portNumber);
      const size = 2_000_000;
      client.socket.write(`POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\nx`);
      await abandoned.promise;
      client.socket.write(Buffer.alloc(size - 1));
      client.socket.write('POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi');
      await client.waitFor(/answer to \/1[\s\S]*answer to \/2/);
    },
  );

  test('is the last one of its connection when it says so', async () => {
    const paths: (string | undefined)[] = [];
    const { portNumber } = await startPort((request, response) => {
      paths.push(request.url);
      writeStart(response, 413, { connection: 'close' });
      endWith(response, 'too large');
    });
    const client = await connectRaw(portNumber, true);
    client.socket.write('POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n');
    await client.waitFor(/too large/);
    client.socket.end('bodyPOST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n');
    expect(await client.closed).not.toMatch(/too large[\s\S]*too large/);
    expect(paths).toEqual(['/1']);
  });

  test('does not keep a client that never stops sending', async () => {
    const { portNumber, port } = await startPort(
      (_request, response) => {
        writeStart(response, 413, { connection: 'close' });
        endWith(response, 'too large');
      },
      { limits: { lingerTimeoutMs: 50 } },
    );
    const client = await connectRaw(portNumber, true);
    client.socket.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    const flood = (): void => {
      while (client.socket.writable && client.socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`));
    };
    client.socket.on('drain', flood);
    flood();
    expect(await client.closed).toContain('too large');
    await expect.poll(() => port.connections).toBe(0);
  });
});
