import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createProviders, type ProviderDeclaration } from '../../../src/providers/create-providers.ts';
import { providerKinds } from '../../../src/providers/registry.ts';
import { UpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { geminiWire } from '../../contract/gemini-wire.ts';
import { createFakeUpstream } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { upstreamOptions } from '../../upstream/upstream-options.ts';

function loadProviders(file: string, env: Readonly<Record<string, string>>) {
  const launch = loadConfig({
    argv: ['--config', 'signalbox.yaml'],
    cwd: '/',
    env,
    readFile: () => Buffer.from(file),
    knownKinds: providerKinds,
  });
  if (launch.action !== 'serve') throw new Error('the configuration does not serve');
  return launch.config.providers;
}

describe('the configuration of google-ai-studio', () => {
  it.each([
    [{ GEMINI_API_KEY: 'key-of-gemini' }, 'key-of-gemini', 'GEMINI_API_KEY'],
    [{ GOOGLE_API_KEY: 'key-of-google' }, 'key-of-google', 'GOOGLE_API_KEY'],
    [{ GOOGLE_API_KEY: 'key-of-google', GEMINI_API_KEY: 'key-of-gemini' }, 'key-of-gemini', 'GEMINI_API_KEY'],
    [{}, undefined, 'GEMINI_API_KEY'],
  ])('takes the key from %j', (env: Readonly<Record<string, string>>, key, variable) => {
    const studio = loadProviders('{}', env).find(({ name }) => name === 'google-ai-studio');
    expect(studio?.apiKey.secret?.reveal()).toBe(key);
    expect(studio?.apiKey.variable).toBe(variable);
  });

  it.each([
    'google: { base_url: "https://g.example/v1" }',
    'mine: { kind: google }',
    'mine: { kind: google-ai-studio }',
  ])('takes %s', (entry) => {
    const [first] = loadProviders(`providers:\n  ${entry}\n`, { GOOGLE_API_KEY: 'key-of-google' });
    expect(first).toMatchObject({ kind: 'google-ai-studio' });
    expect(first?.apiKey.secret?.reveal()).toBe('key-of-google');
  });
});

describe('the alias of google-ai-studio', () => {
  const declaration = {
    kind: 'google-ai-studio',
    enabled: true,
    apiKey: 'a key',
    baseUrl: undefined,
    headers: {},
    maxReplyBytes: 1,
    maxEventBytes: 1,
    finishTimeoutMs: 1,
    unsetVariables: [],
  };

  function createDirectory(...declarations: readonly ProviderDeclaration[]) {
    const upstream = new UpstreamClient(upstreamOptions);
    return createProviders(declarations, providerKinds, { upstream, clock: systemClock });
  }

  it('stands for it, and is no provider of its own', () => {
    const directory = createDirectory({ ...declaration, id: 'google-ai-studio' });
    expect(directory.get('google')?.id).toBe('google-ai-studio');
    expect(directory.list().map(({ id }) => id)).toEqual(['google-ai-studio']);
    expect(createDirectory().get('google')).toBeUndefined();
  });

  it('gives way to a provider that has the name', () => {
    const directory = createDirectory(
      { ...declaration, id: 'google-ai-studio' },
      { ...declaration, id: 'google', kind: 'sandbox', baseUrl: '' },
    );
    expect(directory.get('google')?.id).toBe('google');
  });

  it('is told what is missing', () => {
    const [entry] = createDirectory({ ...declaration, id: 'google-ai-studio', apiKey: undefined }).list();
    expect(entry).toMatchObject({ live: false, remedy: expect.stringContaining('GEMINI_API_KEY or GOOGLE_API_KEY') });
  });
});

it('answers a client of OpenAI’s API, over its alias', async () => {
  await using upstream = await createFakeUpstream();
  await using server = await startTestServer({
    config: `providers: { google-ai-studio: { api_key: "key-of-google", base_url: "${upstream.origin}/v1beta" } }`,
  });
  const scripted = {
    choice: {
      content: ['Let me look.'],
      toolCalls: [{ id: 'call_1', name: 'look', arguments: ['{"at":1}'] }],
      finishReason: 'tool_calls',
    },
    usage: { prompt: 5, completion: 7, total: 12, cached: 0, reasoning: 3 },
  } as const;
  upstream.respond({ headers: { 'content-type': 'application/json' }, body: geminiWire.encodeWhole(scripted) });
  const response = await fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'google/gemini-2.5-flash',
      messages: [{ role: 'user', content: 'Look' }],
      logit_bias: { 1: 1 },
    }),
  });
  expect(await response.json()).toMatchObject({
    choices: [
      {
        message: {
          content: 'Let me look.',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    metadata: { attempts: [{ success: true, warnings: [expect.stringContaining('logit_bias')] }] },
  });
  expect((await upstream.nextRequest()).path).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
});
