import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { readUrl, runProgram, startProgram } from './program.ts';

async function callSandbox(url: string, credential: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sandbox/echo', messages: [{ role: 'user', content: 'Hello!' }] }),
  });
}

describe('on a machine with nothing set up', () => {
  test('the first start makes a key and shows it once, and later ones take it', async () => {
    const cwd = await createTemporaryFolder();
    const first = startProgram(['--port', '0'], { cwd });
    const url = await readUrl(first);
    expect(await first.waitForLogLine('listening')).toMatchObject({
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      providers_live: ['sandbox'],
      providers_off: expect.arrayContaining(['openai', 'anthropic', 'groq']),
    });
    const [shown, credential = ''] = await first.stderr.waitFor(/^A key was made\. It is shown this once: (\S+)\n/);
    const response = await callSandbox(url, credential);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello!' } }] });
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(first.stderr.text()).toBe(shown);
    // Standard output is a log, which is kept: one JSON object a line, and no secret.
    expect(first.stdout.text()).not.toContain(credential);
    for (const line of first.stdout.text().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');

    const second = startProgram(['--port', '0'], { cwd });
    expect((await callSandbox(await readUrl(second), credential)).status).toBe(200);
    second.kill('SIGTERM');
    await second.exited;
    expect(second.stderr.text()).toBe('');
  });
});

/** Fails unless a start failed with words for an operator: a clean exit, no stack trace, nothing on standard output. */
async function expectRefusal(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, signal, stdout, stderr } = await runProgram(args, { cwd, env });
  expect({ code, signal, stdout }, stderr).toEqual({ code: 1, signal: null, stdout: '' });
  expect(stderr).not.toMatch(/\n\s+at |Error:|node:internal/);
  expect(stderr).toMatch(/[.?]\n$/);
  return stderr;
}

describe('what keeps it from starting is one clear sentence', () => {
  test('a port in use', async () => {
    const other = createServer();
    onTestFinished(() => {
      other.close();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? `${address?.port}` : '';
    const env = { SIGNALBOX_API_KEY: 'a:b' };
    expect(await expectRefusal(['--port', port], await createTemporaryFolder(), env)).toBe(
      `The address 127.0.0.1:${port} is in use by another program. Stop that program, or choose another port with --port (0 takes any free one).\n`,
    );
  });

  test('a configuration with several problems: all of them, a line each', async () => {
    const cwd = await createTemporaryFolder();
    const lines = ['server: { prot: 1, host: 7 }', 'keys: [{ id: app }]', 'calls: { timeout_ms: 5 }', 'provider: {}'];
    await writeFile(join(cwd, 'signalbox.yaml'), lines.join('\n'));
    const problems = (await expectRefusal([], cwd)).trimEnd().split('\n');
    expect(problems).toEqual([
      expect.stringMatching(/^signalbox\.yaml:1: server\.host: /),
      expect.stringMatching(/^signalbox\.yaml:1: server\.prot: .*Did you mean port\?$/),
      expect.stringMatching(/^signalbox\.yaml:2: keys\[0\]\.secret: /),
      expect.stringMatching(/^signalbox\.yaml:3: calls\.timeout_ms: /),
      expect.stringMatching(/^signalbox\.yaml:4: provider: .*Did you mean providers\?$/),
    ]);
  });

  test('a data folder that cannot be written', async () => {
    const cwd = await createTemporaryFolder();
    // A file where the folder would be: no rights of the user make up for that, not even those of root.
    await writeFile(join(cwd, 'data'), '');
    const message = await expectRefusal(['--port', '0'], cwd);
    expect(message).toContain(join(cwd, 'data'));
    expect(message).toContain('storage.url');
  });
});
