import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../src/core/json.ts';
import { jsonReply } from '../../support/fake-upstream.ts';
import type { TestServer } from '../../support/test-server.ts';
import { collectReply, connectRaw, type Http2Reply, openSession } from '../one-port-harness.ts';
import { runBesideACall } from './bystander.ts';
import { chatBody, readError, startRig, upstreamReply } from './chat-rig.ts';

const valid = JSON.stringify(chatBody());
const maxBodyBytes = 10 * 1024 * 1024;

interface RawRequest {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a body with the test's key and no other header than given. */
function post(server: TestServer, { body, headers }: RawRequest): Promise<Response> {
  return fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, ...headers },
    // A string would bring a content type of its own.
    ...(body !== undefined && { body: Buffer.from(body) }),
  });
}

/** A request's head for a connection on which the test writes every byte itself. */
function rawHead(server: TestServer, fields: readonly string[]): string {
  const lines = ['POST /v1/chat/completions HTTP/1.1', 'host: x', `authorization: ${server.authorization}`, ...fields];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Sends the valid body over HTTP/2, announced as of another length. */
function postOverHttp2(session: ClientHttp2Session, server: TestServer, contentLength: number): Promise<Http2Reply> {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/chat/completions',
    authorization: server.authorization,
    'content-type': 'application/json',
    'content-length': contentLength,
  });
  stream.end(valid);
  return collectReply(stream);
}

const jsonField = 'content-type: application/json';

/** The status and the error of the last answer among what came over a connection. */
function readRawError(received: string): { status: number; error: JsonObject } {
  const status = Number([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].at(-1)?.[1]);
  const json: unknown = JSON.parse(received.slice(received.lastIndexOf('\r\n\r\n') + 4));
  if (!isJsonObject(json) || !isJsonObject(json['error'])) throw new Error(`no error: ${received}`);
  return { status, error: json['error'] };
}

describe('a content type', () => {
  test.each(['application/json', 'Application/JSON;charset=UTF-8', 'application/json ; x=y', 'application/vnd.x+json'])(
    '%j is taken',
    async (contentType) => {
      const { server, first } = await startRig();
      first.respond(jsonReply(upstreamReply()));
      expect((await post(server, { body: valid, headers: { 'content-type': contentType } })).status).toBe(200);
    },
  );

  test('of another kind, or none at all, is refused', async () => {
    const rig = await startRig();
    const contentTypes = [
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'application/json-seq',
      'text/json',
      'nonsense',
      'application/proto',
      'x'.repeat(5000),
    ];
    await runBesideACall(rig, async () => {
      for (const contentType of contentTypes) {
        const headers = contentType === undefined ? {} : { 'content-type': contentType };
        const response = await post(rig.server, { body: valid, headers });
        expect(response.status, contentType).toBe(415);
        const error = await readError(response);
        expect(error).toMatchObject({
          type: 'invalid_request_error',
          code: 'unsupported_content_type',
          message: expect.stringContaining('Send application/json.'),
        });
        expect(String(error['message']).length).toBeLessThan(300);
      }
    });
    expect(rig.first.requests).toEqual([]);
  });

  test('of a compressed body is no help: compression is refused by name', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const [encoding, body] of [
        ['gzip', gzipSync(valid)],
        ['br', Buffer.from(valid)],
        ['gzip, deflate', Buffer.from(valid)],
      ] as const) {
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
        const response = await post(rig.server, { body: new Uint8Array(body), headers });
        expect(response.status).toBe(415);
        // RFC 9110, section 12.5.3: what would do.
        expect(response.headers.get('accept-encoding')).toBe('identity');
        expect(await readError(response)).toMatchObject({ message: expect.stringContaining('content-encoding') });
      }
    });
  });

  test('with the content encoding "identity" is as without', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'identity' };
    expect((await post(server, { body: valid, headers })).status).toBe(200);
  });
});

describe('a body over the limit is 413', () => {
  const tooLarge = `{"model":"${'x'.repeat(maxBodyBytes)}"}`;

  test('over HTTP/1.1, announced or not', async () => {
    const rig = await startRig();
    const headers = { 'content-type': 'application/json' };
    await runBesideACall(rig, async () => {
      const announced = await post(rig.server, { body: tooLarge, headers });
      expect(announced.status).toBe(413);
      expect(await readError(announced)).toMatchObject({
        code: 'body_too_large',
        message: expect.stringContaining('10485760 bytes'),
      });
      const client = await connectRaw(rig.server.port);
      client.socket.write(rawHead(rig.server, [jsonField, 'transfer-encoding: chunked']));
      client.socket.write(`${tooLarge.length.toString(16)}\r\n${tooLarge}\r\n0\r\n\r\n`);
      const { status, error } = readRawError(await client.closed);
      expect([status, error['code']]).toEqual([413, 'body_too_large']);
    });
  });

  test('over HTTP/2, announced or not', async () => {
    const rig = await startRig();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => {
      warnings.push(warning);
    };
    process.on('warning', onWarning);
    onTestFinished(() => {
      process.off('warning', onWarning);
    });
    await runBesideACall(rig, async () => {
      // Node's client counts what it has to send against a limit of 10 MB, and then refuses even the answer.
      const session = connectHttp2(rig.server.origin, { maxSessionMemory: 100 });
      onTestFinished(() => session.destroy());
      for (const announced of [{ 'content-length': tooLarge.length }, {}]) {
        const stream = session.request({
          ':method': 'POST',
          ':path': '/v1/chat/completions',
          authorization: rig.server.authorization,
          'content-type': 'application/json',
          ...announced,
        });
        stream.end(tooLarge);
        const { status, body } = await collectReply(stream);
        expect(status).toBe(413);
        expect(JSON.parse(body)).toMatchObject({ error: { code: 'body_too_large' } });
      }
      // The connection is as good as before.
      const health = await collectReply(session.request({ ':path': '/healthz' }));
      expect(health.status).toBe(200);
    });
    // A connection header would be one.
    expect(warnings).toEqual([]);
  });

  test('and one of exactly the limit is taken', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const body = valid.padEnd(maxBodyBytes, ' ');
    expect((await post(server, { body, headers: { 'content-type': 'application/json' } })).status).toBe(200);
    const response = await post(server, { body: `${body} `, headers: { 'content-type': 'application/json' } });
    expect(response.status).toBe(413);
    await response.text();
  });
});

