import type { StopReason } from '../core/chat-call.ts';
import type { Clock } from '../core/clock.ts';

/** The life of one call as its client sees it: who may stop it, and when. */
export interface LiveCall {
  /** Aborted with a StopReason. */
  readonly signal: AbortSignal;
  /** Stops the call. Only the first reason counts. */
  stop(reason: StopReason): void;
  /** The call is over, whatever came of it. */
  end(): void;
}

/** The calls in flight, so that a server that stops can end them all with a word of why. */
export class LiveCalls {
  readonly #clock: Clock;
  readonly #stops = new Set<(reason: StopReason) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#stops.size;
  }

  /** @param timeoutMs - how long the whole call may take. */
  open(timeoutMs: number): LiveCall {
    const controller = new AbortController();
    const stop = (reason: StopReason): void => controller.abort(reason);
    const cancelTimer = this.#clock.after(timeoutMs, () => stop('CALL_DEADLINE'));
    this.#stops.add(stop);
    return {
      signal: controller.signal,
      stop,
      end: () => {
        cancelTimer();
        this.#stops.delete(stop);
      },
    };
  }

  /** Stops every call in flight. */
  stopAll(reason: StopReason): void {
    for (const stop of [...this.#stops]) stop(reason);
  }
}
