import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createGoogleVertex } from '../../../src/providers/google-vertex/index.ts';
import { geminiWire } from '../../contract/gemini-wire.ts';
import { openProviderPeer, type ProviderPeer } from '../../contract/provider-peer.ts';
import { type FakeReply, jsonReply } from '../../support/fake-upstream.ts';
import { authorizedUser, openAssertion, openTokenServer, serviceAccount, type TokenServer } from './token-server.ts';

const answer = {
  headers: { 'content-type': 'application/json' },
  body: geminiWire.encodeWhole({ choice: { content: ['Hello'], finishReason: 'stop' } }),
};

function tokenReply(token: string, expiresIn = 3600): FakeReply {
  return jsonReply({ access_token: token, expires_in: expiresIn, token_type: 'Bearer' });
}

/** A provider with a file of credentials. */
function openPeer(google: TokenServer, file: unknown, clock = systemClock): Promise<ProviderPeer> {
  const options = { project: 'my-project', credentials_file: google.writeFile(file) };
  return openProviderPeer(createGoogleVertex({ fetch: google.fetch }), {
    clock,
    settings: { apiKey: undefined, options },
  });
}

function ask(peer: ProviderPeer, signal?: AbortSignal) {
  return peer.read({ model: 'gemini-2.5-flash', stream: false, ...(signal && { signal }) });
}

async function sentToken(peer: ProviderPeer): Promise<string | undefined> {
  return (await peer.upstream.nextRequest()).headers.authorization;
}

describe('a service account', () => {
  it('signs for a token, once for many calls', async () => {
    await using google = await openTokenServer();
    await using peer = await openPeer(google, serviceAccount);
    google.server.respond(tokenReply('ya29.one'));
    peer.upstream.respondAlways(answer);
    await Promise.all([ask(peer), ask(peer), ask(peer)]);
    await ask(peer);
    expect(peer.upstream.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array(4).fill('Bearer ya29.one'),
    );
    expect(google.urls).toEqual(['https://oauth2.googleapis.com/token']);
    const form = new URLSearchParams((await google.server.nextRequest()).body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(openAssertion(form.get('assertion') ?? '')).toMatchObject({
      header: { alg: 'RS256' },
      claims: {
        iss: 'gateway@project.iam.gserviceaccount.com',
        scope: 'https://www.googleapis.com/auth/cloud-platform',
        aud: 'https://oauth2.googleapis.com/token',
      },
    });
  });

  it('signs again before a token ends', async () => {
    let passedMs = 0;
    const clock = { ...systemClock, nowMs: () => Date.now() + passedMs };
    await using google = await openTokenServer();
    await using peer = await openPeer(google, serviceAccount, clock);
    google.server.respond(tokenReply('ya29.one'), tokenReply('ya29.two'));
    peer.upstream.respondAlways(answer);
    await ask(peer);
    passedMs = 3_000_000;
    await ask(peer);
    passedMs = 3_590_000;
    await ask(peer);
    const tokens = [await sentToken(peer), await sentToken(peer), await sentToken(peer)];
    expect(tokens).toEqual(['Bearer ya29.one', 'Bearer ya29.one', 'Bearer ya29.two']);
  });

  it('is read again for the next token', async () => {
    await using google = await openTokenServer();
    await using peer = await openPeer(google, serviceAccount);
    google.server.respond(tokenReply('ya29.one', 30), tokenReply('ya29.two', 30));
    peer.upstream.respondAlways(answer);
    await ask(peer);
    google.writeFile({ ...serviceAccount, client_email: 'other@project.iam.gserviceaccount.com' });
    await ask(peer);
    await google.server.nextRequest();
    const form = new URLSearchParams((await google.server.nextRequest()).body);
    expect(openAssertion(form.get('assertion') ?? '').claims).toMatchObject({
      iss: 'other@project.iam.gserviceaccount.com',
    });
  });

  it('tells the project that calls are made in', async () => {
    await using google = await openTokenServer();
    const options = { credentials_file: google.writeFile(serviceAccount) };
    const settings = { apiKey: undefined, options };
    await using peer = await openProviderPeer(createGoogleVertex({ fetch: google.fetch }), { settings });
    google.server.respond(tokenReply('ya29.one'));
    peer.upstream.respond(answer);
    await ask(peer);
    expect((await peer.upstream.nextRequest()).path).toContain('/projects/project-of-the-account/locations/global/');
  });
});

describe('a person’s own credentials', () => {
  it('are exchanged for a token, and say who pays', async () => {
    await using google = await openTokenServer();
    await using peer = await openPeer(google, authorizedUser);
    google.server.respond(tokenReply('ya29.one'));
    peer.upstream.respond(answer);
    await ask(peer);
    expect((await peer.upstream.nextRequest()).headers).toMatchObject({
      authorization: 'Bearer ya29.one',
      'x-goog-user-project': 'project-that-pays',
    });
    const form = new URLSearchParams((await google.server.nextRequest()).body);
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'refresh_token',
      client_id: authorizedUser.client_id,
      client_secret: authorizedUser.client_secret,
      refresh_token: authorizedUser.refresh_token,
    });
  });
});

