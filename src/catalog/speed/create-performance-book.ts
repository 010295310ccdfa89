import type { Clock } from '../../core/clock.ts';
import type { AttemptStart, FirstToken } from '../../core/events.ts';
import type { PerformanceBook, SpeedEstimate } from '../performance.ts';
import { CandidateSpeed, type SpeedSpans } from './candidate-speed.ts';
import { chooseStale, type ProbeCandidate } from './choose-stale.ts';
import { rankingMs } from './ranking-ms.ts';
import { type MeasuredAttempt, readAttempt, readFirstToken } from './read-attempt.ts';
import { type SpeedSample, type SpeedSeed, seedWeight } from './speed-memory.ts';
import { WaitingAttempts } from './waiting-attempts.ts';

/** What a book is made with. Times are in milliseconds. */
export interface PerformanceBookOptions {
  /** Its wall clock says how old samples are, which outlive the process; its monotonic one how long ago the last probe was. */
  readonly clock: Clock;
  /** Draws probes: from 0, below 1. */
  readonly random: () => number;
  /** After how long a call counts half for what decides now. Default: 60,000. */
  readonly halfLifeMs?: number | undefined;
  /** How many calls count at most for it, so that a busy server notices a change by calls and not by minutes. Default: 20. */
  readonly windowCalls?: number | undefined;
  /** After how long a call counts half for what is usual, and in percentiles. Default: one day. */
  readonly usualHalfLifeMs?: number | undefined;
  /** The share of calls that may try another candidate than the best one first. 0: none. Default: 0.01. */
  readonly probeShare?: number | undefined;
  /**
   * The share of calls with a short list (16 candidates at most) that may first try one that was never measured, while there is one.
   * Takes no effect when `probeShare` is 0. Default: 0.1.
   */
  readonly coldProbeShare?: number | undefined;
  /** How long after a probe of a candidate the next one may be. Default: 10,000. */
  readonly probeIntervalMs?: number | undefined;
  /** How many candidates are remembered. Those that were not called for the longest time are forgotten first. Default: 2,000. */
  readonly maxCandidates?: number | undefined;
  /** How many attempts of a candidate are watched at a time while they wait for their first token. Default: 1,000. */
  readonly maxWaiting?: number | undefined;
  /** What is assumed of a candidate that was not measured. Default: {@link defaultSeed} for all. */
  readonly seedOf?: ((candidate: string) => SpeedSeed) | undefined;
}

/** A book with what keeps it. */
export interface MeasuredPerformanceBook extends PerformanceBook {
  /** Notes that an attempt began: while a streamed one waits for longer than is usual, that counts already. Never throws. */
  noteStart(start: AttemptStart): void;
  /** Notes the first token of an attempt when it comes. Never throws. */
  noteFirstToken(firstToken: FirstToken): void;
  /** Notes what the end of an attempt adds to its first token. Never throws. */
  note(attempt: MeasuredAttempt): void;
  /** How many candidates it remembers. */
  readonly size: number;
  readonly spans: SpeedSpans;
  /** Takes what was measured here since the last time, by candidate. What the book reads stays as it is. */
  takeUnshared(): Map<string, CandidateSpeed>;
  /** Gives back what was taken and could not be shared. */
  returnUnshared(unshared: ReadonlyMap<string, CandidateSpeed>): void;
  /** Replaces what is known of a candidate by what all processes measured together. What was not shared yet is added to it. */
  adopt(candidate: string, shared: CandidateSpeed): void;
}

/**
 * What is assumed of a model that was never called. Slower than most models are, so that one that was measured is preferred to one that
 * nobody knows, and faster than one that is in trouble, so that this one is left.
 */
export const defaultSeed: SpeedSeed = { firstTokenMs: 1500, tokensPerSecond: 30, failureRate: 0.02, failureMs: 1000 };

const dayMs = 24 * 60 * 60 * 1000;
/** Enough for a percentile of 99, which needs 200. */
const usualWindowCalls = 1000;
/** How many times as many calls count for failures as for times: a failure says much about the next call only when it is not alone. */
const outcomeWindowFactor = 3;
/** A candidate with less than this weight of recent calls may be probed. */
const freshWeight = 4;
/** A list is short up to this length: the hosts of one model, or a small pool. To try all of a long one would slow down too many calls. */
const shortListLength = 16;
/** After so many of them that measured nothing, since requests were refused, say, a candidate is probed as seldom as any other. */
const maxColdProbes = 3;
/** With less than this of a call left, speed counts as assumed. */
const minMeasuredWeight = 0.5;

interface Entry {
  readonly seed: SpeedSeed;
  known: CandidateSpeed;
  unshared: CandidateSpeed | undefined;
  /** On the monotonic clock. */
  probedAtMs: number | undefined;
  /** How often it was chosen because it was never measured. */
  coldProbes: number;
}

/** A candidate of a ranked list and its place there. */
type Placed = Pick<ProbeCandidate, 'candidate' | 'index'>;

