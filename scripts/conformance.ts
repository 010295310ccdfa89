/**
 * Runs the Connect conformance suite (connectrpc.com/conformance) against this project's port and RPC listener. Needs Go's
 * `connectconformance`; without it, says so and exits with 0. The suite's protos are data of the test: they come with the same
 * module, are compiled into a temporary folder, and are never committed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';

const suite = 'connectrpc.com/conformance';
const version = 'v1.0.5';
/** Servers at a time. The suite's default is four for each processor. */
const parallel = 2;

/** The suite takes two minutes on two cores. Its runner can wait for good when a server is held up. */
const timeoutMs = 10 * 60_000;

const root = join(import.meta.dirname, '..');
const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);

const runner = findRunner();
if (runner === undefined) {
  process.stdout.write(
    `skipped: no connectconformance. Install it: go install ${suite}/cmd/connectconformance@${version}\n`,
  );
} else {
  process.exitCode = run(runner);
}

function findRunner(): string | undefined {
  const { status, stdout } = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(stdout.trim(), 'bin')];
  return folders.map((folder) => join(folder, 'connectconformance')).find((file) => existsSync(file));
}

function run(program: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-conformance-'));
  try {
    const download = execFileSync('go', ['mod', 'download', '-json', `${suite}@${version}`], { encoding: 'utf8' });
    const { Dir: module } = z.object({ Dir: z.string() }).parse(JSON.parse(download));
    const image = join(folder, 'conformance.binpb');
    const env = { ...process.env, PATH: path, SIGNALBOX_CONFORMANCE_IMAGE: image };
    execFileSync('buf', ['build', join(module, 'proto'), '--as-file-descriptor-set', '--output', image], { env });
    const server = ['node', join(root, 'test/conformance/server.ts')];
    const options = [
      '--mode',
      'server',
      '--conf',
      join(root, 'test/conformance/config.yaml'),
      '--parallel',
      `${parallel}`,
    ];
    return spawnSync(program, [...options, '--', ...server], { stdio: 'inherit', env, timeout: timeoutMs }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
