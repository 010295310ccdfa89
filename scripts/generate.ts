/**
 * Makes everything that is generated: the code of the protos in gen/, and the tables of the configuration and of the providers in docs/. With
 * `--check` nothing is written: it exits with 1 when something is not current.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

if (values.check) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-gen-'));
  try {
    run('buf', ['generate', '--output', folder]);
    const stale = compareTrees(join(folder, 'gen'), join(root, 'gen'));
    if (stale.length > 0) {
      process.stderr.write(`gen/ is not what the protos give. Run "npm run generate".\n  ${stale.join('\n  ')}\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // Tests hold docs/configuration.md and docs/providers.md to the code.
} else {
  run('buf', ['format', '--write', 'proto']);
  run('buf', ['generate']);
  run('node', ['scripts/generate-config-docs.ts']);
  run('node', ['scripts/generate-provider-docs.ts']);
}

function run(command: string, args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

/** The files that only one of two trees has, or that differ. */
function compareTrees(expected: string, actual: string): string[] {
  const [wanted, present] = [readTree(expected), readTree(actual)];
  const names = new Set([...wanted.keys(), ...present.keys()]);
  return [...names].filter((name) => wanted.get(name) !== present.get(name)).sort();
}

function readTree(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}
