/**
 * Gives everything that takes input from outside inputs that nobody would send, until its time is over: `node scripts/fuzz.ts [--seconds N]
 * [--target NAME] [--seed N] [--path P]`. Three minutes by default, shared by all targets. Each target is a process of its own, so that one
 * that never ends is found too.
 *
 * A failure prints the input, made as small as it can be, and the command that tries it again. Ends with 1 then.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import fc from 'fast-check';
import type { FuzzTarget } from '../test/fuzz/fuzz-target.ts';
import { fuzzTargets } from '../test/fuzz/fuzz-targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    target: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
/** Of the first batch; another one each time unless it is given. */
const firstSeed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!(seconds > 0) || !Number.isInteger(firstSeed)) throw new Error('--seconds and --seed are to be numbers.');

/** Inputs of one seed: few enough that each seed is tried again soon. */
const batchRuns = 200;
/** What a batch may take past the target's time, to make a failing input smaller too. */
const shrinkMs = 30_000;
/** What one input may take after that before the process is taken for one that never ends. */
const graceMs = shrinkMs + 60_000;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs a target until its time is over, or an input fails. @returns whether none did. */
async function fuzz(target: FuzzTarget): Promise<boolean> {
  const endMs = performance.now() + seconds * 1000;
  let runs = 0;
  for (let seed = firstSeed; runs === 0 || performance.now() < endMs; seed += 1) {
    const { path } = values;
    const replay = path === undefined ? {} : { path, endOnFailure: true };
    const details: fc.RunDetails<unknown[]> = await fc.check(target.property, {
      seed,
      numRuns: batchRuns,
      // What fails is made smaller for so long.
      interruptAfterTimeLimit: endMs - performance.now() + shrinkMs,
      ...replay,
    });
    runs += details.numRuns;
    if (!details.failed) continue;
    print(
      `${target.name}: fails. Again: node scripts/fuzz.ts --target ${target.name} --seed ${seed} --path ${details.counterexamplePath}`,
    );
    print(fc.defaultReportMessage(details) ?? '');
    print(inspect(details.errorInstance));
    return false;
  }
  print(`${target.name}: ${runs} inputs`);
  return true;
}

/** Runs a target in a process of its own. @returns whether it ended, and no input failed. */
async function fuzzApart(name: string, secondsEach: number): Promise<boolean> {
  const args = ['--target', name, '--seconds', `${secondsEach}`, '--seed', `${firstSeed}`];
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
  const timer = setTimeout(() => child.kill('SIGKILL'), secondsEach * 1000 + graceMs);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (signal === 'SIGKILL') print(`${name}: does not end. Again: node scripts/fuzz.ts ${args.join(' ')}`);
  return code === 0;
}

async function run(): Promise<boolean> {
  if (values.target !== undefined) {
    const target = fuzzTargets.find(({ name }) => name === values.target);
    if (target === undefined)
      throw new Error(`There is no such target. There are: ${fuzzTargets.map(({ name }) => name).join(', ')}.`);
    try {
      return await fuzz(target);
    } finally {
      await target.close?.();
    }
  }
  print(`seed ${firstSeed}`);
  let isWell = true;
  for (const { name } of fuzzTargets) isWell = (await fuzzApart(name, seconds / fuzzTargets.length)) && isWell;
  return isWell;
}

process.exitCode = (await run()) ? 0 : 1;
