import { createSeededRandom, drawNormal } from './seeded-random.ts';

/** How a provider is at one time. */
export interface ProviderState {
  /** The median of the time to the first token, in milliseconds. */
  readonly medianMs: number;
  /** The share of attempts that fail. */
  readonly failureRate: number;
  /** How long a failed attempt takes, in milliseconds. */
  readonly failureMs: number;
  /** Whether a sudden slowdown is on. */
  readonly isSlow: boolean;
  /** What the order of candidates is decided by when everything is known: the mean time of a try, for each that succeeds. */
  readonly costMs: number;
}

/** How a provider is at any time, which is the same for every strategy. */
export interface ProviderScript {
  readonly name: string;
  /** How much single calls scatter: the deviation of the logarithm. */
  readonly spread: number;
  /** @param timeMs - from the start of the simulation. */
  at(timeMs: number): ProviderState;
  /** When sudden slowdowns begin, in milliseconds. */
  listSlowdowns(): number[];
  /** What the order of candidates is decided by, on average over the whole script. */
  averageCostMs(): number;
}

/** A provider on average over its whole script. */
export interface ProviderProfile {
  readonly name: string;
  /** The median of the time to the first token around which it drifts, in milliseconds. */
  readonly medianMs: number;
  /** How much single calls scatter: the deviation of the logarithm. */
  readonly spread: number;
  readonly failureRate: number;
}

/** How long one state lasts, in milliseconds. */
const stepMs = 5_000;
const minuteMs = 60_000;
/** The walk forgets half of where it was in so long. */
const walkHalfLifeMs = 20 * minuteMs;
/** How far the walk strays: the deviation of the logarithm. */
const walkSpread = 0.3;

/** A provider whose speed and failures follow a script that is drawn from a seed: the same for every strategy. */
export class SimulatedProvider implements ProviderScript {
  readonly name: string;
  readonly spread: number;
  readonly #states: ProviderState[] = [];

  constructor(profile: ProviderProfile, seed: number, lengthMs: number) {
    this.name = profile.name;
    this.spread = profile.spread;
    const random = createSeededRandom(seed);
    const keep = 0.5 ** (stepMs / walkHalfLifeMs);
    const push = walkSpread * Math.sqrt(1 - keep * keep);
    let walk = walkSpread * drawNormal(random);
    let slowUntilMs = 0;
    let slowness = 1;
    let outUntilMs = 0;
    let outageMs = 0;
    for (let timeMs = 0; timeMs <= lengthMs; timeMs += stepMs) {
      walk = walk * keep + push * drawNormal(random);
      // About once an hour it turns several times as slow at once, for 3 to 15 minutes.
      if (timeMs >= slowUntilMs && random() < stepMs / (60 * minuteMs)) {
        slowUntilMs = timeMs + (3 + 12 * random()) * minuteMs;
        slowness = 3 + 7 * random();
      }
      // About every three hours it fails for 1 to 8 minutes: at once, or after a timeout.
      if (timeMs >= outUntilMs && random() < stepMs / (180 * minuteMs)) {
        outUntilMs = timeMs + (1 + 7 * random()) * minuteMs;
        outageMs = random() < 0.5 ? 150 : 5_000;
      }
      const isSlow = timeMs < slowUntilMs;
      const isOut = timeMs < outUntilMs;
      const medianMs = profile.medianMs * Math.exp(walk) * (isSlow ? slowness : 1);
      const failureRate = isOut ? 0.95 : profile.failureRate;
      const failureMs = isOut ? outageMs : 300;
      // The mean of a logarithmic normal distribution is above its median.
      const meanMs = medianMs * Math.exp(this.spread ** 2 / 2);
      const costMs = meanMs + (failureRate / (1 - failureRate)) * failureMs;
      this.#states.push({ medianMs, failureRate, failureMs, isSlow, costMs });
    }
  }

  /** How it is at a time in milliseconds. After the end of the script it stays as it is. */
  at(timeMs: number): ProviderState {
    const state = this.#states[Math.min(Math.floor(timeMs / stepMs), this.#states.length - 1)];
    if (state === undefined) throw new RangeError('The script of a provider has at least one state.');
    return state;
  }

  listSlowdowns(): number[] {
    return this.#states.flatMap(({ isSlow }, index) =>
      isSlow && this.#states[index - 1]?.isSlow === false ? [index * stepMs] : [],
    );
  }

  averageCostMs(): number {
    return this.#states.reduce((sum, { costMs }) => sum + costMs, 0) / this.#states.length;
  }
}
