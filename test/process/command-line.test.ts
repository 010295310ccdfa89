import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { runProgram } from './program.ts';

test('--check prints the configuration with secrets masked, and makes nothing', async () => {
  const cwd = await createTemporaryFolder();
  const file = [
    'keys: [{ id: app, secret: "env:APP_SECRET" }]',
    'providers: { openai: { api_key: sk-written-out, headers: { x-team: search-team } } }',
  ];
  await writeFile(join(cwd, 'signalbox.yaml'), file.join('\n'));
  const env = { APP_SECRET: 'app-secret', SIGNALBOX_API_KEY: 'me:my-secret', GROQ_API_KEY: 'gsk-1' };
  const { code, stdout, stderr } = await runProgram(['--check'], { cwd, env });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('id: app');
  expect(stdout).toContain('id: me');
  expect(stdout).toMatch(/timeout_ms: 600000/);
  expect(stdout).not.toMatch(/app-secret|my-secret|sk-written-out|search-team|gsk-1/);
  expect(existsSync(join(cwd, 'data'))).toBe(false);
});

test.each([
  ['--version', /^\d+\.\d+\.\d+\n$/],
  ['--help', /^Usage: signalbox \[flags\]\n[\s\S]*--config FILE[\s\S]*[^\n]\n$/],
])('%s prints it, ended like a line', async (flag, text) => {
  const { code, stdout, stderr } = await runProgram([flag], { cwd: await createTemporaryFolder() });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(text);
});
