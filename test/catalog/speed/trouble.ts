import type { ProviderScript, ProviderState } from './simulated-provider.ts';
import { profiles, simulate } from './simulation.ts';
import type { CreateStrategy } from './strategies.ts';

/** What comes over the best provider, and stays. `slow`: five times as slow. `hung`: no call gets a first token until it times out. */
export type Trouble = 'slow' | 'hung';

/** What requests meet after the best provider came to be in trouble. */
export interface TroubleResult {
  /** How many of the first 150 requests still went there first, on average. */
  readonly met: number;
  /** The share of the 51st to the 150th that did. */
  readonly lateShare: number;
}

/** After how many requests trouble begins. */
const quietRequests = 400;
const slowness = 5;
/** When calls that hang time out. */
const hungMs = 30_000;

/** Tries a strategy on five providers that stay as they are, but for one trouble in each trial. */
export function simulateTrouble(
  createStrategy: CreateStrategy,
  trouble: Trouble,
  rate: number,
  trials: number,
): TroubleResult {
  const troubleAtMs = (quietRequests / rate) * 1000;
  const providers = profiles.map((profile, number): ProviderScript => {
    const usual = createState(profile.medianMs, profile.spread, profile.failureRate, 300);
    const troubled =
      trouble === 'slow'
        ? createState(profile.medianMs * slowness, profile.spread, profile.failureRate, 300)
        : createState(profile.medianMs, profile.spread, 1, hungMs);
    return {
      name: profile.name,
      spread: profile.spread,
      at: (timeMs) => (number === 0 && timeMs >= troubleAtMs ? troubled : usual),
      listSlowdowns: () => (number === 0 ? [troubleAtMs] : []),
      averageCostMs: () => usual.costMs,
    };
  });
  const results = Array.from({ length: trials }, (_, trial) =>
    simulate({ createStrategy, providers, seed: 1 + trial, requests: 2 * quietRequests + 200, rate }),
  ).filter(({ slowdowns }) => slowdowns > 0);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    met: mean(results.map(({ metBySlow }) => metBySlow)),
    lateShare: mean(results.map(({ lateShare }) => lateShare)),
  };
}

function createState(medianMs: number, spread: number, failureRate: number, failureMs: number): ProviderState {
  const costMs = medianMs * Math.exp(spread ** 2 / 2) + (failureRate / (1 - failureRate)) * failureMs;
  return { medianMs, failureRate, failureMs, isSlow: false, costMs };
}
