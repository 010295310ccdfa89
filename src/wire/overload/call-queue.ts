import type { Clock } from '../../core/clock.ts';

/** The bounds of a queue. */
export interface CallQueueLimits {
  /** Most calls that run at a time. */
  readonly maxCalls: number;
  /** Most calls that wait. */
  readonly maxQueuedCalls: number;
  /** How long a call may wait, in milliseconds. */
  readonly queueTimeoutMs: number;
}

/**
 * What became of a call that asked for a place: it has one, there was not even room to wait, it waited for as long as it may, or it was stopped
 * while it waited.
 */
export type QueueOutcome = 'entered' | 'full' | 'timeout' | 'stopped';

/**
 * A number of places, and a line before them. Who came first goes first; who leaves the line makes room in it at once.
 */
export class CallQueue {
  readonly #limits: CallQueueLimits;
  readonly #clock: Clock;
  readonly #onQueueChange: (change: 1 | -1) => void;
  /** A set keeps its order, and lets go of what is in the midst of it without a search. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** @param onQueueChange - called whenever a call begins or ceases to wait. */
  constructor(limits: CallQueueLimits, clock: Clock, onQueueChange: (change: 1 | -1) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#onQueueChange = onQueueChange;
  }

  /** Calls that have a place. */
  get running(): number {
    return this.#running;
  }

  /** Calls that wait. */
  get queued(): number {
    return this.#waiting.size;
  }

  /** Whether one more call would find no room to wait. */
  get isFull(): boolean {
    return this.#running >= this.#limits.maxCalls && this.#waiting.size >= this.#limits.maxQueuedCalls;
  }

  /**
   * Takes a place, now or when there is one. Whoever gets it must `leave` once.
   *
   * @param signal - aborted when the call is stopped. A call that has its place already is not affected.
   */
  async enter(signal: AbortSignal): Promise<QueueOutcome> {
    if (signal.aborted) return 'stopped';
    if (this.#running < this.#limits.maxCalls) {
      this.#running += 1;
      return 'entered';
    }
    return this.isFull ? 'full' : await this.#wait(signal);
  }

  /** Gives a place back. It goes to the first in the line. */
  leave(): void {
    const [first] = this.#waiting;
    if (first === undefined) this.#running -= 1;
    else first();
  }

  async #wait(signal: AbortSignal): Promise<QueueOutcome> {
    const { promise, resolve } = Promise.withResolvers<QueueOutcome>();
    const settle = (outcome: QueueOutcome): void => {
      this.#waiting.delete(admit);
      signal.removeEventListener('abort', onStop);
      cancelTimeout();
      this.#onQueueChange(-1);
      resolve(outcome);
    };
    const admit = (): void => settle('entered');
    const onStop = (): void => settle('stopped');
    const cancelTimeout = this.#clock.after(this.#limits.queueTimeoutMs, () => settle('timeout'));
    signal.addEventListener('abort', onStop, { once: true });
    this.#waiting.add(admit);
    this.#onQueueChange(1);
    return await promise;
  }
}