describe('no token', () => {
  it.each<readonly [string, FakeReply, object]>([
    [
      'since the account is refused',
      jsonReply({ error: 'invalid_grant', error_description: 'Account not found.' }, { status: 400 }),
      { reason: 'PROVIDER_CREDENTIALS', message: expect.stringContaining('HTTP 400') },
    ],
    [
      'since the client is refused',
      jsonReply({ error: 'unauthorized_client' }, { status: 401 }),
      { reason: 'PROVIDER_CREDENTIALS', message: expect.stringContaining('HTTP 401') },
    ],
    ['since the server fails', { status: 503, body: 'Busy.' }, { reason: 'PROVIDER_FAILED' }],
    ['since the server hangs up', { drop: 'reset' }, { reason: 'PROVIDER_UNREACHABLE' }],
    ['in an answer that is a page', { body: '<html></html>' }, { reason: 'PROVIDER_UNUSABLE' }],
    ['in an answer without one', jsonReply({ expires_in: 3600 }), { reason: 'PROVIDER_UNUSABLE' }],
    ['in an answer with an odd one', jsonReply({ access_token: 'a\r\nb: c' }), { reason: 'PROVIDER_UNUSABLE' }],
    [
      'behind a redirect',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
      { reason: 'PROVIDER_UNREACHABLE' },
    ],
  ])('%s', async (_name, reply, expected) => {
    await using google = await openTokenServer();
    for (const file of [serviceAccount, authorizedUser]) {
      await using peer = await openPeer(google, file);
      google.server.respond(reply, tokenReply('ya29.one'));
      const asked = google.server.requests.length;
      const { error } = await ask(peer);
      expect(error).toMatchObject({ ...expected, entry: { retry: expect.stringMatching(/^(?:same|next)$/) } });
      expect(peer.upstream.requests).toEqual([]);
      // Whether to try again is for routing to say.
      expect(google.server.requests).toHaveLength(asked + 1);
      // The log gets words, and no object that holds the request.
      const { cause } = error?.details ?? {};
      if (cause instanceof Error) expect(Object.keys(cause)).toEqual([]);
      else expect(cause).toBeUndefined();
      const told = `${error?.message} ${String(cause)}`;
      expect(told).not.toMatch(/127\.0\.0\.1|the-secret|the-refresh|PRIVATE KEY|assertion=/);
      // A failure is not kept.
      peer.upstream.respond(answer);
      expect((await ask(peer)).error).toBeUndefined();
    }
  });

  it.each([
    ['whose key is none', { ...serviceAccount, private_key: 'no key' }],
    ['that is gone', undefined],
  ])('from a file %s', async (_name, file) => {
    await using google = await openTokenServer();
    await using peer = await openPeer(google, serviceAccount);
    google.writeFile(file ?? 'gone');
    expect((await ask(peer)).error).toMatchObject({ reason: 'PROVIDER_CREDENTIALS', entry: { retry: 'next' } });
    expect(google.server.requests).toEqual([]);
  });

  it('for a call that is given up meanwhile', async () => {
    await using google = await openTokenServer();
    await using peer = await openPeer(google, serviceAccount);
    const held = Promise.withResolvers<void>();
    google.server.respond({ ...jsonReply({ access_token: 'ya29.one', expires_in: 3600 }), after: held.promise });
    const controller = new AbortController();
    const reading = ask(peer, controller.signal);
    await google.server.nextRequest();
    controller.abort();
    expect((await reading).error?.reason).toBe('PROVIDER_CUT');
    expect(peer.upstream.requests).toEqual([]);
    // Others get the one that is under way.
    held.resolve();
    peer.upstream.respond(answer);
    expect((await ask(peer)).error).toBeUndefined();
    expect(await sentToken(peer)).toBe('Bearer ya29.one');
    expect(google.server.requests).toHaveLength(1);
  });

  it('in time ends the request for it', async () => {
    const due = Promise.withResolvers<() => void>();
    const clock = {
      ...systemClock,
      after(delayMs: number, callback: () => void) {
        if (delayMs === 15_000) due.resolve(callback);
        return () => {};
      },
    };
    await using google = await openTokenServer();
    await using peer = await openPeer(google, serviceAccount, clock);
    google.server.respond({ drop: 'hang' });
    const reading = ask(peer);
    const request = await google.server.nextRequest();
    (await due.promise)();
    expect((await reading).error).toMatchObject({ reason: 'PROVIDER_TIMEOUT', entry: { retry: 'same' } });
    await request.closed;
  });
});

