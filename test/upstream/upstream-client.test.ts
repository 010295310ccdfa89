import { getEventListeners } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBodyText } from '../../src/upstream/read-body.ts';
import { UpstreamFailure } from '../../src/upstream/upstream-failure.ts';
import { jsonReply } from '../support/fake-upstream.ts';
import { usingSilentServer } from './silent-server.ts';
import { takeTurns, useUpstreamRig } from './upstream-rig.ts';

const rig = useUpstreamRig();

describe('UpstreamClient', () => {
  it('sends the request and gives the answer', async () => {
    rig.fake.respond(jsonReply({ ok: true }, { status: 201, headers: { 'X-Request-Id': 'r1', 'x-many': ['1', '2'] } }));
    const response = await rig.client.post({
      url: `${rig.fake.origin}/v1/chat/completions?api-version=1&x=%20`,
      headers: { Authorization: 'Bearer key', authorization: 'Bearer newer', 'Accept-Encoding': 'gzip' },
      body: '{"text":"é漢"}',
      signal: rig.controller.signal,
    });
    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({ 'x-request-id': 'r1', 'x-many': ['1', '2'] });
    expect(await readBodyText(response, 100)).toBe('{"ok":true}');

    const request = await rig.fake.nextRequest();
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat/completions?api-version=1&x=%20' });
    expect(request.json()).toEqual({ text: 'é漢' });
    expect(request.headers).toMatchObject({
      authorization: 'Bearer newer',
      'accept-encoding': 'identity',
      'content-length': '16',
    });
  });

  it('gives an answer of any status, and follows no redirect', async () => {
    rig.fake.respond(
      { status: 307, headers: { location: `${rig.fake.origin}/elsewhere` } },
      { status: 503, body: 'busy' },
    );
    const redirect = await rig.post();
    expect([redirect.status, await readBodyText(redirect, 100)]).toEqual([307, '']);
    const busy = await rig.post();
    expect([busy.status, await readBodyText(busy, 100)]).toEqual([503, 'busy']);
    expect(rig.fake.requests).toHaveLength(2);
  });

  it('passes over informational answers', async () => {
    rig.fake.respond({ earlyHints: { link: '</a>; rel=preload' }, status: 200, body: 'answer' });
    const response = await rig.post();
    expect([response.status, await readBodyText(response, 100)]).toEqual([200, 'answer']);
    expect(response.headers).not.toHaveProperty('link');
  });

  it('uses the connection again once an answer is complete', async () => {
    rig.fake.respondAlways(jsonReply({}));
    for (let count = 0; count < 3; count += 1) {
      await readBodyText(await rig.post(), 100);
      await takeTurns(2);
    }
    expect(rig.fake.requests.map((request) => request.connection)).toEqual([1, 1, 1]);
  });

  it('refuses a compressed answer and closes its connection', async () => {
    rig.fake.respond({ headers: { 'content-encoding': 'gzip' }, body: gzipSync('text') });
    await expect(rig.post()).rejects.toMatchObject({ kind: 'protocol' });
    await rig.fake.requests[0]?.closed;
  });

  it('takes an answer that says it is not compressed', async () => {
    rig.fake.respond({ headers: { 'content-encoding': 'Identity' }, body: 'text' });
    expect(await readBodyText(await rig.post(), 100)).toBe('text');
  });
});

describe('UpstreamClient, giving up', () => {
  it('sends nothing when the signal has aborted before', async () => {
    await expect(rig.post(rig.fake.origin, AbortSignal.abort())).rejects.toMatchObject({ kind: 'aborted' });
    expect(rig.fake.requests).toEqual([]);
  });

  it('fails at once and closes the connection when the signal aborts before an answer', async () => {
    rig.fake.respond({ drop: 'hang' });
    const controller = new AbortController();
    const answer = rig.post(rig.fake.origin, controller.signal);
    const request = await rig.fake.nextRequest();
    controller.abort();
    await expect(answer).rejects.toMatchObject({ kind: 'aborted' });
    expect(await request.closed).toEqual({ replied: false });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('never sends a request that was given up while connecting, and keeps its connection for the next', async () => {
    rig.fake.respondAlways({ body: 'answer' });
    const controller = new AbortController();
    const first = rig.post(rig.fake.origin, controller.signal);
    controller.abort();
    await expect(first).rejects.toMatchObject({ kind: 'aborted' });
    expect(await readBodyText(await rig.post(), 100)).toBe('answer');
    await takeTurns(2);
    expect(await readBodyText(await rig.post(), 100)).toBe('answer');
    const connections = rig.fake.requests.map((request) => request.connection);
    expect(connections).toHaveLength(2);
    // One connection of the first, one of the second, and no third.
    expect(Math.max(...connections)).toBe(2);
  });

  it('fails at once when the signal aborts while connecting', async () => {
    await usingSilentServer(async (origin) => {
      const controller = new AbortController();
      const answer = rig.post(origin, controller.signal);
      controller.abort();
      await expect(answer).rejects.toMatchObject({ kind: 'aborted' });
    });
  });

  it('ends one call of many that share a client', async () => {
    const hold = Promise.withResolvers<void>();
    rig.fake.respondAlways({ after: hold.promise, body: 'answer' });
    const [first, second] = [new AbortController(), new AbortController()];
    const answers = [rig.post(rig.fake.origin, first.signal), rig.post(rig.fake.origin, second.signal)] as const;
    await rig.fake.nextRequest();
    await rig.fake.nextRequest();
    first.abort();
    await expect(answers[0]).rejects.toMatchObject({ kind: 'aborted' });
    hold.resolve();
    expect(await readBodyText(await answers[1], 100)).toBe('answer');
  });

  it('makes no failure anew for each call that was given up', async () => {
    rig.fake.respondAlways({ drop: 'hang' });
    const failures = Array.from({ length: 2 }, async () => {
      const controller = new AbortController();
      const answer = rig.post(rig.fake.origin, controller.signal);
      await rig.fake.nextRequest();
      controller.abort();
      return answer.catch((error: unknown) => error);
    });
    const [first, second] = await Promise.all(failures);
    expect(first).toBeInstanceOf(UpstreamFailure);
    expect(first).toBe(second);
  });
});

describe('UpstreamClient, ending', () => {
  it('closes after the answers under way, and takes no more', async () => {
    const hold = Promise.withResolvers<void>();
    rig.fake.respond({ body: ['first ', hold.promise, 'last'] });
    const response = await rig.post();
    const closed = rig.client.close();
    await expect(rig.post()).rejects.toMatchObject({ kind: 'aborted', message: 'this server is shutting down' });
    hold.resolve();
    expect(await readBodyText(response, 100)).toBe('first last');
    await closed;
    await rig.fake.requests[0]?.closed;
    await rig.client.close();
  });

  it('closes at once when nothing is under way', async () => {
    rig.fake.respond({ body: 'answer' });
    await readBodyText(await rig.post(), 100);
    await rig.client.close();
    await rig.fake.requests[0]?.closed;
  });

  it('ends the answers under way when destroyed, even while closing', async () => {
    rig.fake.respond({ body: ['piece'], ending: 'hang' }, { drop: 'hang' });
    const response = await rig.post();
    const answer = rig.post();
    const closed = rig.client.close();
    await Promise.all([
      expect(readBodyText(response, 100)).rejects.toMatchObject({ kind: 'aborted' }),
      expect(answer).rejects.toMatchObject({ kind: 'aborted' }),
      rig.client.destroy(),
    ]);
    await closed;
  });
});
