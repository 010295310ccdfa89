import { describe, expect, test } from 'vitest';
import { startTestServer } from '../../support/test-server.ts';
import { connectRaw } from '../one-port-harness.ts';
import { runBesideACall } from './bystander.ts';
import { readError, startRig } from './chat-rig.ts';

describe('a path that is not there', () => {
  test.each([
    '/',
    '/v1',
    '/v1/chat/completions/',
    '/V1/CHAT/COMPLETIONS',
    '/v1/chat',
    '//healthz',
    '/__proto__',
    '/v1/x?y=/healthz',
  ])('%j is 404 and says where to look', async (path) => {
    const { server } = await startRig();
    const response = await fetch(server.origin + path);
    expect(response.status).toBe(404);
    expect(await readError(response)).toEqual({
      message: expect.stringContaining('/openapi.json'),
      type: 'not_found_error',
      param: null,
      code: 'path_unknown',
    });
    expect(await server.nextLogLine('request rejected')).toMatchObject({
      error_reason: 'PATH_UNKNOWN',
      http_status: 404,
    });
  });

  test('is 404 whatever the body, which is not read', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const contentType of ['text/plain', 'application/json']) {
        const response = await fetch(`${rig.server.origin}/v1/nothing`, {
          method: 'POST',
          headers: { 'content-type': contentType },
          body: '{',
        });
        expect(response.status, contentType).toBe(404);
        expect(await readError(response)).toMatchObject({ code: 'path_unknown' });
      }
      const client = await connectRaw(rig.server.port);
      client.socket.write(
        'POST /v1/nothing HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000000\r\n\r\n',
      );
      await client.waitFor(/HTTP\/1\.1 404 [\s\S]*path_unknown/);
    });
  });

  test.each(['/:a(b', '/:a(((((((((', '/:(a+)+$b', '/a/:b(^\\d+$)', '/:x', '/*', '/**', '/a*b*c'])(
    '%j is 404, though it would be a pattern in a table of routes',
    async (path) => {
      const rig = await startRig();
      await runBesideACall(rig, async () => {
        for (const method of ['GET', 'POST']) {
          const client = await connectRaw(rig.server.port);
          client.socket.write(
            `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
          );
          expect(await client.closed, method).toMatch(/^HTTP\/1\.1 404 .*path_unknown/s);
        }
      });
    },
  );

  test('that is not validly encoded is 400', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const path of ['/%zz', '/%', '/%C3%28', '/healthz%00%']) {
        const response = await fetch(rig.server.origin + path);
        expect(response.status, path).toBe(400);
        expect(await readError(response)).toMatchObject({
          type: 'invalid_request_error',
          code: 'invalid_request',
          message: expect.stringContaining('path is not validly encoded'),
        });
      }
      expect(await rig.server.nextLogLine('request rejected')).toMatchObject({ http_status: 400 });
    });
  });
});

describe('a path with another method', () => {
  test.each([
    ['GET', '/v1/chat/completions', 'POST'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/chat/completions', 'POST'],
    ['PATCH', '/v1/chat/completions', 'POST'],
    ['OPTIONS', '/v1/chat/completions', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
    ['POST', '/readyz?x=y', 'GET, HEAD'],
    ['OPTIONS', '/openapi.json', 'GET, HEAD'],
  ])('%s %s is 405 and says what would do', async (method, path, allowed) => {
    await using server = await startTestServer();
    const response = await fetch(server.origin + path, {
      method,
      ...(method !== 'GET' && method !== 'OPTIONS' && { headers: { 'content-type': 'text/plain' }, body: 'x' }),
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await readError(response)).toMatchObject({
      type: 'invalid_request_error',
      code: 'method_not_allowed',
      message: expect.stringContaining(`Use ${allowed}.`),
    });
  });

  test('HEAD where only POST will do is 405 without a body', async () => {
    await using server = await startTestServer();
    const response = await fetch(`${server.origin}/v1/chat/completions`, { method: 'HEAD' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.text()).toBe('');
  });

  test('HEAD is GET without the body', async () => {
    await using server = await startTestServer();
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/metrics']) {
      const response = await fetch(server.origin + path, { method: 'HEAD' });
      expect(response.status, path).toBe(200);
      expect(Number(response.headers.get('content-length')), path).toBeGreaterThan(0);
      expect(await response.text()).toBe('');
    }
  });

  test('that HTTP does not know is refused, and the server goes on', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const odd = await connectRaw(rig.server.port);
      odd.socket.write('BREW /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\r\n');
      expect(await odd.closed).toMatch(/^HTTP\/1\.1 400 /);
      const known = await connectRaw(rig.server.port);
      // One that Node's parser takes, and nothing here does.
      known.socket.write('PROPFIND /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      expect(await known.closed).toMatch(/^HTTP\/1\.1 405 .*\r\nallow: POST\r\n/s);
    });
  });
});
