import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ProviderKind } from '../../src/providers/provider.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { readDocument, readTables } from './documents.ts';

const page = readDocument('docs/providers.md');

function describeBaseUrl({ baseUrl }: ProviderKind): string {
  if (baseUrl === undefined) return '`base_url` is required';
  return baseUrl === '' ? 'in this process' : baseUrl;
}

function describePresence({ builtIn, apiKeyVariable }: ProviderKind): string {
  if (!builtIn) return 'not there';
  return apiKeyVariable === undefined ? 'there, live' : 'there, live with its key';
}

describe('docs/providers.md', () => {
  test('has every kind of provider, as the registry has it, and no other', () => {
    const registered = providerKinds.map((kind) => [
      kind.kind,
      describeBaseUrl(kind),
      kind.apiKeyVariable ?? 'none is required',
      describePresence(kind),
    ]);
    expect(readTables(page, ['Kind', 'Base URL', 'Key', 'Without configuration'])).toEqual(registered);
  });

  test('tells what each kind that calls a server sends', () => {
    const [, header = ''] = /^\| \| (.*) \|\n\| ---/m.exec(page) ?? [];
    const called = providerKinds.filter(({ baseUrl }) => baseUrl !== '');
    expect(header).toBe(called.map(({ kind }) => `\`${kind}\``).join(' | '));
  });

  test('has an example that loads', () => {
    const [, example = ''] = /^```yaml\n(.*?)^```/ms.exec(page) ?? [];
    const launch = loadConfig({
      argv: ['--config', 'signalbox.yaml'],
      cwd: '/',
      env: { OPENAI_EU_KEY: 'sk-test-key' },
      readFile: () => Buffer.from(example),
      knownKinds: providerKinds,
    });
    expect(launch).toMatchObject({
      action: 'serve',
      config: { providers: expect.arrayContaining([expect.objectContaining({ name: 'openai-eu', kind: 'openai' })]) },
    });
  });
});
