/**
 * Uses a server for a while as many clients do, good and bad, before providers that fail, and prints what that did to it: memory, files and
 * sockets, event loop delay, and whether each call is accounted for once. The server is a process of its own; the clients and the providers
 * are this one.
 *
 * `node scripts/soak.ts [--minutes N] [--workers N] [--rest-ms N] [--seed N]`: ten minutes by default.
 * `node scripts/soak.ts --kill [--kills N] [--seed N]`: kills processes that write to a store, 200 by default, and looks into the store after
 * each.
 *
 * Ends with 1 when anything was wrong.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runSoak } from '../test/soak/run-soak.ts';
import { fitMemory, type MemoryTrend, type SoakSample } from '../test/soak/soak-figures.ts';
import type { SoakTally } from '../test/soak/soak-ledger.ts';
import { killWriters } from '../test/storage/kill-rounds.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    workers: { type: 'string', default: '12' },
    'rest-ms': { type: 'string', default: '50' },
    kill: { type: 'boolean', default: false },
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});

/**
 * The growth of what is in use after full garbage collections past which memory is not called flat, in megabytes a minute. What the process
 * takes of RAM is told and not judged: V8 gives back little of what it once had.
 */
const maxSlopeMbPerMinute = 1;
/** Of the time, at the beginning, that is not looked at for it. */
const skippedShare = 0.5;
/** Fewer collections tell no slope. */
const minCollections = 4;
const msPerMinute = 60_000;
const sampleEveryMs = 5000;

function readNumber(name: 'minutes' | 'workers' | 'rest-ms' | 'kills' | 'seed'): number {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} is to be a number.`);
  return value;
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function describeLoad(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
}

function printSample(
  { atMs, residentBytes, liveBytes, loopDelayP99Ms, handles }: SoakSample,
  { calls }: SoakTally,
): void {
  const cells = [
    (atMs / msPerMinute).toFixed(2),
    `${calls}`,
    (residentBytes / 1e6).toFixed(0),
    liveBytes === undefined ? '' : (liveBytes / 1e6).toFixed(0),
    `${handles ?? 'unknown'}`,
    loopDelayP99Ms.toFixed(0),
  ];
  print(`| ${cells.join(' | ')} |`);
}

async function soak(): Promise<boolean> {
  const minutes = readNumber('minutes');
  const loadBefore = describeLoad();
  print(
    '| minute | calls | MB in RAM | MB in use | handles | loop delay p99, ms |',
    '| --- | --- | --- | --- | --- | --- |',
  );
  const report = await runSoak({
    isOver: ({ elapsedMs }) => elapsedMs >= minutes * msPerMinute,
    workers: readNumber('workers'),
    restMs: readNumber('rest-ms'),
    sampleEveryMs,
    seed: readNumber('seed'),
    onSample: printSample,
  });
  const { tally, samples, problems } = report;
  const resident = fitMemory(
    samples.map(({ atMs, residentBytes }) => ({ atMs, bytes: residentBytes })),
    skippedShare,
  );
  const live = fitMemory(
    report.collections.map(({ atMs, liveBytes }) => ({ atMs, bytes: liveBytes })),
    skippedShare,
  );
  const delays = samples.map(({ loopDelayP99Ms }) => loopDelayP99Ms).sort((a, b) => a - b);
  const isFlat = live.points < minCollections || live.slopeMbPerMinute <= maxSlopeMbPerMinute;
  const rows: [string, string][] = [
    ['duration', `${(report.durationMs / msPerMinute).toFixed(1)} min`],
    ['load average before and after', `${loadBefore}; ${describeLoad()}`],
    [
      'chat calls',
      `${tally.calls}: ${tally.answered} answered, ${tally.failed} failed as told, ${tally.left} left by the client`,
    ],
    ['other requests', `${report.otherSteps}, of which ${tally.rejected} were turned away as bad`],
    ['RAM, second half', describeMemory(resident)],
    [
      'in use after full collections, second half',
      `${describeMemory(live)} in ${live.points} collections: ${isFlat ? 'flat' : 'grows'}`,
    ],
    ['files and sockets before and after', `${report.handlesBefore ?? 'unknown'}; ${report.handlesAfter ?? 'unknown'}`],
    ['event loop delay p99, median and worst', `${middleOf(delays).toFixed(0)} ms; ${delays.at(-1)?.toFixed(0)} ms`],
    ['problems', `${problems.length}`],
  ];
  print(
    '',
    '| what | figure |',
    '| --- | --- |',
    ...rows.map(([what, figure]) => `| ${what} | ${figure} |`),
    '',
    ...problems,
  );
  return isFlat && problems.length === 0;
}

function describeMemory({ firstMb, lastMb, slopeMbPerMinute }: MemoryTrend): string {
  return `${firstMb.toFixed(0)} to ${lastMb.toFixed(0)} MB, ${slopeMbPerMinute.toFixed(2)} MB/min`;
}

function middleOf(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function kill(): Promise<boolean> {
  const startedAtMs = performance.now();
  const { kills, acknowledged, killedAtStart, storedUnacknowledged } = await killWriters({
    kills: readNumber('kills'),
    seed: readNumber('seed'),
  });
  print(
    `${kills} writers were killed in ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s, ${killedAtStart} of them before their first write was acknowledged.`,
    `The store opened each time, with each of the ${acknowledged} acknowledged writes; ${storedUnacknowledged} times with the one that was under way, whole.`,
  );
  return true;
}

process.exitCode = (await (values.kill ? kill() : soak())) ? 0 : 1;
