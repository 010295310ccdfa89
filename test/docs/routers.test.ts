import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { projectFolder, readDocument } from './documents.ts';

const run = promisify(execFile);
const page = readDocument('docs/routers.md');
const blocks = [...page.matchAll(/^```(sh|yaml)\n(.*?)^```$/gms)].map(([, language, code = '']) => ({
  language,
  code,
}));

test('docs/routers.md has commands that work one after the other', async () => {
  await using server = await startTestServer();
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-routers-'));
  const printed: string[] = [];
  try {
    const [file] = blocks.filter(({ language }) => language === 'yaml');
    writeFileSync(join(folder, 'support.yaml'), file?.code ?? '');
    const path = `${join(projectFolder, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`;
    const env = { ...process.env, PATH: path, SIGNALBOX_KEY: server.apiKey, SIGNALBOX_URL: server.origin };
    for (const { code } of blocks.filter(({ language }) => language === 'sh')) {
      const command = code
        .replaceAll('127.0.0.1:8585', `127.0.0.1:${server.port}`)
        .replaceAll('npx --no-install signalbox', `node ${join(projectFolder, 'bin/signalbox.js')}`);
      printed.push((await run('sh', ['-c', command], { cwd: folder, env })).stdout);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [applied, answer = '', explained, created = ''] = printed;
  expect(printed).toHaveLength(4);
  expect(applied).toBe('created support\n');
  expect(JSON.parse(answer).metadata).toMatchObject({ router: 'support', route_id: 'premium', variant_id: 'b' });
  expect(explained).toContain("the route 'premium' (tier == \"premium\") and the variant 'b' (by user)");
  expect(JSON.parse(created)).toMatchObject({ done: true, response: { name: 'one-model' } });
});
