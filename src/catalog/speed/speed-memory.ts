import { DecayedMean } from './decayed-mean.ts';

/** How long a memory remembers. */
export interface MemorySpan {
  /** After how many milliseconds a sample counts half. */
  readonly halfLifeMs: number;
  /** How many samples count at most, so that new ones push out old ones on a busy server sooner than time does. */
  readonly windowCalls: number;
  /** The same of successes and failures, which say less each. */
  readonly outcomeWindowCalls: number;
}

/** What is known of a candidate before anything is measured, or from a longer memory. */
export interface SpeedSeed {
  /** Time to the first token, in milliseconds. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** The share of attempts that fail, 0 to 1. */
  readonly failureRate: number;
  /** How long a failed attempt takes until it has failed, in milliseconds. */
  readonly failureMs: number;
}

/** What one attempt says of the candidate's speed. Each part is `undefined` where it says nothing. */
export interface SpeedSample {
  /** Time to the first token, in milliseconds. */
  readonly firstTokenMs?: number | undefined;
  /** Milliseconds for each token after the first, and how much that counts: above 0 and at most 1. */
  readonly tokenMs?: { readonly value: number; readonly weight: number } | undefined;
  readonly outcome?: 'success' | 'failure' | undefined;
  /** How long a failed attempt took, in milliseconds. */
  readonly failureMs?: number | undefined;
}

/** The means of a memory, by name. */
export const meanNames = ['firstTokenMs', 'tokenMs', 'failureRate', 'failureMs'] as const;

/** One of the means of a memory. */
export type MeanName = (typeof meanNames)[number];

/** What is assumed counts like so many calls. */
export const seedWeight = 0.25;

/** Means of one candidate over one span of time. */
export class SpeedMemory {
  readonly means: Readonly<Record<MeanName, DecayedMean>> = {
    firstTokenMs: new DecayedMean(),
    tokenMs: new DecayedMean(),
    failureRate: new DecayedMean(),
    failureMs: new DecayedMean(),
  };
  readonly #span: MemorySpan;

  constructor(span: MemorySpan) {
    this.#span = span;
  }

  add({ firstTokenMs, tokenMs, outcome, failureMs }: SpeedSample): void {
    const { windowCalls, outcomeWindowCalls } = this.#span;
    const { means } = this;
    if (firstTokenMs !== undefined) means.firstTokenMs.add(firstTokenMs, 1, windowCalls);
    if (tokenMs !== undefined) means.tokenMs.add(tokenMs.value, tokenMs.weight, windowCalls);
    if (outcome !== undefined) means.failureRate.add(outcome === 'failure' ? 1 : 0, 1, outcomeWindowCalls);
    if (failureMs !== undefined) means.failureMs.add(failureMs, 1, windowCalls);
  }

  /** @param elapsedMs - since the last call of this, 0 or more. */
  fade(elapsedMs: number): void {
    if (elapsedMs <= 0) return;
    const factor = 2 ** (-elapsedMs / this.#span.halfLifeMs);
    const { firstTokenMs, tokenMs, failureRate, failureMs } = this.means;
    firstTokenMs.fade(factor);
    tokenMs.fade(factor);
    failureRate.fade(factor);
    failureMs.fade(factor);
  }

  /** Adds what another memory of the same candidate has, as if it had come after all that is here. Both must have faded to the same time. */
  append(later: SpeedMemory): void {
    for (const name of meanNames) this.means[name].append(later.means[name]);
  }

  /** What this memory makes of what was known before: the seed alone when nothing is measured, and hardly any of it after a few calls. */
  blend(seed: SpeedSeed): SpeedSeed {
    const { firstTokenMs, tokenMs, failureRate, failureMs } = this.means;
    return {
      firstTokenMs: firstTokenMs.blend(seed.firstTokenMs, seedWeight),
      tokensPerSecond: 1000 / tokenMs.blend(1000 / seed.tokensPerSecond, seedWeight),
      failureRate: failureRate.blend(seed.failureRate, seedWeight),
      failureMs: failureMs.blend(seed.failureMs, seedWeight),
    };
  }
}
