import { describe, expect, it } from 'vitest';
import { discardBody, readBodyText } from '../../src/upstream/read-body.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { usingSilentServer } from './silent-server.ts';
import { useUpstreamRig } from './upstream-rig.ts';

const rig = useUpstreamRig();

describe('UpstreamClient, limits', () => {
  it('fails at once when all connections to an origin are in use, and not for another origin', async () => {
    await rig.useClient({ maxConnectionsPerOrigin: 1 });
    await using other = await createFakeUpstream();
    other.respond({ body: 'other' });
    const hold = Promise.withResolvers<void>();
    rig.fake.respond({ body: ['first', hold.promise] }, { body: 'third' });

    const first = await rig.post();
    await expect(rig.post()).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'all 1 connections to it are in use',
    });
    expect(await readBodyText(await rig.post(other.origin), 100)).toBe('other');
    hold.resolve();
    expect(await readBodyText(first, 100)).toBe('first');
    expect(await readBodyText(await rig.post(), 100)).toBe('third');
  });

  it('counts the connections in use', async () => {
    await rig.useClient({ maxConnectionsPerOrigin: 2 });
    const holds = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    rig.fake.respond({ body: [holds[0].promise, 'first'] }, { body: [holds[1].promise, 'second'] }, { ending: 'hang' });
    const answers = [await rig.post(), await rig.post()] as const;
    await expect(rig.post()).rejects.toMatchObject({ kind: 'unreachable' });
    holds[0].resolve();
    expect(await readBodyText(answers[0], 100)).toBe('first');
    const third = await rig.post();
    await expect(rig.post()).rejects.toMatchObject({ kind: 'unreachable' });
    holds[1].resolve();
    expect(await readBodyText(answers[1], 100)).toBe('second');
    await discardBody(third);
  });

  it('has room again after calls that failed or were given up', async () => {
    await rig.useClient({ maxConnectionsPerOrigin: 1 });
    rig.fake.respond({ drop: 'reset' }, { body: ['piece'], ending: 'hang' }, { drop: 'hang' }, { body: 'last' });
    await expect(rig.post()).rejects.toMatchObject({ kind: 'unreachable' });
    await discardBody(await rig.post());
    const controller = new AbortController();
    const answer = rig.post(rig.fake.origin, controller.signal);
    for (let count = 0; count < 3; count += 1) await rig.fake.nextRequest();
    controller.abort();
    await expect(answer).rejects.toMatchObject({ kind: 'aborted' });
    expect(await readBodyText(await rig.post(), 100)).toBe('last');
  });

  it('fails when no connection stands in time', async () => {
    await rig.useClient({ connectTimeoutMs: 50 });
    await usingSilentServer(async (origin) => {
      await expect(rig.post(origin)).rejects.toMatchObject({
        kind: 'unreachable',
        message: 'no connection within 50 ms',
      });
    });
  });

  it('fails when no answer begins in time', async () => {
    await rig.useClient({ headersTimeoutMs: 50 });
    rig.fake.respond({ drop: 'hang' });
    await expect(rig.post()).rejects.toMatchObject({ kind: 'headers-timeout' });
    await rig.fake.requests[0]?.closed;
  });

  it('fails when the headers are too large', async () => {
    await rig.useClient({ maxHeaderBytes: 1000 });
    rig.fake.respond({ headers: { 'x-large': 'x'.repeat(1000) }, body: 'answer' });
    await expect(rig.post()).rejects.toMatchObject({ kind: 'too-large' });
  });
});

describe('UpstreamClient, failures', () => {
  it.each(['reset', 'close'] as const)(
    'sends a request once when the connection breaks before an answer: %s',
    async (drop) => {
      rig.fake.respond({ drop }, { body: 'never sent' });
      await expect(rig.post()).rejects.toMatchObject({
        kind: 'unreachable',
        message: 'the connection closed before an answer began',
      });
      expect(rig.fake.requests).toHaveLength(1);
    },
  );

  it('fails when nobody listens, without saying where', async () => {
    const gone = await createFakeUpstream();
    await gone.close();
    const failure = await rig.post(`${gone.origin}/path?key=secret`).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unreachable', message: 'the connection was refused' });
  });

  it('fails when TLS cannot be made', async () => {
    await expect(rig.post(rig.fake.origin.replace('http:', 'https:'))).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/^no TLS connection could be made \([A-Z_0-9]+\)$/),
    });
  });

  it.each([
    'nonsense\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  ])('fails when the answer is not HTTP: %j', async (raw) => {
    rig.fake.respond({ raw, ending: 'hang' });
    const failure = await rig.post().catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'protocol', message: 'the answer is not valid HTTP' });
    // The parser's own error holds bytes of the answer, and causes are logged.
    expect(failure).not.toHaveProperty('cause.data');
    await rig.fake.requests[0]?.closed;
  });

  it.each(['', 'no URL', '/path', 'file:///etc/passwd', 'ftp://127.0.0.1/'])('fails for the URL %j', async (url) => {
    await expect(rig.post(url)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('fails for a header that would be two, without saying what is in it', async () => {
    const answer = rig.client.post({
      url: rig.fake.origin,
      headers: { 'x-key': 'secret\r\nx: y' },
      body: '',
      signal: rig.controller.signal,
    });
    const failure = await answer.catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'unreachable', message: expect.not.stringContaining('secret') });
    expect(rig.fake.requests).toEqual([]);
  });
});
