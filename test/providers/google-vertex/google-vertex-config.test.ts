import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { googleVertex } from '../../../src/providers/google-vertex/index.ts';
import type { ProviderSettings } from '../../../src/providers/provider.ts';
import { providerKinds } from '../../../src/providers/registry.ts';
import { geminiWire } from '../../contract/gemini-wire.ts';
import { createFakeUpstream } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { authorizedUser, serviceAccount } from './token-server.ts';

function loadVertex(file: string, env: Readonly<Record<string, string>>) {
  const launch = loadConfig({
    argv: ['--config', 'signalbox.yaml'],
    cwd: '/',
    env,
    readFile: () => Buffer.from(file),
    knownKinds: providerKinds,
  });
  if (launch.action !== 'serve') throw new Error('the configuration does not serve');
  return launch.config.providers.find(({ kind }) => kind === 'google-vertex');
}

describe('the configuration of google-vertex', () => {
  it('takes what Google’s own tools read', () => {
    const vertex = loadVertex('{}', {
      GOOGLE_CLOUD_PROJECT: 'p',
      GOOGLE_CLOUD_LOCATION: 'us-east5',
      GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
      CLOUDSDK_AUTH_ACCESS_TOKEN: 'ya29.token',
      GOOGLE_VERTEX_API_KEY: 'key-of-vertex',
    });
    expect(vertex?.apiKey.secret?.reveal()).toBe('key-of-vertex');
    expect(vertex?.options).toMatchObject([
      { name: 'project', value: 'p' },
      { name: 'location', value: 'us-east5' },
      { name: 'credentials_file', value: '/key.json' },
      { name: 'access_token' },
    ]);
    expect(JSON.stringify(vertex)).not.toContain('ya29');
  });

  it('takes the names of its options from the file, and a token from another variable', () => {
    const file = 'providers: { vertex: { options: { project: mine, location: eu, access_token: "env:MY_TOKEN" } } }';
    const vertex = loadVertex(file, { GOOGLE_CLOUD_PROJECT: 'p', MY_TOKEN: 'ya29.mine' });
    expect(vertex?.options.slice(0, 2)).toEqual([
      { name: 'project', value: 'mine' },
      { name: 'location', value: 'eu' },
    ]);
  });
});

describe('what google-vertex lacks', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-vertex-'));
    mkdirSync(join(folder, 'a-folder'));
    for (const [name, content] of Object.entries({
      'account.json': JSON.stringify(serviceAccount),
      'user.json': JSON.stringify(authorizedUser),
      'no-key.json': JSON.stringify({ ...serviceAccount, private_key: '' }),
      'other.json': '{"type":"gdch_service_account"}',
      'list.json': '[]',
      'broken.json': '{"private_key":"-----BEGIN',
      'long.json': ' '.repeat(70_000),
    })) {
      writeFileSync(join(folder, name), content);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function findMissing(options: Readonly<Record<string, string>>, apiKey?: string): string | undefined {
    const path = options['credentials_file'];
    const settings: ProviderSettings = {
      apiKey,
      baseUrl: 'https://aiplatform.googleapis.com/v1',
      headers: {},
      maxReplyBytes: 1,
      maxEventBytes: 1,
      finishTimeoutMs: 1,
      options: path === undefined ? options : { ...options, credentials_file: join(folder, path) },
    };
    return googleVertex.findMissing?.('vertex', settings);
  }

  it.each([
    [{ project: 'p' }, undefined],
    [{ project: 'p', location: 'us-central1' }, undefined],
    [{}, 'key-of-vertex'],
    [{ project: 'p', access_token: 'ya29.token' }, undefined],
    [{ credentials_file: 'account.json' }, undefined],
    [{ project: 'p', credentials_file: 'user.json' }, undefined],
    // The file is not used.
    [{ credentials_file: 'gone.json' }, 'key-of-vertex'],
  ])('is nothing with %j and the key %s', (options, apiKey) => {
    expect(findMissing(options, apiKey)).toBeUndefined();
  });

  it.each([
    [
      {},
      /^set the environment variable GOOGLE_CLOUD_PROJECT, or providers\.vertex\.options\.project, .*GOOGLE_VERTEX_API_KEY$/,
    ],
    [{ access_token: 'ya29.token' }, /GOOGLE_CLOUD_PROJECT/],
    [{ credentials_file: 'user.json' }, /GOOGLE_CLOUD_PROJECT/],
    [{ project: 'p', location: 'evil.example/' }, /^name a location such as global or us-central1/],
    [{ project: 'p', credentials_file: 'gone.json' }, /^mend the file .*: there is no such file$/],
    [{ project: 'p', credentials_file: 'account.json/x' }, /: there is no such file$/],
    [{ project: 'p', credentials_file: 'a-folder' }, /: it is not a file$/],
    [{ project: 'p', credentials_file: 'no-key.json' }, /: it has no private_key$/],
    [{ project: 'p', credentials_file: 'other.json' }, /: its type is neither service_account nor authorized_user$/],
    [{ project: 'p', credentials_file: 'list.json' }, /: it is not a JSON object$/],
    [{ project: 'p', credentials_file: 'broken.json' }, /: it is not JSON$/],
    [{ project: 'p', credentials_file: 'long.json' }, /: it is larger than 65536 bytes$/],
  ])('is said of %j', (options, remedy) => {
    const said = findMissing(options);
    expect(said).toMatch(remedy);
    // Clients are told too: neither where the file is nor what it holds.
    expect(said).not.toContain(folder);
    expect(said).not.toContain('BEGIN');
  });
});

it('answers a client of OpenAI’s API, over its alias', async () => {
  await using upstream = await createFakeUpstream();
  await using server = await startTestServer({
    config: `providers: { google-vertex: { api_key: "key-of-vertex", base_url: "${upstream.origin}/v1", options: { project: p } } }`,
  });
  upstream.respond({
    headers: { 'content-type': 'application/json' },
    body: geminiWire.encodeWhole({ choice: { content: ['Hello'], finishReason: 'stop' } }),
  });
  const response = await fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'vertex/gemini-2.5-flash', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] });
  expect((await upstream.nextRequest()).path).toBe(
    '/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-flash:generateContent',
  );
});

it('loads Google’s library only when a token is needed', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { providerKinds } = await import('./src/providers/registry.ts');
    const kind = providerKinds.find(({ kind }) => kind === 'google-vertex');
    kind.create('vertex', { apiKey: 'k', baseUrl: kind.baseUrl, headers: {}, options: { project: 'p' } }, { clock: {} });
    console.log(JSON.stringify(loaded.filter((url) => /google-auth-library|gaxios/.test(url))));
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '../../..'),
    encoding: 'utf8',
  });
  expect(stdout.trim()).toBe('[]');
});
