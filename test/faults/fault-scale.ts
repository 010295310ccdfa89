/** Where an upstream is silent: before its answer, inside it, after it. */
export type Silence = 'before' | 'inside' | 'after';

/** How a server is set up for a silence. */
export interface ServerPace {
  /** What the configuration says beside its defaults. Default: nothing. */
  readonly config?: string;
  /** How many of the server's seconds are one. Default: 1. */
  readonly clockSpeed?: number;
}

/**
 * How long things take. The tests have a scale of their own, which keeps the order of the times and none of their lengths;
 * `scripts/faults.ts` runs with the times of the table and the defaults of the configuration.
 */
export interface FaultScale {
  /** Whether durations are those of the table, so that they can be held to it. */
  readonly isReal: boolean;
  /** How long a client waits before it gives a call up. */
  readonly patienceMs: number;
  /** When the first token comes that comes too late. */
  readonly lateFirstTokenMs: number;
  readonly server: Readonly<Partial<Record<Silence, ServerPace>>>;
}

const lateFirstTokenMs = 20_000;

/** The table as it is, the configuration as it comes. */
export const realScale: FaultScale = {
  isReal: true,
  patienceMs: 300_000,
  lateFirstTokenMs,
  server: {},
};

/** A first-token timeout of 15 s so takes one. */
const firstTokenSpeed = 15;

/**
 * Short enough to be run with every change. Each timeout is long beside what a busy machine takes for a healthy answer, and short beside what
 * it bounds.
 */
export const testScale: FaultScale = {
  isReal: false,
  patienceMs: 12_000,
  lateFirstTokenMs: lateFirstTokenMs / firstTokenSpeed,
  server: {
    before: { clockSpeed: firstTokenSpeed },
    inside: { config: 'upstream: { idle_timeout_ms: 1500 }' },
    after: { config: 'upstream: { finish_timeout_ms: 200 }' },
  },
};
