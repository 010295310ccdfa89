import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generateConfigDocs, pageUrl } from '../../scripts/generate-config-docs.ts';
import { createFileSchema } from '../../src/config/file-schema.ts';
import { listKeys } from '../../src/config/list-keys.ts';
import { load, problemsOf } from './load-fixture.ts';

const page = readFileSync(pageUrl, 'utf8');

describe('docs/configuration.md', () => {
  test('has current tables: node scripts/generate-config-docs.ts', () => {
    expect(page).toBe(generateConfigDocs(page));
  });

  test('names every key of the file in its tables', () => {
    const keys = listKeys(
      createFileSchema({ env: {}, knownKinds: [], baseFolder: '/', readFile: () => new Uint8Array() }),
    );
    for (const { path } of keys.filter(({ schema }) => schema.description !== undefined)) {
      const name = path.at(-1) ?? '';
      expect(page).toMatch(name === '*' ? /`[\w.]*(?:\.NAME|\[\])`/ : new RegExp(`\`(?:[\\w.]+\\.)?${name}\``));
    }
  });

  test('has an example that loads, as it stands and with what it leaves as a comment', () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
    const env = { APP_SECRET: 'app-secret', OPENAI_API_KEY: 'sk-1' };
    const config = load({ file: example, env });
    expect(config.keys).toMatchObject([{ id: 'app' }]);
    expect(config.providers).toMatchObject([
      { name: 'openai', unsetVariables: [] },
      { name: 'my-vllm', kind: 'openai-compatible' },
      { name: 'sandbox', enabled: false },
    ]);
    expect(example).toContain('# tls:');
    expect(problemsOf({ file: example.replaceAll('# tls:', 'tls:'), env })).toEqual([
      expect.stringContaining('server.tls.cert_file: The file /srv/app/tls/server.crt cannot be read'),
      expect.stringContaining('server.tls.key_file: The file /srv/app/tls/server.key cannot be read'),
    ]);
  });

  test('shows an error as it is', () => {
    const [, problem] = /```text\n(.*?)\n```/s.exec(page) ?? [];
    expect(problemsOf({ file: 'server:\n  prot: 1\n' })).toEqual([problem]);
  });
});

describe('generateConfigDocs', () => {
  test('leaves what is written by hand, and fails on a part that is missing or not known', () => {
    expect(generateConfigDocs(`before ${page} after`)).toBe(`before ${page} after`);
    expect(() => generateConfigDocs('')).toThrow('lacks the parts flags, variables, keys');
    expect(() => generateConfigDocs(`${page}<!-- generated: x -->\n<!-- end -->`)).toThrow('a part "x"');
  });
});
