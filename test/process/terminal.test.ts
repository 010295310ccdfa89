import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { programFile, startCommand } from './program.ts';

function isOnPath(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

// The script of other systems takes other flags.
const canRun = process.platform === 'linux' && isOnPath('script') && isOnPath('curl');
const projectFolder = join(import.meta.dirname, '../..');

/** The lines of a banner that are to be pasted, by the command that they begin with. */
function readExamples(banner: string): ReadonlyMap<string, string> {
  const [, examples = ''] = banner.replaceAll('\r\n', '\n').split('Try it: paste these lines\n');
  const blocks = examples.trim().split(/\n\s*\n/);
  return new Map(blocks.map((block) => [block.trim().split(' ', 1)[0] ?? '', block]));
}

/** Pastes lines into a shell. */
async function paste(lines: readonly (string | undefined)[], env: Readonly<Record<string, string>>): Promise<string> {
  const options = { cwd: projectFolder, env: { PATH: process.env['PATH'] ?? '', ...env } };
  const { stdout } = await promisify(execFile)('sh', ['-c', lines.join('\n')], options);
  return stdout;
}

describe.skipIf(!canRun)('at a terminal (skipped where script or curl is absent)', () => {
  test.each<[what: string, env: Readonly<Record<string, string>>]>([
    ['a key that was just made', {}],
    ['the key of the environment', { SIGNALBOX_API_KEY: 'me:a secret with "quotes" and $' }],
  ])('the banner shows what is live, and its lines work when pasted, with %s', async (_what, env) => {
    const cwd = await createTemporaryFolder();
    const command = `exec "${process.execPath}" "${programFile}" --port 0`;
    const program = startCommand('script', ['-qec', command, '/dev/null'], { cwd, env: { ...env, SHELL: '/bin/sh' } });
    await program.stdout.waitFor(/message\.content\)'\r\n/);
    const banner = program.stdout.text();
    expect(banner).toMatch(/^Signalbox \d+\.\d+\.\d+ listens on http:\/\/127\.0\.0\.1:\d+\r\n/);
    expect(banner).toMatch(/\r\n {2}sandbox +live\r\n/);
    expect(banner).toMatch(/\r\n {2}off: openai, /);
    expect(banner).toMatch(/\r\n {2}To make openai live, .*OPENAI_API_KEY.*\r\n/);
    expect(banner.includes('A key was made. It is shown this once:')).toBe(env['SIGNALBOX_API_KEY'] === undefined);
    expect(banner).not.toContain('secret with');

    const examples = readExamples(banner);
    expect([...examples.keys()]).toEqual(['export', 'curl', 'grpcurl', 'node']);
    const setup = examples.get('export');
    expect(JSON.parse(await paste([setup, examples.get('curl')], env))).toMatchObject({
      model: 'sandbox/echo',
      choices: [{ message: { content: 'Hello!' } }],
    });
    if (env['SIGNALBOX_API_KEY'] === undefined) {
      expect(await paste([setup, examples.get('node')], env)).toBe('Hello!\n');
      if (isOnPath('grpcurl')) {
        expect(await paste([setup, examples.get('grpcurl')], env)).toMatch(/"Hello"[\s\S]*"!"[\s\S]*"finish"/);
      }
    }

    // Control-C.
    program.write('\u0003');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });
});
