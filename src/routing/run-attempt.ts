import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatCall } from '../core/chat-call.ts';
import { type ChatEvent, isFirstToken } from '../core/chat-event.ts';
import type { Clock } from '../core/clock.ts';
import type { Retry } from '../core/error-registry.ts';
import { createError, type SignalboxError, toSignalboxError } from '../core/errors.ts';
import { type AttemptRecord, attemptEnded, attemptStarted, firstTokenArrived } from '../core/events.ts';
import type { ChatAttempt, ChatReply } from '../providers/provider.ts';
import { priceUsage } from './price-usage.ts';
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
  /** The tokens counted so far, where the event that tells them is kept back. */
  readonly usage?: Usage | undefined;
  /** What the provider counted, with what it cost. */
  price(usage: Usage): Usage;
  /** Ends the attempt, closes its connection if it is still open, and publishes its record. Only the first call counts. */
  end(error: SignalboxError | undefined, usage?: Usage): AttemptRecord;
}

/** An attempt that came to nothing, with the record that was published of it. */
export interface FailedAttempt {
  readonly error: SignalboxError;
  readonly record: AttemptRecord;
  /** What may be tried after it. Default: what the registry says of its error. */
  readonly retry?: Retry;
}

export function isFailed(attempt: OpenAttempt | FailedAttempt): attempt is FailedAttempt {
  return 'error' in attempt;
}

/** What an attempt is. */
export interface AttemptOptions {
  readonly candidate: Candidate;
  readonly call: ChatCall;
  /** What the provider is asked. */
  readonly request: ChatCompletionRequest;
  /** Whether it is asked for a stream. */
  readonly isStreamed: boolean;
  /** How long it may take to its first token, in milliseconds; it has to be streamed then. `undefined`: as long as the call may. */
  readonly firstTokenTimeoutMs: number | undefined;
  readonly clock: Clock;
}

/** The most events that may come before the first token: role-only chunks and the like. */
const maxEventsBeforeFirstToken = 1000;

/**
 * Tries one candidate until its first token.
 *
 * Never rejects: whatever goes wrong is the attempt's error, so that the caller decides what is next. A stop of the whole call
 * (client gone, deadline, drain) comes back as the call's own error.
 */
