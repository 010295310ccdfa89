import { LatencyHistogram } from './latency-histogram.ts';
import { type MemorySpan, meanNames, SpeedMemory, type SpeedSample, type SpeedSeed } from './speed-memory.ts';

/** How long a candidate's two memories remember. */
export interface SpeedSpans {
  /** What decides now. */
  readonly recent: MemorySpan;
  /** What is usual: what the recent one falls back on when calls are rare. */
  readonly usual: MemorySpan;
}

/** All that was measured of one candidate: a few hundred bytes, however many calls there were. */
export class CandidateSpeed {
  readonly recent: SpeedMemory;
  readonly usual: SpeedMemory;
  /** Times to the first token, over the usual span. */
  readonly histogram = new LatencyHistogram();
  readonly #spans: SpeedSpans;
  #timeMs: number;

  /** @param timeMs - when it begins, Unix time in milliseconds. */
  constructor(spans: SpeedSpans, timeMs: number) {
    this.recent = new SpeedMemory(spans.recent);
    this.usual = new SpeedMemory(spans.usual);
    this.#spans = spans;
    this.#timeMs = timeMs;
  }

  /** What time it has faded to, Unix time in milliseconds. */
  get timeMs(): number {
    return this.#timeMs;
  }

  /** Whether any attempt has said anything of it, however long ago. */
  get isMeasured(): boolean {
    return meanNames.some((name) => this.usual.means[name].weight > 0);
  }

  add(sample: SpeedSample, nowMs: number): void {
    this.fadeTo(nowMs);
    this.recent.add(sample);
    this.usual.add(sample);
    if (sample.firstTokenMs !== undefined) this.histogram.add(sample.firstTokenMs, this.#spans.usual.windowCalls);
  }

  /** Lets samples fade up to now. A clock that was set back makes nothing younger: time counts on from where it is. */
  fadeTo(nowMs: number): void {
    const elapsedMs = nowMs - this.#timeMs;
    this.#timeMs = nowMs;
    if (elapsedMs <= 0) return;
    this.recent.fade(elapsedMs);
    this.usual.fade(elapsedMs);
    this.histogram.fade(2 ** (-elapsedMs / this.#spans.usual.halfLifeMs));
  }

  /** Adds what another process, or this one later on, measured of the same candidate. */
  append(later: CandidateSpeed, nowMs: number): void {
    this.fadeTo(nowMs);
    later.fadeTo(nowMs);
    this.recent.append(later.recent);
    this.usual.append(later.usual);
    this.histogram.append(later.histogram);
  }

  /** What is to be expected of the next call: what was measured lately, for want of that what is usual, for want of that the seed. */
  expect(seed: SpeedSeed): SpeedSeed {
    return this.recent.blend(this.usual.blend(seed));
  }
}
