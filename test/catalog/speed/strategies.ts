import {
  createPerformanceBook,
  type PerformanceBookOptions,
} from '../../../src/catalog/speed/create-performance-book.ts';
import type { MeasuredAttempt } from '../../../src/catalog/speed/read-attempt.ts';
import type { Clock } from '../../../src/core/clock.ts';
import type { AttemptStart, FirstToken } from '../../../src/core/events.ts';
import type { ProviderScript } from './simulated-provider.ts';

/** What a strategy is made with. */
export interface StrategyContext {
  readonly providers: readonly ProviderScript[];
  readonly clock: Clock;
  readonly random: () => number;
}

/** A way to choose. */
export interface Strategy {
  /** The providers' numbers in the order in which a call that comes now tries them. */
  order(): number[];
  noteStart?(start: AttemptStart): void;
  /** Hears of a first token when it comes. */
  noteFirstToken?(firstToken: FirstToken, provider: number): void;
  /** Hears of an attempt when it ends. */
  note(attempt: MeasuredAttempt, provider: number): void;
  /** How often it has tried another one first than the best it knows. */
  readonly probes?: number;
}

/** Makes a strategy for one run. */
export type CreateStrategy = (context: StrategyContext) => Strategy;

function sortBy(count: number, rank: (provider: number) => number): number[] {
  return Array.from({ length: count }, (_, provider) => ({ provider, rank: rank(provider) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ provider }) => provider);
}

/** What `sort: latency` does. */
export function bookStrategy(options: Partial<PerformanceBookOptions> = {}): CreateStrategy {
  return ({ providers, clock, random }) => {
    const book = createPerformanceBook({ clock, random, ...options });
    const names = providers.map(({ name }) => name);
    const numbers = new Map(names.map((name, number) => [name, number]));
    let probes = 0;
    return {
      order() {
        const ranked = names
          .map((name) => ({ name, rank: book.expectFirstTokenMs(name) }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ name }) => name);
        const probe = book.chooseProbe(ranked);
        if (probe !== undefined) {
          probes += 1;
          ranked.unshift(...ranked.splice(probe, 1));
        }
        return ranked.map((name) => numbers.get(name) ?? 0);
      },
      noteStart: (start) => book.noteStart(start),
      noteFirstToken: (firstToken) => book.noteFirstToken(firstToken),
      note: (attempt) => book.note(attempt),
      get probes() {
        return probes;
      },
    };
  };
}

/** Knows how every provider is at the moment, which nobody can. */
export const oracle: CreateStrategy = ({ providers, clock }) => ({
  order: () => {
    const nowMs = clock.nowMs();
    return sortBy(providers.length, (provider) => providers[provider]?.at(nowMs).costMs ?? 0);
  },
  note() {},
});

/** Always the same order: the best on average over the whole run first. */
export const bestOnAverage: CreateStrategy = ({ providers }) => {
  const fixed = sortBy(providers.length, (provider) => providers[provider]?.averageCostMs() ?? 0);
  return { order: () => fixed, note() {} };
};

/** Each one in turn. */
export const roundRobin: CreateStrategy = ({ providers: { length } }) => {
  let next = 0;
  return {
    order() {
      const first = next;
      next = (next + 1) % length;
      return Array.from({ length }, (_, place) => (first + place) % length);
    },
    note() {},
  };
};

/** The mean of past times to the first token, a failure's duration counting as one, each new one by a tenth. Those not tried come first. */
export const plainAverage: CreateStrategy = ({ providers }) => {
  const means: (number | undefined)[] = providers.map(() => undefined);
  const add = (provider: number, timeMs: number): void => {
    const mean = means[provider];
    means[provider] = mean === undefined ? timeMs : 0.9 * mean + 0.1 * timeMs;
  };
  return {
    order: () => sortBy(providers.length, (provider) => means[provider] ?? 0),
    noteFirstToken: ({ timeToFirstTokenMs }, provider) => add(provider, timeToFirstTokenMs),
    note({ timeToFirstTokenMs, durationMs }, provider) {
      if (timeToFirstTokenMs === undefined) add(provider, durationMs);
    },
  };
};