/** Makes a book that knows nothing yet, in memory. */
export function createPerformanceBook(options: PerformanceBookOptions): MeasuredPerformanceBook {
  return new MemoryPerformanceBook(options);
}

class MemoryPerformanceBook implements MeasuredPerformanceBook {
  readonly spans: SpeedSpans;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #seedOf: (candidate: string) => SpeedSeed;
  readonly #probeShare: number;
  readonly #coldProbeShare: number;
  readonly #probeIntervalMs: number;
  readonly #maxCandidates: number;
  readonly #maxWaiting: number;
  /** Those that wait for their first token, by candidate. A candidate without any is not there. */
  readonly #waiting = new Map<string, WaitingAttempts>();
  /** In the order of their last calls. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: PerformanceBookOptions) {
    const { halfLifeMs = 60_000, windowCalls = 20, usualHalfLifeMs = dayMs } = options;
    const outcomeWindowCalls = windowCalls * outcomeWindowFactor;
    this.spans = {
      recent: { halfLifeMs, windowCalls, outcomeWindowCalls },
      usual: { halfLifeMs: usualHalfLifeMs, windowCalls: usualWindowCalls, outcomeWindowCalls: usualWindowCalls },
    };
    this.#clock = options.clock;
    this.#random = options.random;
    this.#seedOf = options.seedOf ?? (() => defaultSeed);
    this.#probeShare = options.probeShare ?? 0.01;
    this.#coldProbeShare = this.#probeShare > 0 ? (options.coldProbeShare ?? 0.1) : 0;
    this.#probeIntervalMs = options.probeIntervalMs ?? 10_000;
    this.#maxCandidates = options.maxCandidates ?? 2_000;
    this.#maxWaiting = options.maxWaiting ?? 1_000;
  }

  get size(): number {
    return this.#entries.size;
  }

  noteStart({ generationId, model, isStreamed }: AttemptStart): void {
    if (!isStreamed) return;
    let waiting = this.#waiting.get(model);
    if (waiting === undefined) {
      if (this.#waiting.size >= this.#maxCandidates) return;
      waiting = new WaitingAttempts(this.#maxWaiting);
      this.#waiting.set(model, waiting);
    }
    waiting.begin(generationId, this.#clock.monotonicMs());
  }

  noteFirstToken(firstToken: FirstToken): void {
    if (firstToken.isStreamed) this.#endWait(firstToken);
    this.#add(firstToken.model, readFirstToken(firstToken), this.#clock.nowMs());
  }

  note(attempt: MeasuredAttempt): void {
    const nowMs = this.#clock.nowMs();
    // After its first token it does not wait any more, and the next attempt of the same call may.
    if (attempt.isStreamed && attempt.timeToFirstTokenMs === undefined) this.#endWait(attempt);
    this.#add(attempt.model, readAttempt(attempt, this.#measure(attempt.model, nowMs).firstTokenMs), nowMs);
  }

  read(candidate: string): SpeedEstimate {
    const nowMs = this.#clock.nowMs();
    const { firstTokenMs, tokensPerSecond, failureRate } = this.#expect(candidate, nowMs);
    const known = this.#entries.get(candidate)?.known;
    return {
      timeToFirstTokenMs: firstTokenMs,
      p50Ms: known?.histogram.percentile(0.5),
      p90Ms: known?.histogram.percentile(0.9),
      p99Ms: known?.histogram.percentile(0.99),
      tokensPerSecond,
      failureRate,
      weight: known?.usual.means.failureRate.weight ?? 0,
      isAssumed: (known?.usual.means.firstTokenMs.weight ?? 0) < minMeasuredWeight,
    };
  }

  expectFirstTokenMs(candidate: string): number {
    return rankingMs(this.#expect(candidate, this.#clock.nowMs()));
  }

  expectTokensPerSecond(candidate: string): number {
    const { tokensPerSecond, failureRate } = this.#expect(candidate, this.#clock.nowMs());
    return tokensPerSecond * (1 - failureRate);
  }

  chooseProbe(ranked: readonly string[]): number | undefined {
    if (ranked.length < 2) return undefined;
    const coldShare = ranked.length <= shortListLength ? this.#coldProbeShare : 0;
    const drawn = this.#random();
    // Almost every call of a long list ends here, so that it costs nothing.
    if (drawn >= Math.max(this.#probeShare, coldShare)) return undefined;
    const nowMs = this.#clock.nowMs();
    const cold = drawn < coldShare ? this.#chooseCold(ranked) : undefined;
    const chosen = cold ?? (drawn < this.#probeShare ? this.#chooseStale(ranked, nowMs) : undefined);
    if (chosen === undefined) return undefined;
    const entry = this.#touch(chosen.candidate, nowMs);
    entry.probedAtMs = this.#clock.monotonicMs();
    if (chosen === cold) entry.coldProbes += 1;
    return chosen.index;
  }

  takeUnshared(): Map<string, CandidateSpeed> {
    const taken = new Map<string, CandidateSpeed>();
    for (const [candidate, entry] of this.#entries) {
      if (entry.unshared === undefined) continue;
      taken.set(candidate, entry.unshared);
      entry.unshared = undefined;
    }
    return taken;
  }

  returnUnshared(unshared: ReadonlyMap<string, CandidateSpeed>): void {
    const nowMs = this.#clock.nowMs();
    for (const [candidate, earlier] of unshared) {
      const entry = this.#entries.get(candidate);
      if (entry === undefined) continue;
      if (entry.unshared !== undefined) earlier.append(entry.unshared, nowMs);
      entry.unshared = earlier;
    }
  }

  adopt(candidate: string, shared: CandidateSpeed): void {
    const nowMs = this.#clock.nowMs();
    const entry = this.#entries.get(candidate) ?? this.#touch(candidate, nowMs);
    shared.fadeTo(nowMs);
    if (entry.unshared !== undefined) shared.append(entry.unshared, nowMs);
    entry.known = shared;
  }

  #endWait({ generationId, model }: Pick<AttemptStart, 'generationId' | 'model'>): void {
    const waiting = this.#waiting.get(model);
    waiting?.end(generationId);
    if (waiting?.size === 0) this.#waiting.delete(model);
  }

  #add(candidate: string, sample: SpeedSample | undefined, nowMs: number): void {
    if (sample === undefined) return;
    const entry = this.#touch(candidate, nowMs);
    entry.known.add(sample, nowMs);
    entry.unshared ??= new CandidateSpeed(this.spans, nowMs);
    entry.unshared.add(sample, nowMs);
  }

  /** What was measured, and what those show that wait. */
  #expect(candidate: string, nowMs: number): SpeedSeed {
    const measured = this.#measure(candidate, nowMs);
    const waiting = this.#waiting.get(candidate);
    if (waiting === undefined) return measured;
    const weight = seedWeight + (this.#entries.get(candidate)?.known.recent.means.firstTokenMs.weight ?? 0);
    return { ...measured, firstTokenMs: waiting.raise(measured.firstTokenMs, weight, this.#clock.monotonicMs()) };
  }

  #measure(candidate: string, nowMs: number): SpeedSeed {
    const entry = this.#entries.get(candidate);
    if (entry === undefined) return this.#seedOf(candidate);
    entry.known.fadeTo(nowMs);
    return entry.known.expect(entry.seed);
  }

  /**
   * One of those that were never measured, all with the same chance. What it would take does not matter here: nobody knows, what is assumed
   * would keep it out of a list whose best one is fast, and one call is enough to know better.
   */
  #chooseCold(ranked: readonly string[]): Placed | undefined {
    const cold = ranked.flatMap((candidate, index) =>
      index > 0 && this.#isCold(candidate) ? [{ candidate, index }] : [],
    );
    return cold.length === 0 ? undefined : cold[Math.floor(this.#random() * cold.length)];
  }

  #chooseStale(ranked: readonly string[], nowMs: number): Placed | undefined {
    const [best] = ranked;
    const stale = ranked.flatMap((candidate, index) =>
      index > 0 && this.#isStale(candidate, nowMs) ? [this.#toProbe(candidate, index, nowMs)] : [],
    );
    if (best === undefined || stale.length === 0) return undefined;
    return chooseStale(stale, rankingMs(this.#expect(best, nowMs)), this.#random());
  }

  /** Whether it is to be measured for the first time. Not while a call of it waits for its first token, which measures it. */
  #isCold(candidate: string): boolean {
    if (this.#waiting.has(candidate)) return false;
    const entry = this.#entries.get(candidate);
    if (entry === undefined) return true;
    return !entry.known.isMeasured && entry.coldProbes < maxColdProbes && this.#isRested(entry);
  }

  #isStale(candidate: string, nowMs: number): boolean {
    const entry = this.#entries.get(candidate);
    if (entry === undefined) return true;
    entry.known.fadeTo(nowMs);
    return entry.known.recent.means.failureRate.weight < freshWeight && this.#isRested(entry);
  }

  /** Whether its last probe was long enough ago. */
  #isRested({ probedAtMs }: Entry): boolean {
    return probedAtMs === undefined || this.#clock.monotonicMs() - probedAtMs >= this.#probeIntervalMs;
  }

  #toProbe(candidate: string, index: number, nowMs: number): ProbeCandidate {
    const { firstTokenMs, failureRate, failureMs } = this.#expect(candidate, nowMs);
    return { candidate, index, firstTokenMs, failureRate, failureMs };
  }

  /** The candidate's entry, moved to the end; the first one leaves when there are too many. */
  #touch(candidate: string, nowMs: number): Entry {
    const found = this.#entries.get(candidate);
    if (found !== undefined) this.#entries.delete(candidate);
    const entry = found ?? {
      seed: this.#seedOf(candidate),
      known: new CandidateSpeed(this.spans, nowMs),
      unshared: undefined,
      probedAtMs: undefined,
      coldProbes: 0,
    };
    this.#entries.set(candidate, entry);
    if (this.#entries.size > this.#maxCandidates) {
      const [stalest] = this.#entries.keys();
      if (stalest !== undefined) this.#entries.delete(stalest);
    }
    return entry;
  }
}
