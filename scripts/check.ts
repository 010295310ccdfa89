/**
 * The one check: format and lint, types, protos, generated code, tests. Runs from any folder, without network, and ends with a
 * line `N passed, N failed`. Arguments go to vitest, so that `npm test -- test/wire` runs a part of the tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { findBreakingBase } from './find-breaking-base.ts';

/** What a step came to. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, '..');
const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);

const staticChecks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--project', 'tsconfig.json'],
  ['build', 'tsc', '--project', 'tsconfig.build.json', '--noEmit'],
  ['proto format', 'buf', 'format', '--diff', '--exit-code', 'proto'],
  ['proto lint', 'buf', 'lint'],
  ['generated code', 'node', 'scripts/generate.ts', '--check'],
];

function run(command: string, args: readonly string[]): boolean {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  return status === 0;
}

function runStep(name: string, command: string, args: readonly string[]): Outcome {
  process.stdout.write(`\n== ${name}\n`);
  const passed = run(command, args);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** Breaking changes of the API, against the main branch, or against the commit before when this is the main branch. */
function checkBreaking(): Outcome {
  const base = findBreakingBase(root);
  if (base === undefined) {
    process.stdout.write(
      '\n== proto breaking changes\nskipped: there is no earlier version of the API to compare with\n',
    );
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return runStep(`proto breaking changes since ${base}`, 'buf', ['breaking', '--against', `.git#ref=${base}`]);
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numFailedTestSuites: z.int(),
  numPendingTests: z.int(),
});

function runTests(): Outcome {
  process.stdout.write('\n== tests\n');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-report-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const passed = run('vitest', ['run', ...reporters, ...process.argv.slice(2)]);
    if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
    const report = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    // A file that cannot be loaded, or an error outside of any test, fails the run without a failed test.
    const failed = Math.max(report.numFailedTests, passed ? 0 : 1);
    return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const outcomes = [
  ...staticChecks.map(([name, command, ...args]) => runStep(name, command, args)),
  checkBreaking(),
  runTests(),
];
const sum = (key: keyof Outcome): number => outcomes.reduce((total, outcome) => total + outcome[key], 0);
const skipped = sum('skipped');
process.stdout.write(
  `\n${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = sum('failed') > 0 ? 1 : 0;
