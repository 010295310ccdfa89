import { execFileSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { programFile, startCommand } from './program.ts';

/** A Node on this machine that is too old for the sources, and not for modules. */
function findOlderNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, 'node'))
    .find((file) => {
      try {
        const [, major] = /^v(\d+)\./.exec(execFileSync(file, ['--version'], { encoding: 'utf8' })) ?? [];
        return Number(major) >= 18 && Number(major) < 22;
      } catch {
        return false;
      }
    });
}

const olderNode = findOlderNode();

describe.skipIf(olderNode === undefined)('an older Node (skipped where there is none on the PATH)', () => {
  test('is told so in one sentence', async () => {
    const program = startCommand(olderNode ?? '', [programFile], { cwd: await createTemporaryFolder() });
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.stdout.text()).toBe('');
    expect(program.stderr.text()).toMatch(/^Signalbox needs Node\.js 22\.19 or newer, this is \d+\.\d+\.\d+\. .*\.\n$/);
  });
});
