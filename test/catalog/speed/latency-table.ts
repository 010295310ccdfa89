import { type SimulationOptions, type SimulationResult, simulate } from './simulation.ts';
import {
  atRandom,
  bestOnAverage,
  bookStrategy,
  type CreateStrategy,
  oracle,
  plainAverage,
  roundRobin,
} from './strategies.ts';

/** The strategies that are compared, by what the table calls them. */
const strategies: readonly (readonly [name: string, createStrategy: CreateStrategy])[] = [
  ['an oracle, which knows how every provider is now', oracle],
  ['`sort: latency`', bookStrategy()],
  ['the same without probes', bookStrategy({ probeShare: 0 })],
  ['a moving average (each call a tenth), without probes', plainAverage],
  ['always the one that is best on average', bestOnAverage],
  ['each in turn', roundRobin],
  ['by chance', atRandom],
];

/** Other fates of the same five providers, and servers with less and more to do. */
const otherRuns: readonly Omit<SimulationOptions, 'createStrategy'>[] = [
  { seed: 2, requests: 100_000, rate: 4 },
  { seed: 3, requests: 100_000, rate: 4 },
  { seed: 8, requests: 100_000, rate: 4 },
  { seed: 1, requests: 30_000, rate: 0.5 },
  { seed: 3, requests: 100_000, rate: 20 },
];

/** Runs everything, and gives back the two tables of docs/latency.md. The same ones each time. */
export function renderLatencyTables(): string {
  return `${renderStrategies()}\n\n${renderOtherRuns()}\n`;
}

function renderStrategies(): string {
  const results = strategies.map(
    ([name, createStrategy]) => [name, simulate({ createStrategy, seed: 1, requests: 100_000 })] as const,
  );
  const bestMs = results[0]?.[1].meanMs ?? 0;
  return renderTable(
    ['First choice', 'Mean', 'Of the oracle’s', 'Median', 'p99', 'First attempt failed', 'Still the slow one'],
    results.map(([name, result]) => [
      name,
      milliseconds(result.meanMs),
      percent(result.meanMs / bestMs, 1),
      milliseconds(result.p50Ms),
      milliseconds(result.p99Ms),
      percent(result.failoverShare, 1),
      late(result),
    ]),
  );
}

function renderOtherRuns(): string {
  return renderTable(
    [
      'Seed',
      'Requests a second',
      'Requests',
      'Oracle',
      '`sort: latency`',
      'Without probes',
      'Probes',
      'Still the slow one',
    ],
    otherRuns.map((run) => {
      const best = simulate({ ...run, createStrategy: oracle });
      const book = simulate({ ...run, createStrategy: bookStrategy() });
      const unprobed = simulate({ ...run, createStrategy: bookStrategy({ probeShare: 0 }) });
      return [
        String(run.seed),
        String(run.rate),
        run.requests.toLocaleString('en-US'),
        milliseconds(best.meanMs),
        percent(book.meanMs / best.meanMs, 1),
        percent(unprobed.meanMs / best.meanMs, 1),
        percent(book.probeShare, 1),
        late(book),
      ];
    }),
  );
}

function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** Where the preferred provider never turned slow, there is nothing to leave. */
function late({ slowdowns, lateShare }: SimulationResult): string {
  return slowdowns === 0 ? '' : `${percent(lateShare, 0)} of ${slowdowns}`;
}
