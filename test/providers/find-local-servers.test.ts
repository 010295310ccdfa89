import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { findLocalServers, type LocalFetch, type LocalSearch } from '../../src/providers/find-local-servers.ts';
import { lmstudio } from '../../src/providers/lmstudio/index.ts';
import { ollama } from '../../src/providers/ollama/index.ts';
import type { ProviderKind } from '../../src/providers/provider.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { createManualClock } from '../contract/manual-clock.ts';
import { createFakeUpstream, type FakeUpstream, jsonReply } from '../support/fake-upstream.ts';

const list = {
  object: 'list',
  data: [{ id: 'llama3.2', object: 'model' }, { id: 'qwen3:8b' }, { name: 'no id' }, null],
};

describe('findLocalServers', () => {
  let upstream: FakeUpstream;
  beforeEach(async () => {
    upstream = await createFakeUpstream();
  });
  afterEach(() => upstream.close());

  function find(more: Partial<LocalSearch> = {}): ReturnType<typeof findLocalServers> {
    const kinds: readonly ProviderKind[] = [{ ...ollama, baseUrl: `${upstream.origin}/v1` }];
    const bounds = { timeoutMs: 60_000, maxListBytes: 1000 };
    return findLocalServers({ kinds, configured: [], fetch, clock: systemClock, ...bounds, ...more });
  }

  it('finds a server, and the models that it has', async () => {
    upstream.respond(jsonReply(list));
    expect(await find()).toEqual([
      {
        kind: expect.objectContaining({ kind: 'ollama' }),
        baseUrl: `${upstream.origin}/v1`,
        models: ['llama3.2', 'qwen3:8b'],
      },
    ]);
    expect(await upstream.nextRequest()).toMatchObject({ method: 'GET', path: '/v1/models', body: '' });
  });

  it.each([
    ['an error', jsonReply(list, { status: 500 })],
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<html></html>' }],
    ['JSON of another form', jsonReply([list])],
    ['nothing', { status: 204 }],
    ['a list without end', { body: JSON.stringify({ data: [], more: 'x'.repeat(2000) }) }],
    ['a redirect', { status: 302, headers: { location: '/v1/elsewhere' } }],
    ['a reset', { drop: 'reset' } as const],
  ])('does not take %s for a server', async (_name, reply) => {
    upstream.respond(reply, jsonReply(list));
    expect(await find()).toEqual([]);
  });

  it('looks for the servers that the registry says can be there, and at these addresses', async () => {
    const asked: string[] = [];
    const nobody: LocalFetch = (url) => {
      asked.push(url);
      return Promise.reject(new TypeError('fetch failed'));
    };
    expect(await find({ kinds: providerKinds, fetch: nobody })).toEqual([]);
    expect(asked).toEqual(['http://127.0.0.1:11434/v1/models', 'http://127.0.0.1:1234/v1/models']);
  });

  it.each([
    ['the name', [{ name: 'ollama', kind: 'openai-compatible' }]],
    ['the kind, under another name', [{ name: 'my-ollama', kind: 'ollama' }]],
  ])('does not look for what the configuration has by %s', async (_name, configured) => {
    const asked: string[] = [];
    const nobody: LocalFetch = (url) => {
      asked.push(url);
      return Promise.reject(new TypeError('fetch failed'));
    };
    await find({ kinds: [ollama, lmstudio], configured, fetch: nobody });
    expect(asked).toEqual(['http://127.0.0.1:1234/v1/models']);
  });

  it.each(['http://10.0.0.5:11434/v1', 'http://127.0.0.1.example.com/v1', 'https://api.example.com/v1'])(
    'does not ask %s, which is no address of this machine',
    async (baseUrl) => {
      const asked: string[] = [];
      const nobody: LocalFetch = (url) => {
        asked.push(url);
        return Promise.reject(new TypeError('fetch failed'));
      };
      expect(await find({ kinds: [{ ...ollama, baseUrl }], fetch: nobody })).toEqual([]);
      expect(asked).toEqual([]);
    },
  );

  it('waits for no server longer than it may', async () => {
    const clock = createManualClock();
    upstream.respond({ body: ['{"data":', new Promise(() => {})] });
    const search = find({ clock, timeoutMs: 300 });
    const timer = await clock.nextTimer();
    expect(timer.delayMs).toBe(300);
    const request = await upstream.nextRequest();
    timer.fire();
    expect(await search).toEqual([]);
    expect(await request.closed).toEqual({ replied: false });
  });

  it('lets go of its timer', async () => {
    const clock = createManualClock();
    upstream.respond(jsonReply(list));
    await find({ clock });
    expect((await clock.nextTimer()).isPending).toBe(false);
  });
});
