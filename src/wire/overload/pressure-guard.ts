import type { Clock } from '../../core/clock.ts';
import type { LoadProbe } from './load-probe.ts';

/** From when on a process takes no more calls. 0: it does not look. */
export interface PressureLimits {
  /** Share of the memory, in percent. */
  readonly maxMemoryPercent: number;
  /** How long everything waits for its turn, in milliseconds. */
  readonly maxEventLoopDelayMs: number;
}

/** What a process is short of. */
export type Pressure = 'memory' | 'event_loop';

/** How often the load is read, in milliseconds. */
const sampleIntervalMs = 250;

/** How far memory must go down before it is enough again, and how far the delay. Without a gap the server would turn on and off all the time. */
const memoryRelief = 0.9;
const delayRelief = 0.5;

/** Watches whether the process has memory and time enough to take more calls. */
export class PressureGuard {
  readonly #limits: PressureLimits;
  readonly #probe: LoadProbe;
  readonly #clock: Clock;
  #isShortOfMemory = false;
  #isLate = false;
  #cancelTimer: () => void = () => {};

  constructor(limits: PressureLimits, probe: LoadProbe, clock: Clock) {
    this.#limits = limits;
    this.#probe = probe;
    this.#clock = clock;
  }

  /** What the process was short of when it was last looked at. Memory goes before time: without it the process ends. */
  get pressure(): Pressure | undefined {
    if (this.#isShortOfMemory) return 'memory';
    return this.#isLate ? 'event_loop' : undefined;
  }

  /**
   * Begins to look, four times a second.
   *
   * @param onChange - called when there is another pressure than before, or none.
   * @returns ends it.
   */
  start(onChange: () => void): () => void {
    this.#arm(onChange);
    return () => {
      this.#cancelTimer();
      this.#probe.close();
    };
  }

  #arm(onChange: () => void): void {
    this.#cancelTimer = this.#clock.after(sampleIntervalMs, () => {
      const before = this.pressure;
      this.#sample();
      if (this.pressure !== before) onChange();
      this.#arm(onChange);
    });
  }

  #sample(): void {
    const { memoryShare, eventLoopDelayMs } = this.#probe.read();
    const { maxMemoryPercent, maxEventLoopDelayMs } = this.#limits;
    this.#isShortOfMemory = isPast(memoryShare * 100, maxMemoryPercent, this.#isShortOfMemory ? memoryRelief : 1);
    this.#isLate = isPast(eventLoopDelayMs, maxEventLoopDelayMs, this.#isLate ? delayRelief : 1);
  }
}

/** @param factor - what the limit is multiplied with. A limit of 0 is none. */
function isPast(value: number, limit: number, factor: number): boolean {
  return limit > 0 && value >= limit * factor;
}
