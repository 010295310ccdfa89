import type { Clock } from '../../core/clock.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { type CallShed, callShed, queueChanged } from '../../core/events.ts';
import type { ServerState } from '../server-state.ts';
import { CallQueue, type CallQueueLimits } from './call-queue.ts';
import type { PressureGuard } from './pressure-guard.ts';

/** What calls are let in by. */
export interface CallAdmissionOptions {
  readonly limits: CallQueueLimits;
  /** Watches memory and time. Default: nobody does. */
  readonly guard?: PressureGuard | undefined;
  readonly state: ServerState;
  readonly clock: Clock;
  /** From 0, below 1: spreads the times at which those who were turned away come back. */
  readonly random: () => number;
}

/** The shortest and the longest time that a client is asked to wait, in milliseconds. */
const minRetryAfterMs = 1000;
const maxRetryAfterMs = 5000;

/** At which share of its line the server counts as overloaded no more. */
const queueRelief = 0.5;

/**
 * Lets calls in as long as the server can hold more, and turns others away as cheaply as it can: once their key is known to be good, and before
 * their body is read. Keys come first, so that whoever has none neither takes a place nor learns how busy the server is; to look one up takes
 * microseconds. Calls of management never come here.
 */
export class CallAdmission {
  readonly #options: CallAdmissionOptions;
  readonly #queue: CallQueue;
  /** Whether all places and all of the line are taken, or were and are still much in demand. */
  #isCrowded = false;

  constructor(options: CallAdmissionOptions) {
    this.#options = options;
    this.#queue = new CallQueue(options.limits, options.clock, (change) => {
      queueChanged.publish({ change });
      this.#tellState();
    });
  }

  /** Calls that have a place. */
  get running(): number {
    return this.#queue.running;
  }

  /** Calls that wait for one. */
  get queued(): number {
    return this.#queue.queued;
  }

  /**
   * Begins to watch memory and time.
   *
   * @returns ends it.
   */
  start(): () => void {
    return this.#options.guard?.start(() => this.#tellState()) ?? (() => {});
  }

  /**
   * Looks whether one more call can be taken, before its body is read.
   *
   * @throws SignalboxError SERVER_DRAINING or SERVER_OVERLOADED.
   */
  requireRoom(): void {
    if (this.#options.state.isDraining) throw createError('SERVER_DRAINING', {});
    const pressure = this.#options.guard?.pressure;
    if (pressure !== undefined) throw this.#shed(pressure);
    if (this.#queue.isFull) throw this.#shed('calls');
  }

  /**
   * Gives a call a place, now or when its turn comes. The call is in memory by then, so that it can be stopped while it waits.
   *
   * @param signal - aborted with a StopReason when the call is stopped.
   * @returns gives the place back, the first time that it is called.
   * @throws SignalboxError SERVER_OVERLOADED, or the reason for which the call was stopped.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    const entering = this.#queue.enter(signal);
    // A place is taken at once, if there is one.
    this.#tellState();
    const outcome = await entering;
    switch (outcome) {
      case 'entered':
        return this.#createLeave();
      case 'full':
        throw this.#shed('calls');
      case 'timeout':
        throw this.#shed('queue_timeout');
      case 'stopped':
        throw createStopError(signal);
    }
  }

  #createLeave(): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#queue.leave();
      this.#tellState();
    };
  }

  /** A line that is full is no news to those who come and go at its end: the server is overloaded until half of it has gone. */
  #tellState(): void {
    const { guard, limits, state } = this.#options;
    const { isFull, queued } = this.#queue;
    this.#isCrowded = isFull || (this.#isCrowded && queued > limits.maxQueuedCalls * queueRelief);
    state.setOverload(guard?.pressure ?? (this.#isCrowded ? 'calls' : undefined));
  }

  #shed(cause: CallShed['cause']): SignalboxError {
    callShed.publish({ cause });
    const { limits, random } = this.#options;
    const retryAfterMs = minRetryAfterMs + random() * (maxRetryAfterMs - minRetryAfterMs);
    return createError('SERVER_OVERLOADED', { problem: describeCause(cause, limits) }, { retryAfterMs });
  }
}

function describeCause(
  cause: CallShed['cause'],
  { maxCalls, maxQueuedCalls, queueTimeoutMs }: CallQueueLimits,
): string {
  switch (cause) {
    case 'calls':
      return `${maxCalls} calls run and ${maxQueuedCalls} wait, which is the most`;
    case 'queue_timeout':
      return `within ${queueTimeoutMs} ms none of the ${maxCalls} calls that may run at a time has ended`;
    case 'memory':
      return 'it is short of memory';
    case 'event_loop':
      return 'it does not keep up with the calls that it has';
  }
}

/** Makes the error of a call that was stopped. */
function createStopError({ reason }: AbortSignal): SignalboxError {
  const stopReason: unknown = reason;
  switch (stopReason) {
    case 'CALL_DEADLINE':
    case 'SERVER_DRAINING':
      return createError(stopReason, {});
    default:
      return createError('CALL_CANCELLED', {});
  }
}
