import { once } from 'node:events';
import { Agent, request as sendRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseErrorResponse } from './one-port-bytes.ts';
import { connectRaw, echo, endWith, startPort } from './one-port-harness.ts';

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
    expect(parseErrorResponse(raw).code).toBe('expectation_failed');
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
    expect(parseErrorResponse(client.received()).code).toBe('connect_unsupported');
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
    expect(parseErrorResponse(raw).code).toBe('invalid_host');
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
    expect(parseErrorResponse(client.received()).code).toBe(code);
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
    expect(parseErrorResponse(raw).code).toBe('incomplete_request');
    expect(await failed).toBeInstanceOf(Error);
    await expect.poll(() => port.connections).toBe(0);
  });

  test('a header that is too large', async () => {
    const { portNumber } = await startPort(echo, { limits: { maxHeaderBytes: 2000 } });
    const client = await connectRaw(portNumber);
    client.socket.write(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(3000)}`);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
    const error = parseErrorResponse(client.received());
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
    expect(parseErrorResponse(refusal).code).toBe('too_many_headers');
  });

  test('chunk extensions without end', async () => {
    const { portNumber } = await startPort(echo);
    const client = await connectRaw(portNumber);
    client.socket.write(
      `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    );
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 413 /);
    expect(parseErrorResponse(client.received()).code).toBe('chunk_extensions_too_large');
  });
});
