import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { createProviders, type ProviderDeclaration } from '../../src/providers/create-providers.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { UpstreamClient } from '../../src/upstream/upstream-client.ts';
import { upstreamOptions } from '../upstream/upstream-options.ts';

const upstream = new UpstreamClient(upstreamOptions);
afterAll(() => upstream.close());

function declare(id: string, kind: string, more: Partial<ProviderDeclaration> = {}): ProviderDeclaration {
  return {
    id,
    kind,
    enabled: true,
    apiKey: undefined,
    baseUrl: undefined,
    headers: {},
    unsetVariables: [],
    maxReplyBytes: 1000,
    maxEventBytes: 1000,
    finishTimeoutMs: 1000,
    ...more,
  };
}

function create(...declarations: ProviderDeclaration[]) {
  return createProviders(declarations, providerKinds, { upstream, clock: systemClock });
}

describe('createProviders', () => {
  it('makes live what has what it needs', () => {
    const providers = create(
      declare('openai', 'openai', { apiKey: 'k' }),
      declare('my-vllm', 'openai-compatible', { baseUrl: 'http://127.0.0.1:8000/v1' }),
      declare('second-groq', 'groq', { apiKey: 'k' }),
    );
    expect(providers.listLiveIds()).toEqual(['openai', 'my-vllm', 'second-groq']);
    const entry = providers.get('my-vllm');
    expect(entry).toMatchObject({ live: true, provider: { id: 'my-vllm', dialect: 'openai-chat' } });
    expect(providers.get('groq')).toBeUndefined();
  });

  it.each<readonly [string, Partial<ProviderDeclaration>, string]>([
    ['openai', {}, 'set the environment variable OPENAI_API_KEY, or providers.x.api_key in the configuration'],
    ['openai', { apiKey: 'k', enabled: false }, 'remove "enabled: false" from providers.x'],
    ['openai', { apiKey: 'k', unsetVariables: ['MY_KEY', 'OTHER'] }, 'set the environment variable MY_KEY'],
    ['openai-compatible', { apiKey: 'k' }, 'set providers.x.base_url'],
  ])('says of %s with %j: %s', (kind, more, remedy) => {
    const providers = create(declare('x', kind, more));
    expect(providers.get('x')).toMatchObject({ id: 'x', live: false, remedy });
    expect(providers.listLiveIds()).toEqual([]);
    expect(providers.list()).toHaveLength(1);
  });
});

describe('the registry', () => {
  it('has each kind once', () => {
    const kinds = providerKinds.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds).toEqual(expect.arrayContaining(['openai', 'groq', 'openai-compatible', 'sandbox']));
  });

  it('has base URLs that a path can follow', () => {
    for (const { baseUrl } of providerKinds) expect(baseUrl ?? '').not.toMatch(/\/$/);
  });
});