describe('a body that is not as announced', () => {
  test('longer than its content-length: the rest is no request', async () => {
    const rig = await startRig();
    rig.first.respond(jsonReply(upstreamReply()));
    await runBesideACall(rig, async () => {
      const client = await connectRaw(rig.server.port);
      client.socket.write(`${rawHead(rig.server, [jsonField, `content-length: ${valid.length}`])}${valid}{"model":1}`);
      const received = await client.closed;
      expect(received).toMatch(/^HTTP\/1\.1 200 OK/);
      // What follows the answer is one that refuses, or the end; never the answer to a request that nobody sent.
      expect(received.match(/HTTP\/1\.1 (?!400)/g)).toHaveLength(1);
    });
  });

  test.each([
    ['shorter than its content-length', [jsonField, `content-length: ${valid.length + 1}`], valid],
    ['chunks without the last one', [jsonField, 'transfer-encoding: chunked'], `5\r\n{"mod\r\n`],
    ['a chunk that is cut short', [jsonField, 'transfer-encoding: chunked'], `ff\r\n{"mod`],
  ])('%s, and then nothing more', async (_what, fields, body) => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await connectRaw(rig.server.port, true);
      client.socket.end(`${rawHead(rig.server, fields)}${body}`);
      const { status, error } = readRawError(await client.closed);
      expect([status, error['type']]).toEqual([400, 'invalid_request_error']);
    });
    expect(rig.first.requests).toEqual([]);
  });

  test.each([
    ['a chunk size that is no number', ['transfer-encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'],
    ['a content-length that is no number', ['content-length: many'], '{}'],
    ['two content-lengths', ['content-length: 2', 'content-length: 3'], '{}'],
    ['a content-length and chunks', ['content-length: 2', 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'],
    ['a content-length below zero', ['content-length: -2'], '{}'],
  ])('%s', async (_what, fields, body) => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await connectRaw(rig.server.port);
      client.socket.write(`${rawHead(rig.server, [jsonField, ...fields])}${body}`);
      const { status, error } = readRawError(await client.closed);
      expect([status, error['type']]).toEqual([400, 'invalid_request_error']);
    });
  });

  test('over HTTP/2, shorter than its content-length: the connection stays', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const session = openSession(rig.server.origin);
      // RFC 9113, section 8.1.1: an error of the stream.
      await expect(postOverHttp2(session, rig.server, valid.length + 1)).rejects.toThrow('NGHTTP2_PROTOCOL_ERROR');
      expect((await collectReply(session.request({ ':path': '/healthz' }))).status).toBe(200);
    });
    expect(rig.first.requests).toEqual([]);
  });

  test('over HTTP/2, longer than its content-length: Node ends the connection', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const session = openSession(rig.server.origin);
      await expect(postOverHttp2(session, rig.server, valid.length - 1)).rejects.toThrow('Session closed');
    });
    expect(rig.first.requests).toEqual([]);
  });

  test('a client that breaks off within its body is no mistake of the server', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await connectRaw(rig.server.port);
      client.socket.write(`${rawHead(rig.server, [jsonField, 'content-length: 1000', 'expect: 100-continue'])}`);
      await client.waitFor(/100 Continue/);
      client.socket.write('{"model":');
      client.socket.resetAndDestroy();
      expect(await rig.server.nextLogLine('request rejected')).toMatchObject({ error_reason: 'CALL_CANCELLED' });
    });
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a head that is too much', () => {
  test('with 100 kB in one field is 431', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const client = await connectRaw(rig.server.port);
      client.socket.write(rawHead(rig.server, [`x-large: ${'x'.repeat(100_000)}`]));
      const { status, error } = readRawError(await client.closed);
      expect([status, error['code']]).toEqual([431, 'header_too_large']);
    });
  });

  test('with more fields than allowed is 431', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      const fields = Array.from({ length: 201 }, (_, index) => `x-${index}: y`);
      const client = await connectRaw(rig.server.port);
      client.socket.end(rawHead(rig.server, [...fields, 'connection: close']));
      const { status, error } = readRawError(await client.closed);
      expect([status, error['code']]).toEqual([431, 'too_many_headers']);
    });
  });
});
