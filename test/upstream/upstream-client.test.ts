import { getEventListeners, once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discardBody, readBodyText } from '../../src/upstream/read-body.ts';
import { UpstreamClient, type UpstreamOptions } from '../../src/upstream/upstream-client.ts';
import { createFakeUpstream, type FakeUpstream, jsonReply } from '../support/fake-upstream.ts';
import { takeTurns } from './take-turns.ts';
import { upstreamOptions } from './upstream-options.ts';

let fake: FakeUpstream;
let client: UpstreamClient;
const never = new AbortController().signal;

beforeEach(async () => {
  fake = await createFakeUpstream();
  client = new UpstreamClient(upstreamOptions);
});

afterEach(async () => {
  expect(getEventListeners(never, 'abort')).toEqual([]);
  await client.destroy();
  await fake.close();
});

async function useClient(options: Partial<UpstreamOptions>): Promise<void> {
  await client.destroy();
  client = new UpstreamClient({ ...upstreamOptions, ...options });
}

function post(url = fake.origin, signal = never) {
  return client.post({ url, headers: { 'content-type': 'application/json' }, body: '{"a":1}', signal });
}

describe('UpstreamClient', () => {
  it('sends the request and gives the answer', async () => {
    fake.respond(jsonReply({ ok: true }, { status: 201, headers: { 'X-Request-Id': 'r1', 'x-many': ['1', '2'] } }));
    const response = await client.post({
      url: `${fake.origin}/v1/chat/completions?api-version=1&x=%20`,
      headers: { Authorization: 'Bearer key', authorization: 'Bearer newer', 'Accept-Encoding': 'gzip' },
      body: '{"text":"é漢"}',
      signal: never,
    });
    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({ 'x-request-id': 'r1', 'x-many': ['1', '2'] });
    expect(await readBodyText(response, 100)).toBe('{"ok":true}');

    const request = await fake.nextRequest();
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions?api-version=1&x=%20' });
    expect(request.json()).toEqual({ text: 'é漢' });
    expect(request.headers).toMatchObject({
      authorization: 'Bearer newer',
      'accept-encoding': 'identity',
      'content-length': '16',
    });
  });

  it('gives an answer of any status, and follows no redirect', async () => {
    fake.respond({ status: 307, headers: { location: `${fake.origin}/elsewhere` } }, { status: 503, body: 'busy' });
    const redirect = await post();
    expect([redirect.status, await readBodyText(redirect, 100)]).toEqual([307, '']);
    const busy = await post();
    expect([busy.status, await readBodyText(busy, 100)]).toEqual([503, 'busy']);
    expect(fake.requests).toHaveLength(2);
  });

  it('passes over informational answers', async () => {
    fake.respond({ earlyHints: { link: '</a>; rel=preload' }, status: 200, body: 'answer' });
    const response = await post();
    expect([response.status, await readBodyText(response, 100)]).toEqual([200, 'answer']);
    expect(response.headers).not.toHaveProperty('link');
  });

  it('uses the connection again once an answer is complete', async () => {
    fake.respondAlways(jsonReply({}));
    for (let count = 0; count < 3; count += 1) {
      await readBodyText(await post(), 100);
      await takeTurns(2);
    }
    expect(fake.requests.map((request) => request.connection)).toEqual([1, 1, 1]);
  });

  it('refuses a compressed answer and closes its connection', async () => {
    fake.respond({ headers: { 'content-encoding': 'gzip' }, body: gzipSync('text') });
    await expect(post()).rejects.toMatchObject({ kind: 'protocol' });
    await fake.requests[0]?.closed;
  });

  it('takes an answer that says it is not compressed', async () => {
    fake.respond({ headers: { 'content-encoding': 'Identity' }, body: 'text' });
    expect(await readBodyText(await post(), 100)).toBe('text');
  });
});

