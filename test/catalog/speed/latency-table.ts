import { type SimulationOptions, type SimulationResult, simulate } from './simulation.ts';
import { bestOnAverage, bookStrategy, type CreateStrategy, oracle, plainAverage, roundRobin } from './strategies.ts';
import { simulateTrouble, type Trouble } from './trouble.ts';

/** The strategies that are compared, by what the table calls them. */
const strategies: readonly (readonly [name: string, createStrategy: CreateStrategy])[] = [
  ['an oracle, which knows how every provider is now', oracle],
  ['`sort: latency`', bookStrategy()],
  ['the same without probes', bookStrategy({ probeShare: 0 })],
  ['a moving average (each call a tenth), without probes', plainAverage],
  ['always the one that is best on average', bestOnAverage],
  ['each in turn', roundRobin],
];

/** Other fates of the same five providers, and servers with less and more to do. */
const otherRuns: readonly Omit<SimulationOptions, 'createStrategy'>[] = [
  { seed: 1, requests: 15_000, rate: 0.5 },
  { seed: 2, requests: 15_000, rate: 0.5 },
  { seed: 2, requests: 20_000, rate: 4 },
  { seed: 3, requests: 20_000, rate: 4 },
  { seed: 1, requests: 20_000, rate: 20 },
  { seed: 3, requests: 20_000, rate: 20 },
];

/** Strategies that meet a provider in trouble. */
const troubledStrategies: typeof strategies = [
  ['`sort: latency`', bookStrategy()],
  ['the same without watching calls that wait', bookStrategy({ maxWaiting: 0 })],
  ['a moving average', plainAverage],
];

const troubles: readonly (readonly [name: string, trouble: Trouble])[] = [
  ['five times as slow', 'slow'],
  ['hung', 'hung'],
];
const rates = [0.5, 4, 20];
const trials = 10;

/** Runs everything, and gives back the three tables of docs/latency.md. The same ones each time. */
export function renderLatencyTables(): string {
  return `${renderStrategies()}\n\n${renderOtherRuns()}\n\n${renderTroubles()}\n`;
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
    ['Seed', 'Requests a second', 'Requests', 'Oracle', '`sort: latency`', 'Of the oracle’s', 'Probes'],
    otherRuns.map((run) => {
      const best = simulate({ ...run, createStrategy: oracle });
      const book = simulate({ ...run, createStrategy: bookStrategy() });
      return [
        String(run.seed),
        String(run.rate),
        run.requests.toLocaleString('en-US'),
        milliseconds(best.meanMs),
        milliseconds(book.meanMs),
        percent(book.meanMs / best.meanMs, 1),
        percent(book.probeShare, 1),
      ];
    }),
  );
}

function renderTroubles(): string {
  return renderTable(
    [
      'The best provider turns',
      'First choice',
      ...rates.flatMap((rate) => [`Went there at ${rate}/s`, `Late at ${rate}/s`]),
    ],
    troubles.flatMap(([troubleName, trouble]) =>
      troubledStrategies.map(([name, createStrategy]) => [
        troubleName,
        name,
        ...rates.flatMap((rate) => {
          const { met, lateShare } = simulateTrouble(createStrategy, trouble, rate, trials);
          return [met.toFixed(1), percent(lateShare, 0)];
        }),
      ]),
    ),
    2,
  );
}

function renderTable(header: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): string {
  const rule = header.map((_, column) => (column < textColumns ? '---' : '---:'));
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
