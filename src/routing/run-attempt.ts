import type { ChatCall } from '../core/chat-call.ts';
import { type ChatEvent, isFirstToken } from '../core/chat-event.ts';
import type { Clock } from '../core/clock.ts';
import { createError, type SignalboxError, toSignalboxError } from '../core/errors.ts';
import { type AttemptRecord, attemptEnded } from '../core/events.ts';
import type { Plan } from './plan-chat.ts';
import type { Candidate } from './resolve-model.ts';

/** An attempt that has given its first token. */
export interface OpenAttempt {
  readonly candidate: Candidate;
  /** When the first token came, on the monotonic clock. */
  readonly firstTokenAtMs: number;
  /** The events up to the first token. */
  readonly firstEvents: readonly ChatEvent[];
  /** The event after them, `undefined` after the last one. Rejects with a SignalboxError when the answer is not complete. */
  next(): Promise<ChatEvent | undefined>;
  /** Ends the attempt, closes its connection if it is still open, and publishes its record. Only the first call counts. */
  end(error: SignalboxError | undefined): AttemptRecord;
}

/** An attempt that gave no token, with the record that was published of it. */
export interface FailedAttempt {
  readonly error: SignalboxError;
  readonly record: AttemptRecord;
}

/** The most events that may come before the first token: role-only chunks and the like. */
const maxEventsBeforeFirstToken = 1000;

/**
 * Tries one candidate until its first token.
 *
 * Never rejects: whatever goes wrong is the attempt's error, so that the caller decides what is next. A stop of the whole call
 * (client gone, deadline, drain) comes back as the call's own error.
 */
export async function runAttempt(
  candidate: Candidate,
  call: ChatCall,
  plan: Plan,
  clock: Clock,
): Promise<OpenAttempt | FailedAttempt> {
  const attempt = new AttemptScope(candidate, call, plan, clock);
  try {
    const reply = await candidate.provider.startChat({
      generationId: call.generationId,
      model: candidate.model,
      request: plan.request,
      source: call.source,
      // A first-token timeout needs to see the first token, also when the client wants the answer whole.
      stream: call.stream || plan.firstTokenTimeoutMs !== undefined,
      signal: attempt.signal,
    });
    const iterator = reply.events[Symbol.asyncIterator]();
    attempt.iterator = iterator;
    const firstEvents: ChatEvent[] = [];
    while (firstEvents.length < maxEventsBeforeFirstToken) {
      const { value, done } = await iterator.next();
      attempt.throwIfStopped();
      if (done === true) throw createUnusableError(candidate, 'it ended without an answer');
      firstEvents.push(value);
      if (isFirstToken(value)) return attempt.open(firstEvents, reply.warnings);
    }
    throw createUnusableError(candidate, `${maxEventsBeforeFirstToken} events brought no token`);
  } catch (thrown) {
    return attempt.fail(attempt.explain(thrown));
  }
}

/** The error for an answer that cannot be used. `problem` is the end of a sentence, without a full stop. */
export function createUnusableError(candidate: Candidate, problem: string): SignalboxError {
  return createError('PROVIDER_UNUSABLE', { provider: candidate.provider.id, problem });
}

/** The life of one attempt: its signal, its timer, its record. */
class AttemptScope {
  readonly #candidate: Candidate;
  readonly #call: ChatCall;
  readonly #clock: Clock;
  readonly #firstTokenTimeoutMs: number | undefined;
  readonly #startedAtMs: number;
  readonly #controller = new AbortController();
  readonly #cancelTimer: (() => void) | undefined;
  readonly #onCallStopped = (): void => this.#controller.abort(this.#call.signal.reason);
  #firstTokenTimedOut = false;
  #timeToFirstTokenMs: number | undefined;
  #warnings: readonly string[] = [];
  #record: AttemptRecord | undefined;
  iterator: AsyncIterator<ChatEvent> | undefined;

  constructor(candidate: Candidate, call: ChatCall, plan: Plan, clock: Clock) {
    this.#candidate = candidate;
    this.#call = call;
    this.#clock = clock;
    this.#startedAtMs = clock.monotonicMs();
    this.#firstTokenTimeoutMs = plan.firstTokenTimeoutMs;
    if (call.signal.aborted) this.#onCallStopped();
    else call.signal.addEventListener('abort', this.#onCallStopped, { once: true });
    if (plan.firstTokenTimeoutMs !== undefined) {
      this.#cancelTimer = clock.after(plan.firstTokenTimeoutMs, () => {
        this.#firstTokenTimedOut = true;
        this.#controller.abort('FIRST_TOKEN_TIMEOUT');
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What went wrong, in registered terms: a stop of ours explains whatever the provider made of it. */
  explain(thrown: unknown): SignalboxError {
    if (this.#call.signal.aborted) return createStopError(this.#call);
    if (this.#firstTokenTimedOut) {
      const timeoutMs = this.#firstTokenTimeoutMs ?? 0;
      return createError('FIRST_TOKEN_TIMEOUT', { provider: this.#candidate.provider.id, timeoutMs });
    }
    return toSignalboxError(thrown);
  }

  /**
   * What still comes after a stop goes nowhere: a provider may have had it at hand already.
   *
   * @throws SignalboxError that tells who stopped the attempt.
   */
  throwIfStopped(): void {
    if (this.signal.aborted) throw this.explain(undefined);
  }

  open(firstEvents: readonly ChatEvent[], warnings: readonly string[]): OpenAttempt {
    this.#cancelTimer?.();
    const firstTokenAtMs = this.#clock.monotonicMs();
    this.#timeToFirstTokenMs = firstTokenAtMs - this.#startedAtMs;
    this.#warnings = warnings;
    return {
      candidate: this.#candidate,
      firstTokenAtMs,
      firstEvents,
      next: () => this.#next(),
      end: (error) => this.#end(error),
    };
  }

  fail(error: SignalboxError): FailedAttempt {
    return { error, record: this.#end(error) };
  }

  async #next(): Promise<ChatEvent | undefined> {
    try {
      const result = await this.iterator?.next();
      this.throwIfStopped();
      return result === undefined || result.done === true ? undefined : result.value;
    } catch (thrown) {
      throw this.explain(thrown);
    }
  }

  #end(error: SignalboxError | undefined): AttemptRecord {
    if (this.#record !== undefined) return this.#record;
    this.#cancelTimer?.();
    this.#call.signal.removeEventListener('abort', this.#onCallStopped);
    this.#record = {
      generationId: this.#call.generationId,
      provider: this.#candidate.provider.id,
      model: this.#candidate.id,
      errorReason: error?.reason,
      errorMessage: error?.message,
      timeToFirstTokenMs: this.#timeToFirstTokenMs,
      durationMs: this.#clock.monotonicMs() - this.#startedAtMs,
      warnings: this.#warnings,
    };
    attemptEnded.publish(this.#record);
    // Closing must neither be waited for nor replace the attempt's own outcome.
    if (error !== undefined) this.#controller.abort('ATTEMPT_ENDED');
    this.iterator?.return?.().catch(() => {});
    return this.#record;
  }
}

/** The error of a call that was stopped from our side of the provider. */
export function createStopError(call: ChatCall): SignalboxError {
  switch (call.signal.reason) {
    case 'CALL_DEADLINE':
      return createError('CALL_DEADLINE', {});
    case 'SERVER_DRAINING':
      return createError('SERVER_DRAINING', {});
    default:
      return createError('CALL_CANCELLED', {});
  }
}