describe('UpstreamClient, giving up', () => {
  it('sends nothing when the signal has aborted before', async () => {
    await expect(post(fake.origin, AbortSignal.abort())).rejects.toMatchObject({ kind: 'aborted' });
    expect(fake.requests).toEqual([]);
  });

  it('fails at once and closes the connection when the signal aborts before an answer', async () => {
    fake.respond({ drop: 'hang' });
    const controller = new AbortController();
    const answer = post(fake.origin, controller.signal);
    const request = await fake.nextRequest();
    controller.abort();
    await expect(answer).rejects.toMatchObject({ kind: 'aborted' });
    expect(await request.closed).toEqual({ replied: false });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('never sends a request that was given up while connecting, and keeps its connection for the next', async () => {
    fake.respondAlways({ body: 'answer' });
    const controller = new AbortController();
    const first = post(fake.origin, controller.signal);
    controller.abort();
    await expect(first).rejects.toMatchObject({ kind: 'aborted' });
    expect(await readBodyText(await post(), 100)).toBe('answer');
    await takeTurns(2);
    expect(await readBodyText(await post(), 100)).toBe('answer');
    const connections = fake.requests.map((request) => request.connection);
    expect(connections).toHaveLength(2);
    // One connection of the first, one of the second, and no third.
    expect(Math.max(...connections)).toBe(2);
  });

  it('fails at once when the signal aborts while connecting', async () => {
    await usingSilentServer(async (origin) => {
      const controller = new AbortController();
      const answer = post(origin, controller.signal);
      controller.abort();
      await expect(answer).rejects.toMatchObject({ kind: 'aborted' });
    });
  });

  it('ends one call of many that share a client', async () => {
    const hold = Promise.withResolvers<void>();
    fake.respondAlways({ after: hold.promise, body: 'answer' });
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [post(fake.origin, first.signal), post(fake.origin, second.signal)] as const;
    await fake.nextRequest();
    await fake.nextRequest();
    first.abort();
    await expect(answers[0]).rejects.toMatchObject({ kind: 'aborted' });
    hold.resolve();
    expect(await readBodyText(await answers[1], 100)).toBe('answer');
  });

  it('gives one failure without a stack of its own to all who gave up', async () => {
    const failures = await Promise.allSettled([post(fake.origin, AbortSignal.abort()), post('', AbortSignal.abort())]);
    const [first, second] = failures.map((settled) => settled.status === 'rejected' && settled.reason);
    expect(first).toBe(second);
  });
});

describe('UpstreamClient, limits', () => {
  it('fails at once when all connections to an origin are in use, and not for another origin', async () => {
    await useClient({ maxConnectionsPerOrigin: 1 });
    await using other = await createFakeUpstream();
    other.respond({ body: 'other' });
    const hold = Promise.withResolvers<void>();
    fake.respond({ body: ['first', hold.promise] }, { body: 'third' });

    const first = await post();
    await expect(post()).rejects.toMatchObject({ kind: 'unreachable', message: 'all 1 connections to it are in use' });
    expect(await readBodyText(await post(other.origin), 100)).toBe('other');
    hold.resolve();
    expect(await readBodyText(first, 100)).toBe('first');
    expect(await readBodyText(await post(), 100)).toBe('third');
  });

  it('counts the connections in use', async () => {
    await useClient({ maxConnectionsPerOrigin: 2 });
    const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    fake.respond({ body: [holds[0].promise, 'first'] }, { body: [holds[1].promise, 'second'] }, { ending: 'hang' });
    const answers = [await post(), await post()] as const;
    await expect(post()).rejects.toMatchObject({ kind: 'unreachable' });
    holds[0].resolve();
    expect(await readBodyText(answers[0], 100)).toBe('first');
    const third = await post();
    await expect(post()).rejects.toMatchObject({ kind: 'unreachable' });
    holds[1].resolve();
    expect(await readBodyText(answers[1], 100)).toBe('second');
    await discardBody(third);
  });

  it('has room again after calls that failed or were given up', async () => {
    await useClient({ maxConnectionsPerOrigin: 1 });
    fake.respond({ drop: 'reset' }, { body: ['piece'], ending: 'hang' }, { drop: 'hang' }, { body: 'last' });
    await expect(post()).rejects.toMatchObject({ kind: 'unreachable' });
    await discardBody(await post());
    const controller = new AbortController();
    const answer = post(fake.origin, controller.signal);
    for (let count = 0; count < 3; count += 1) await fake.nextRequest();
    controller.abort();
    await expect(answer).rejects.toMatchObject({ kind: 'aborted' });
    expect(await readBodyText(await post(), 100)).toBe('last');
  });

  it('fails when no connection stands in time', async () => {
    await useClient({ connectTimeoutMs: 50 });
    await usingSilentServer(async (origin) => {
      await expect(post(origin)).rejects.toMatchObject({ kind: 'unreachable', message: 'no connection within 50 ms' });
    });
  });

  it('fails when no answer begins in time', async () => {
    await useClient({ headersTimeoutMs: 50 });
    fake.respond({ drop: 'hang' });
    await expect(post()).rejects.toMatchObject({ kind: 'headers-timeout' });
    await fake.requests[0]?.closed;
  });

  it('fails when the headers are too large', async () => {
    await useClient({ maxHeaderBytes: 1000 });
    fake.respond({ headers: { 'x-large': 'x'.repeat(1000) }, body: 'answer' });
    await expect(post()).rejects.toMatchObject({ kind: 'too-large' });
  });
});

describe('UpstreamClient, failures', () => {
  it.each(['reset', 'close'] as const)(
    'sends a request once when the connection breaks before an answer: %s',
    async (drop) => {
      fake.respond({ drop }, { body: 'never sent' });
      await expect(post()).rejects.toMatchObject({
        kind: 'unreachable',
        message: 'the connection closed before an answer began',
      });
      expect(fake.requests).toHaveLength(1);
    },
  );

  it('fails when nobody listens, without saying where', async () => {
    const gone = await createFakeUpstream();
    await gone.close();
    const failure = await post(`${gone.origin}/path?key=secret`).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unreachable', message: 'the connection was refused' });
  });

  it('fails when TLS cannot be made', async () => {
    await expect(post(fake.origin.replace('http:', 'https:'))).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/^no TLS connection could be made \([A-Z_0-9]+\)$/),
    });
  });

  it.each([
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  ])('fails when the answer is not HTTP: %j', async (raw) => {
    fake.respond({ raw, ending: 'hang' });
    await expect(post()).rejects.toMatchObject({ kind: 'protocol' });
    await fake.requests[0]?.closed;
  });

  it.each(['', 'no URL', '/path', 'file:///etc/passwd', 'ftp://127.0.0.1/'])('fails for the URL %j', async (url) => {
    await expect(post(url)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('fails for a header that would be two, without saying what is in it', async () => {
    const answer = client.post({ url: fake.origin, headers: { 'x-key': 'secret\r\nx: y' }, body: '', signal: never });
    const failure = await answer.catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unreachable', message: expect.not.stringContaining('secret') });
    expect(fake.requests).toEqual([]);
  });
});

describe('UpstreamClient, ending', () => {
  it('closes after the answers under way, and takes no more', async () => {
    const hold = Promise.withResolvers<void>();
    fake.respond({ body: ['first ', hold.promise, 'last'] });
    const response = await post();
    const closed = client.close();
    await expect(post()).rejects.toMatchObject({ kind: 'aborted', message: 'this server is shutting down' });
    hold.resolve();
    expect(await readBodyText(response, 100)).toBe('first last');
    await closed;
    await fake.requests[0]?.closed;
    await client.close();
  });

  it('closes at once when nothing is under way', async () => {
    fake.respond({ body: 'answer' });
    await readBodyText(await post(), 100);
    await client.close();
    await fake.requests[0]?.closed;
  });

  it('ends the answers under way when destroyed, even while closing', async () => {
    fake.respond({ body: ['piece'], ending: 'hang' }, { drop: 'hang' });
    const response = await post();
    const answer = post();
    const closed = client.close();
    await Promise.all([
      expect(readBodyText(response, 100)).rejects.toMatchObject({ kind: 'aborted' }),
      expect(answer).rejects.toMatchObject({ kind: 'aborted' }),
      client.destroy(),
    ]);
    await closed;
  });
});

/** A server that takes connections and says nothing, so that no TLS connection ever stands. */
async function usingSilentServer(use: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer();
  server.on('connection', (socket) => socket.on('error', () => undefined).resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the silent server has no port');
  await use(`https://127.0.0.1:${address.port}`);
  await client.destroy();
  server.close();
}
