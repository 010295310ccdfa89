import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generateProviderDocs } from '../../scripts/generate-provider-docs.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { isOpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { projectFolder, readDocument } from './documents.ts';

const page = readDocument('docs/providers.md');

describe('docs/providers.md', () => {
  test('has the tables that the registry makes: node scripts/generate-provider-docs.ts writes them', () => {
    expect(generateProviderDocs(page)).toBe(page);
  });

  const examples = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, example = '']) => example);
  test.each(examples)('has an example that loads: %s', (example) => {
    const launch = loadConfig({
      argv: ['--config', 'signalbox.yaml'],
      cwd: '/',
      env: { OPENAI_EU_KEY: 'sk-test-key' },
      readFile: () => Buffer.from(example),
      knownKinds: providerKinds,
    });
    expect(launch.action).toBe('serve');
  });
});

describe('the registry', () => {
  test('has each folder of a provider once, under its name', () => {
    const entries = readdirSync(join(projectFolder, 'src/providers'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(providerKinds.map(({ kind }) => kind).toSorted()).toEqual(folders.toSorted());
  });

  test('has no name twice', () => {
    const names = providerKinds.flatMap(({ kind, aliases = [] }) => [kind, ...aliases]);
    expect(names.length).toBe(new Set(names).size);
  });

  test('has providers of OpenAI’s format that name their documentation', () => {
    for (const { documentation } of providerKinds.filter(isOpenAiChatKind)) {
      expect(URL.canParse(`https://${documentation}`)).toBe(true);
    }
  });
});
