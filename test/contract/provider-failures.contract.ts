import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import { isOpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import type { ProviderKind } from '../../src/providers/provider.ts';
import type { FakeReply } from '../support/fake-upstream.ts';
import { openProviderPeer, providerKey } from './provider-peer.ts';
import type { ProviderWire } from './provider-wire.ts';

const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const page = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

/** What a provider makes of answers that are errors, and of no answer. */
export function providerFailuresContract(kind: ProviderKind, wire: ProviderWire): void {
  // What a status means to this kind alone is for its own tests.
  const ownRules = isOpenAiChatKind(kind) ? kind.errorRules : [];
  const ownStatuses = new Set(
    ownRules.flatMap(({ code, type, message, status }) => ((code ?? type ?? message) ? [] : status)),
  );
  const refusedStatus = ownStatuses.has(422) ? 400 : 422;
  const statuses: readonly (readonly [number, ErrorReason, 'next' | 'never' | 'same'])[] = [
    [400, 'PROVIDER_REFUSED', 'never'],
    [401, 'PROVIDER_CREDENTIALS', 'next'],
    [403, 'PROVIDER_CREDENTIALS', 'next'],
    [404, 'PROVIDER_REFUSED', 'never'],
    [408, 'PROVIDER_TIMEOUT', 'same'],
    [409, 'PROVIDER_FAILED', 'same'],
    [413, 'PROVIDER_REFUSED', 'never'],
    [422, 'PROVIDER_REFUSED', 'never'],
    [429, 'PROVIDER_RATE_LIMITED', 'same'],
    [500, 'PROVIDER_FAILED', 'same'],
    [502, 'PROVIDER_FAILED', 'same'],
    [503, 'PROVIDER_FAILED', 'same'],
    [504, 'PROVIDER_TIMEOUT', 'same'],
    [529, 'PROVIDER_FAILED', 'same'],
  ];

  describe.each([true, false])('an error answer (stream: %s)', (stream) => {
    it.each(statuses.filter(([status]) => !ownStatuses.has(status)))(
      'with HTTP %i is %s, retry %s',
      async (status, reason, retry) => {
        await using peer = await openProviderPeer(kind);
        const body = wire.encodeError({ message: 'This cannot be done.' });
        peer.upstream.respond({ status, headers: json, body });
        const { answer, error } = await peer.read({ stream });
        expect(answer.choices).toEqual([]);
        expect(error?.reason).toBe(reason);
        expect(error?.entry.retry).toBe(retry);
        // Callers are told what to do about their request; the operator's credentials are not theirs to mend.
        if (reason === 'PROVIDER_CREDENTIALS') expect(error?.message).not.toContain('This cannot be done.');
        else expect(error?.message).toContain('This cannot be done.');
      },
    );

    it('keeps what the provider says of a refused request', async () => {
      await using peer = await openProviderPeer(kind);
      const body = wire.encodeError({ message: 'The parameter top_k is unknown.' });
      peer.upstream.respond({ status: refusedStatus, headers: json, body });
      const { error } = await peer.read({ stream });
      expect(error).toMatchObject({
        reason: 'PROVIDER_REFUSED',
        message: 'The parameter top_k is unknown.',
        httpStatus: refusedStatus,
        details: wire.errorDetails,
      });
    });

    it.each([
      ['context', 'The prompt is too long: 9000 tokens, the context window has 8192.', 'CONTEXT_TOO_LONG', 'next'],
      ['policy', 'The request was refused by the content policy.', 'CONTENT_REFUSED', 'never'],
    ] as const)('tells what it is about: %s', async (about, message, reason, retry) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ status: 400, headers: json, body: wire.encodeError({ message, about }) });
      const { error } = await peer.read({ stream });
      expect(error).toMatchObject({ reason, message, httpStatus: 400, entry: { retry } });
    });

    it.each([
      [429, { 'retry-after': '7' }, 7000],
      [429, { 'retry-after': 'Tue, 14 Nov 2023 22:13:50 GMT' }, 30_000],
      [503, { 'retry-after': '1.5' }, 1500],
      [429, {}, undefined],
    ])('with HTTP %i and %j asks to wait %s ms', async (status, headers, retryAfterMs) => {
      await using peer = await openProviderPeer(kind, {
        clock: { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0, after: () => () => {} },
      });
      const body = wire.encodeError({ message: 'Slow down.' });
      peer.upstream.respond({ status, headers: { ...json, ...headers }, body });
      expect((await peer.read({ stream })).error?.details.retryAfterMs).toBe(retryAfterMs);
    });

    it.each<readonly [string, FakeReply, ErrorReason]>([
      ['without a body', { status: 500 }, 'PROVIDER_FAILED'],
      ['with a page of HTML', { status: 502, headers: html, body: page }, 'PROVIDER_FAILED'],
      [
        'with a page of HTML for a refusal',
        { status: 404, headers: html, body: page },
        wire.missingPageReason ?? 'PROVIDER_REFUSED',
      ],
      ['with JSON of another form', { status: 400, headers: json, body: '["no"]' }, 'PROVIDER_REFUSED'],
      [
        'with a body that breaks off',
        { status: 503, headers: json, body: '{"error":', ending: 'reset' },
        'PROVIDER_FAILED',
      ],
      [
        'with a body without end',
        { status: 500, headers: html, body: Array(40).fill('x'.repeat(16_384)) },
        'PROVIDER_FAILED',
      ],
    ])('%s is told by its status', async (_name, reply, reason) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond(reply);
      const { error } = await peer.read({ stream });
      expect(error?.reason).toBe(reason);
      expect(error?.message).not.toContain('nginx');
      expect(error?.message).toMatch(/HTTP \d{3}/);
    });

    it('repeats neither the key nor addresses of the provider’s network', async () => {
      await using peer = await openProviderPeer(kind);
      const message = `Key ${providerKey} was refused by http://10.0.0.7:8000/v1.`;
      peer.upstream.respond({ status: 500, headers: json, body: wire.encodeError({ message }) });
      const { error } = await peer.read({ stream });
      expect(error?.message).toContain('[masked]');
      expect(error?.message).not.toMatch(/K3y|10\.0\.0\.7/);
    });
  });

  describe.each([true, false])('no answer (stream: %s)', (stream) => {
    it.each([301, 302, 307, 308])('follows no redirect: HTTP %i', async (status) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond({ status, headers: { location: `${peer.upstream.origin}/elsewhere` } });
      const { error } = await peer.read({ stream });
      expect(error).toMatchObject({ reason: 'PROVIDER_FAILED', message: expect.stringContaining(`HTTP ${status}`) });
      expect(peer.upstream.requests).toHaveLength(1);
    });

    it.each<readonly [string, FakeReply, ErrorReason]>([
      ['a reset before the headers', { drop: 'reset' }, 'PROVIDER_UNREACHABLE'],
      ['a close before the headers', { drop: 'close' }, 'PROVIDER_UNREACHABLE'],
      ['what is not HTTP', { raw: 'SSH-2.0-OpenSSH_9.6\r\n', ending: 'close' }, 'PROVIDER_UNUSABLE'],
      ['a page of HTML', { headers: html, body: page }, 'PROVIDER_UNUSABLE'],
      ['an empty body', { headers: json, body: '' }, 'PROVIDER_UNUSABLE'],
      ['an empty answer', { status: 204 }, 'PROVIDER_UNUSABLE'],
      ['a body without a type', { body: 'ok' }, 'PROVIDER_UNUSABLE'],
      ['JSON that is no answer', { headers: json, body: '{"ok":true}' }, 'PROVIDER_UNUSABLE'],
      ['JSON that is no object', { headers: json, body: '"ok"' }, 'PROVIDER_UNUSABLE'],
      ['null', { headers: json, body: 'null' }, 'PROVIDER_UNUSABLE'],
      ['JSON that breaks off in order', { headers: json, body: '{"choices":[{"index":0' }, 'PROVIDER_UNUSABLE'],
      ['JSON that breaks off', { headers: json, body: '{"choices":', ending: 'close' }, 'PROVIDER_CUT'],
    ])('%s is an error of the attempt', async (_name, reply, reason) => {
      await using peer = await openProviderPeer(kind);
      peer.upstream.respond(reply);
      const { answer, error } = await peer.read({ stream });
      expect(answer.choices).toEqual([]);
      expect(error).toMatchObject({ reason, entry: { retry: 'same' } });
      expect(error?.message).not.toMatch(/nginx|SSH|127\.0\.0\.1/);
    });

    it('a port where nobody listens is an error of the attempt', async () => {
      const port = await findFreePort();
      await using peer = await openProviderPeer(kind, { settings: { baseUrl: `http://127.0.0.1:${port}/v1` } });
      const { error } = await peer.read({ stream });
      expect(error).toMatchObject({ reason: 'PROVIDER_UNREACHABLE', entry: { retry: 'same' } });
      expect(error?.message).not.toContain('127.0.0.1');
    });
  });

  it('does not read a whole answer that is larger than allowed', async () => {
    await using peer = await openProviderPeer(kind, { settings: { maxReplyBytes: 1000 } });
    const held = new Promise(() => {});
    peer.upstream.respond({ headers: json, body: ['x'.repeat(600), 'x'.repeat(600), held] });
    const { error } = await peer.read({ stream: false });
    expect(error).toMatchObject({ reason: 'PROVIDER_UNUSABLE', message: expect.stringContaining('1000 bytes') });
    await (await peer.upstream.nextRequest()).closed;
  });
}

/** A port that was free a moment ago. */
async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('the server had no port');
  return address.port;
}