describe('the credentials of the machine', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('are those of the metadata server on Google Cloud', async () => {
    await using google = await openTokenServer();
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
    vi.stubEnv('CLOUDSDK_CONFIG', '/nonexistent');
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    vi.stubEnv('GCE_METADATA_HOST', new URL(google.server.origin).host);
    const headers = { 'content-type': 'application/json', 'metadata-flavor': 'Google' };
    google.server.respondAlways({
      headers,
      body: JSON.stringify({ access_token: 'ya29.machine', expires_in: 3000, token_type: 'Bearer' }),
    });
    const settings = { apiKey: undefined, options: { project: 'my-project' } };
    await using peer = await openProviderPeer(createGoogleVertex({ fetch: google.fetch }), { settings });
    peer.upstream.respond(answer);
    expect((await ask(peer)).error).toBeUndefined();
    expect(await sentToken(peer)).toBe('Bearer ya29.machine');
    const request = await google.server.nextRequest();
    expect(request.path).toContain('/computeMetadata/v1/instance/service-accounts/default/token');
    expect(request.headers['metadata-flavor']).toBe('Google');
  });

  it('are those that gcloud left', async () => {
    await using google = await openTokenServer();
    google.writeFile(authorizedUser, 'application_default_credentials.json');
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
    vi.stubEnv('CLOUDSDK_CONFIG', google.folder);
    google.server.respond(tokenReply('ya29.person'));
    const settings = { apiKey: undefined, options: { project: 'my-project' } };
    await using peer = await openProviderPeer(createGoogleVertex({ fetch: google.fetch }), { settings });
    peer.upstream.respond(answer);
    expect((await ask(peer)).error).toBeUndefined();
    expect((await peer.upstream.nextRequest()).headers).toMatchObject({
      authorization: 'Bearer ya29.person',
      'x-goog-user-project': 'project-that-pays',
    });
    expect(google.urls).toEqual(['https://oauth2.googleapis.com/token']);
  });

  it('may not be there', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
    vi.stubEnv('CLOUDSDK_CONFIG', '/nonexistent');
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    const settings = { apiKey: undefined, options: { project: 'my-project' } };
    await using peer = await openProviderPeer(createGoogleVertex(), { settings });
    expect((await ask(peer)).error).toMatchObject({ reason: 'PROVIDER_CREDENTIALS', entry: { retry: 'next' } });
  });
});
