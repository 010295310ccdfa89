import { once } from 'node:events';
import { Agent, request as sendRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRaw, createManualClock, echo, endWith, startPort, writePiece, writeStart } from './one-port-harness.ts';

/** The body of a raw response that is an error, checked to be of the JSON API's shape. */
function parseError(raw: string): { readonly message: string; readonly code: string; readonly type: string } {
  expect(raw).toContain('content-type: application/json; charset=utf-8');
  const body: unknown = JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4));
  expect(body).toEqual({
    error: { message: expect.any(String), type: expect.any(String), param: null, code: expect.any(String) },
  });
  return (body as { error: { message: string; code: string; type: string } }).error;
}

describe('requests', () => {
  test('a connection serves one request after another', async () => {
    const { portNumber, port } = await startPort(echo);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    for (const path of ['/a', '/b', '/c']) {
      const request = sendRequest({ agent, port: portNumber, path, method: 'POST' }).end('hi');
      const [response] = await once(request, 'response');
      expect(await text(response)).toBe(`POST ${path} hi`);
      expect(response.headers.connection).toBe('keep-alive');
    }
    expect(port.connections).toBe(1);
  });

  test('pipelined requests are answered in order', async () => {
    const held: (() => void)[] = [];
    const { portNumber } = await startPort((request, response) => {
      const finish = (): void => {
        endWith(response, `<${request.url}>`);
      };
      // The first answer comes last.
      if (request.url === '/1') held.push(finish);
      else finish();
      if (request.url === '/3') held.pop()?.();
    });
    const client = await connectRaw(portNumber);
    client.socket.write(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
    await client.waitFor(/<\/1>[\s\S]*<\/2>[\s\S]*<\/3>/);
  });

  test('a request byte by byte', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.setNoDelay();
    for (const byte of 'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi') {
      await new Promise((sent) => client.socket.write(byte, sent));
    }
    await client.waitFor(/POST \/x hi/);
  });

  test('the body follows on 100-continue', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write('POST /x HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n');
    await client.waitFor(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    client.socket.write('hi');
    await client.waitFor(/POST \/x hi/);
  });

  test('any other expectation is refused', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\nexpect: cake\r\nconnection: close\r\n\r\n');
    const raw = await client.closed;
    expect(raw).toMatch(/^HTTP\/1.1 417 /);
    expect(parseError(raw).code).toBe('expectation_failed');
  });

  test.for(['h2c', 'websocket'])('an upgrade to %s is ignored', async (protocol) => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write(
      `GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: ${protocol}\r\nhttp2-settings: AAMAAABk\r\n\r\n`,
    );
    const [head] = await client.waitFor(/^HTTP\/1.1 200 [\s\S]*GET \/x /);
    expect(head).not.toContain('101');
  });

  test('CONNECT is refused', async () => {
    const { portNumber, port } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\nsome bytes for the tunnel');
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 501 [\s\S]*connection: close/);
    expect(parseError(client.received()).code).toBe('connect_unsupported');
    await expect.poll(() => port.connections).toBe(0);
  });

  test('CONNECT behind a request that is not answered yet does not take its answer', async () => {
    const { portNumber, port } = await startPort(() => {});
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\nCONNECT b:1 HTTP/1.1\r\nhost: b:1\r\n\r\n');
    expect(await client.closed).toBe('');
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a request without a host is refused in HTTP/1.1, and served in HTTP/1.0', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write('GET /x HTTP/1.1\r\nconnection: close\r\n\r\n');
    const raw = await client.closed;
    expect(raw).toMatch(/^HTTP\/1.1 400 /);
    expect(parseError(raw).code).toBe('invalid_host');
    const older = await connectRaw(portNumber);
    older.socket.write('GET /x HTTP/1.0\r\n\r\n');
    expect(await older.closed).toMatch(/^HTTP\/1.1 200 [\s\S]*GET \/x $/);
  });
});

