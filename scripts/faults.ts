/**
 * Puts a whole server with its default configuration before providers that fail in sixteen ways, in real time, over REST and gRPC, streamed
 * and whole, in three wire formats, and prints the table of docs/reliability.md. Takes about as long as the longest silence that the
 * configuration allows. Row numbers as arguments run those alone: `node scripts/faults.ts 8 15`. Ends with 1 unless everything holds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { CallError } from '../test/faults/fault-client.ts';
import {
  describeVariant,
  type FaultRig,
  type FaultVariant,
  isHeldToGood,
  listVariants,
  openFaultRig,
} from '../test/faults/fault-rig.ts';
import { countAttempts, type FaultCase, type FaultRow, faultRows } from '../test/faults/fault-rows.ts';
import { realScale } from '../test/faults/fault-scale.ts';
import { judgeOutage, outageRow, runOutage } from '../test/faults/outage.ts';

/** What was measured of one row. */
interface RowReport {
  readonly row: FaultRow;
  readonly attempts: number;
  readonly seconds: number;
  readonly outcome: string;
  /** What does not hold, one sentence each, with where. */
  readonly mustProblems: readonly string[];
  readonly goodProblems: readonly string[];
}

/** Whether a row waits most of its time. */
function isSlow(row: FaultRow): boolean {
  return row.silence !== undefined || row === outageRow;
}

async function runRow(row: FaultRow): Promise<RowReport> {
  const rig = await openFaultRig(row, realScale);
  try {
    // The first call of a process and of a connection takes longer than any other.
    if (!(await rig.isAlive())) throw new Error('the server does not answer');
    return row === outageRow ? await measureOutage(rig) : await measureCalls(row, rig);
  } finally {
    await rig.close();
  }
}

async function measureCalls(row: FaultRow, rig: FaultRig): Promise<RowReport> {
  const variants = listVariants(row);
  const measure = async (variant: FaultVariant) => ({ variant, seen: await rig.run(variant) });
  // Waiting takes nothing from the machine; what is answered at once has it for itself, so that its time is its own.
  const runs = isSlow(row) ? await Promise.all(variants.map(measure)) : [];
  if (!isSlow(row)) for (const variant of variants) runs.push(await measure(variant));
  return {
    row,
    attempts: Math.max(...runs.map(({ seen }) => countAttempts(seen))),
    seconds: longest(runs.map(({ seen }) => seen)),
    outcome: describeOutcomes(runs),
    mustProblems: runs.flatMap(({ variant, seen }) => tell(variant, row.must(seen))),
    goodProblems: runs.flatMap(({ variant, seen }) =>
      isHeldToGood(row, variant) ? tell(variant, row.good?.(seen) ?? []) : [],
    ),
  };
}

async function measureOutage(rig: FaultRig): Promise<RowReport> {
  const reports = await runOutage(rig, (durationMs) => wait(durationMs));
  const calls = reports.flatMap((report) => report.calls);
  const served = calls.filter(({ outcome }) => outcome.error === undefined && outcome.hasEnd).length;
  const recoveredS = Math.max(...reports.map((report) => report.recoveredAfterMs ?? Number.POSITIVE_INFINITY)) / 1000;
  return {
    row: outageRow,
    attempts: Math.max(...reports.map((report) => report.refusedCount)),
    seconds: longest(calls),
    outcome: `${served} of ${calls.length} answered; the primary used again ${recoveredS.toFixed(0)} s after it was well`,
    mustProblems: reports.flatMap((report) => tell(report.variant, judgeOutage(report))),
    goodProblems: [],
  };
}

function longest(cases: readonly FaultCase[]): number {
  return Math.max(...cases.map(({ outcome }) => outcome.durationMs)) / 1000;
}

function tell(variant: FaultVariant, problems: readonly string[]): string[] {
  return problems.map((problem) => `${describeVariant(variant)}: ${problem}`);
}

/** Such as `streamed: stream_cut; whole: answered by the fallback`, or one word for all. */
function describeOutcomes(runs: readonly { variant: FaultVariant; seen: FaultCase }[]): string {
  const forms = new Map<string, Set<string>>();
  for (const { variant, seen } of runs) {
    const form = [variant.isStreamed ? 'streamed' : 'whole', ...(variant.recovery ? [`\`${variant.recovery}\``] : [])];
    const outcomes = forms.get(form.join(', ')) ?? new Set();
    // Who answered is several where the answer was taken up again.
    const isRecovered = variant.recovery !== undefined && seen.outcome.error === undefined;
    forms.set(form.join(', '), outcomes.add(isRecovered ? 'the whole answer' : describeOutcome(seen)));
  }
  const told = [...forms].map(([form, outcomes]) => ({ form, outcome: [...outcomes].join(' or ') }));
  const [first] = told;
  if (first !== undefined && told.every(({ outcome }) => outcome === first.outcome)) return first.outcome;
  return told.map(({ form, outcome }) => `${form}: ${outcome}`).join('; ');
}

function describeOutcome({ outcome: { error, servedModel }, primary, fallback }: FaultCase): string {
  // The client's mistake is told in the provider's words and with its code.
  if (error !== undefined) return isClientError(error) ? "the provider's refusal" : `\`${error.reason}\``;
  const provider = [primary, fallback].find(({ model }) => model === servedModel);
  return provider === undefined ? 'answered by nobody' : `the ${provider === primary ? 'primary' : 'fallback'} answers`;
}

function isClientError({ status }: CallError): boolean {
  return [400, 'InvalidArgument', 'FailedPrecondition'].includes(status);
}

function printRow({ row, attempts, seconds, outcome, mustProblems, goodProblems }: RowReport): string {
  const hold = (problems: readonly string[]): string => (problems.length === 0 ? 'yes' : 'no');
  const good = row.good === undefined ? '' : hold(goodProblems);
  const cells = [row.number, row.fault, `${attempts}`, seconds.toFixed(2), outcome, hold(mustProblems), good];
  return `| ${cells.join(' | ')} |`;
}

const asked = process.argv.slice(2);
const rows = [...faultRows, outageRow]
  .filter(({ number }) => asked.length === 0 || number.split(', ').some((part) => asked.includes(part)))
  .sort((a, b) => Number.parseInt(a.number, 10) - Number.parseInt(b.number, 10));

const reports = new Map<FaultRow, RowReport>();
for (const row of rows.filter((candidate) => !isSlow(candidate))) reports.set(row, await runRow(row));
await Promise.all(rows.filter(isSlow).map(async (row) => reports.set(row, await runRow(row))));

const inOrder = rows.flatMap((row) => reports.get(row) ?? []);
const problems = inOrder.flatMap(({ row, mustProblems, goodProblems }) =>
  [...mustProblems, ...goodProblems].map((problem) => `row ${row.number}: ${problem}`),
);
const lines = [
  '| # | fault | attempts | seconds | outcome | must | good |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...inOrder.map(printRow),
  '',
  ...problems,
];
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