export async function runAttempt(options: AttemptOptions): Promise<OpenAttempt | FailedAttempt> {
  const { candidate, call, request, isStreamed } = options;
  const attempt = new AttemptScope(options);
  try {
    const { warnings } = await attempt.start({
      generationId: call.generationId,
      model: candidate.model,
      request,
      source: call.source,
      stream: isStreamed,
      signal: attempt.signal,
    });
    const firstEvents: ChatEvent[] = [];
    while (firstEvents.length < maxEventsBeforeFirstToken) {
      const event = await attempt.read();
      if (event === undefined) throw createUnusableError(candidate, 'it ended without an answer');
      firstEvents.push(event);
      if (isFirstToken(event)) return attempt.open(firstEvents, warnings);
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
  readonly #options: AttemptOptions;
  readonly #startedAtMs: number;
  readonly #controller = new AbortController();
  readonly #cancelTimer: (() => void) | undefined;
  readonly #onCallStopped = (): void => this.#stop(this.#options.call.signal.reason);
  /** Ends the wait for the provider. */
  #interrupt: (() => void) | undefined;
  /** What the attempt was ended with. */
  #error: SignalboxError | undefined;
  #firstTokenTimedOut = false;
  #timeToFirstTokenMs: number | undefined;
  #warnings: readonly string[] = [];
  #record: AttemptRecord | undefined;
  #iterator: AsyncIterator<ChatEvent> | undefined;

  constructor(options: AttemptOptions) {
    const { call, clock, firstTokenTimeoutMs } = options;
    this.#options = options;
    this.#startedAtMs = clock.monotonicMs();
    if (call.signal.aborted) this.#onCallStopped();
    else call.signal.addEventListener('abort', this.#onCallStopped, { once: true });
    if (firstTokenTimeoutMs !== undefined) {
      this.#cancelTimer = clock.after(firstTokenTimeoutMs, () => {
        this.#firstTokenTimedOut = true;
        this.#stop('FIRST_TOKEN_TIMEOUT');
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async start(attempt: ChatAttempt): Promise<ChatReply> {
    const { candidate, isStreamed } = this.#options;
    attemptStarted.publish({ generationId: attempt.generationId, model: candidate.id, isStreamed });
    const replying = candidate.provider.startChat(attempt);
    try {
      const reply = await this.#untilStopped(replying);
      this.#iterator = reply.events[Symbol.asyncIterator]();
      return reply;
    } catch (thrown) {
      // An answer that begins after all has nobody to read it.
      if (this.signal.aborted) replying.then(({ events }) => letGo(events[Symbol.asyncIterator]())).catch(() => {});
      throw thrown;
    }
  }

  /** @returns the next event, `undefined` after the last one. */
  async read(): Promise<ChatEvent | undefined> {
    if (this.#iterator === undefined) return undefined;
    const result = await this.#untilStopped(this.#iterator.next());
    return result.done === true ? undefined : result.value;
  }

  #stop(reason: string): void {
    this.#controller.abort(reason);
    this.#interrupt?.();
  }

  /**
   * Waits for a provider, but no longer than the attempt may last: a provider that does not hear the signal must not hold up its call. What it
   * still gives after a stop goes nowhere: it may have had that at hand already.
   *
   * @throws SignalboxError that tells who stopped the attempt.
   */
  async #untilStopped<Result>(promise: Promise<Result>): Promise<Result> {
    // Not Promise.race: what waits for a promise that lasts as long as the attempt is kept with it, event after event.
    const { promise: waiting, resolve, reject } = Promise.withResolvers<Result>();
    this.#interrupt = () => reject(this.explain(undefined));
    promise.then(resolve, reject);
    if (this.signal.aborted) this.#interrupt();
    const result = await waiting;
    if (this.signal.aborted) throw this.explain(undefined);
    return result;
  }

  /** What went wrong, in registered terms: a stop of ours explains whatever the provider made of it. */
  explain(thrown: unknown): SignalboxError {
    const { call, candidate, firstTokenTimeoutMs: timeoutMs = 0 } = this.#options;
    if (call.signal.aborted) return createStopError(call);
    if (this.#firstTokenTimedOut) {
      return createError('FIRST_TOKEN_TIMEOUT', { provider: candidate.provider.id, timeoutMs });
    }
    return this.#error ?? toSignalboxError(thrown);
  }

  open(firstEvents: readonly ChatEvent[], warnings: readonly string[]): OpenAttempt {
    this.#cancelTimer?.();
    const { call, candidate, clock, isStreamed } = this.#options;
    const firstTokenAtMs = clock.monotonicMs();
    const timeToFirstTokenMs = firstTokenAtMs - this.#startedAtMs;
    this.#timeToFirstTokenMs = timeToFirstTokenMs;
    const { generationId } = call;
    if (isStreamed) firstTokenArrived.publish({ generationId, model: candidate.id, isStreamed, timeToFirstTokenMs });
    this.#warnings = warnings;
    return {
      candidate,
      firstTokenAtMs,
      firstEvents,
      next: () => this.#next(),
      price: (usage) => priceUsage(candidate, usage, clock.nowMs()),
      end: (error, usage) => this.#end(error, usage),
    };
  }

  fail(error: SignalboxError): FailedAttempt {
    return { error, record: this.#end(error) };
  }

  async #next(): Promise<ChatEvent | undefined> {
    try {
      return await this.read();
    } catch (thrown) {
      throw this.explain(thrown);
    }
  }

  #end(error: SignalboxError | undefined, usage?: Usage): AttemptRecord {
    if (this.#record !== undefined) return this.#record;
    const { call, candidate, clock, isStreamed } = this.#options;
    this.#cancelTimer?.();
    call.signal.removeEventListener('abort', this.#onCallStopped);
    this.#record = {
      generationId: call.generationId,
      provider: candidate.provider.id,
      model: candidate.id,
      errorReason: error?.reason,
      errorMessage: error?.message,
      timeToFirstTokenMs: this.#timeToFirstTokenMs,
      durationMs: clock.monotonicMs() - this.#startedAtMs,
      isStreamed,
      completionTokens: usage?.completionTokens,
      warnings: this.#warnings,
    };
    attemptEnded.publish(this.#record);
    if (error !== undefined) {
      this.#error = error;
      // Whoever still waits for the next event waits no more.
      this.#stop('ATTEMPT_ENDED');
    }
    // Closing must neither be waited for nor replace the attempt's own outcome.
    if (this.#iterator !== undefined) letGo(this.#iterator).catch(() => {});
    return this.#record;
  }
}

async function letGo(iterator: AsyncIterator<ChatEvent>): Promise<void> {
  await iterator.return?.();
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