describe('bad input', () => {
  test.for([
    ['garbage', 'garbage\r\n\r\n', 'malformed_http'],
    ['binary garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc', 'malformed_http'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost a\r\n\r\n', 'malformed_http'],
    ['a preface that goes wrong', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 'malformed_http'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 'malformed_http'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      'malformed_http',
    ],
    ['a chunk of no size', 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n', 'malformed_http'],
  ] as const)('%s', async ([, bytes, code]) => {
    const { portNumber, port, clientErrors } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write(Buffer.from(bytes, 'latin1'));
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[\s\S]*connection: close/);
    expect(parseError(client.received()).code).toBe(code);
    expect(clientErrors).toHaveLength(1);
    await expect.poll(() => port.connections).toBe(0);
  });

  test('any bytes leave the server alive and no connection behind', async () => {
    const { portNumber, port } = await startPort(echo);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const client = await connectRaw(portNumber);
        client.socket.end(bytes);
        await client.closed;
      }),
      { numRuns: 100 },
    );
    await expect.poll(() => port.connections).toBe(0);
    const client = await connectRaw(portNumber);
    client.socket.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n');
    await client.waitFor(/GET \/x /);
  });

  test('an error after a good request waits for its answer', async () => {
    const requests: (() => void)[] = [];
    const { portNumber, clientErrors } = await startPort((_request, response) => {
      requests.push(() => {
        endWith(response, 'good');
      });
    });
    const client = await connectRaw(portNumber);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\ngarbage\r\n\r\n');
    await expect.poll(() => clientErrors).toHaveLength(1);
    requests[0]?.();
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*connection: close\r\n[\s\S]*good$/);
  });

  test('a body cut short is answered, and the listener hears of it', async () => {
    let failed: Promise<unknown> | undefined;
    const { portNumber, port } = await startPort((request) => {
      failed = text(request).catch((error: unknown) => error);
    });
    const client = await connectRaw(portNumber);
    client.socket.end('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nonly this');
    const raw = await client.closed;
    expect(raw).toMatch(/^HTTP\/1.1 400 /);
    expect(parseError(raw).code).toBe('incomplete_request');
    expect(await failed).toBeInstanceOf(Error);
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a header that is too large', async () => {
    const { portNumber } = await startPort(echo, { limits: { maxHeaderBytes: 2000 } });
    const client = await connectRaw(portNumber);
    client.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(3000)}`);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
    const error = parseError(client.received());
    expect(error.code).toBe('header_too_large');
    expect(error.message).toContain('2000 bytes');
  });

  test('a flood of headers that never ends', async () => {
    const { portNumber, port } = await startPort(echo, { limits: { lingerTimeoutMs: 50 } });
    const client = await connectRaw(portNumber, true);
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n');
    const flood = (): void => {
      while (client.socket.writable && client.socket.write('x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'));
    };
    client.socket.on('drain', flood);
    flood();
    expect(await client.closed).toMatch(/^HTTP\/1.1 431 /);
    await expect.poll(() => port.connections).toBe(0);
  });

  test.for([50, 2500])('%i headers where so many are allowed pass, one more does not', async (maxHeaderCount) => {
    const { portNumber } = await startPort(
      (request, response) => endWith(response, String(request.headers['x-last'])),
      {
        limits: { maxHeaderCount, maxHeaderBytes: 100_000 },
      },
    );
    const send = async (count: number): Promise<string> => {
      const client = await connectRaw(portNumber);
      const fields = Array.from({ length: count - 3 }, (_, index) => `x-${index}: 1\r\n`).join('');
      client.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${fields}x-last: here\r\n\r\n`);
      return client.closed;
    };
    expect(await send(maxHeaderCount)).toMatch(/^HTTP\/1.1 200 [\s\S]*here$/);
    const refusal = await send(maxHeaderCount + 1);
    expect(refusal).toMatch(/^HTTP\/1.1 431 /);
    expect(parseError(refusal).code).toBe('too_many_headers');
  });

  test('chunk extensions without end', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write(
      `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    );
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 413 /);
    expect(parseError(client.received()).code).toBe('chunk_extensions_too_large');
  });
});

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
    expect(parseError(raw)).toMatchObject({ code: 'request_timeout', type: 'timeout_error' });
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a body that does not end', async () => {
    const { portNumber } = await startPort(echo, { limits: { headersTimeoutMs: 100, requestTimeoutMs: 100 } });
    const client = await connectRaw(portNumber);
    client.socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nfive!');
    await client.closed;
    expect(parseError(client.received()).code).toBe('request_timeout');
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

  test('leaves the connection usable, though the request was read in part and abandoned', async () => {
    const { portNumber } = await startPort(async (request, response) => {
      const first = await request[Symbol.asyncIterator]().next();
      endWith(response, `${request.url} ${first.done}`);
    });
    const client = await connectRaw(portNumber);
    const size = 2_000_000;
    client.socket.write(`POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size));
    client.socket.write('POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi');
    await client.waitFor(/\/1 false[\s\S]*\/2 false/);
  });

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
