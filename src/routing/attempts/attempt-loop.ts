import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { type ChatCall, isStopReason } from '../../core/chat-call.ts';
import type { Clock } from '../../core/clock.ts';
import type { Retry } from '../../core/error-registry.ts';
import type { SignalboxError } from '../../core/errors.ts';
import { isProviderFault } from '../../core/is-provider-fault.ts';
import { collectAttempt } from '../collect-attempt.ts';
import type { Trial } from '../health/circuit.ts';
import { isMissingModel } from '../health/is-missing-model.ts';
import type { Plan } from '../plan-chat.ts';
import type { Candidate } from '../resolve-model.ts';
import { createStopError, type FailedAttempt, isFailed, type OpenAttempt, runAttempt } from '../run-attempt.ts';
import { summariseFailures } from '../summarise-failures.ts';
import { type AttemptStep, decideStep } from './attempt-policy.ts';
import { CandidateQueue } from './candidate-queue.ts';
import { type FirstTokenTimeout, planFirstTokenTimeout } from './plan-first-token-timeout.ts';
import type { Reliability } from './reliability.ts';
import { waitFor } from './wait-for.ts';

/** What the attempts of one call are made of. */
export interface AttemptLoopOptions {
  readonly call: ChatCall;
  readonly plan: Plan;
  readonly clock: Clock;
  readonly reliability: Reliability;
  /** The longest answer that is collected for a client that wants it whole, in characters. */
  readonly maxCollectedChars: number;
  /** Hears of every attempt that failed. */
  readonly onFailure: (failure: FailedAttempt) => void;
}

/** What candidates are asked, where that is not simply the plan's request. */
export interface Asking {
  requestFor(candidate: Candidate): ChatCompletionRequest;
  /** Hears that a candidate refused its request. @returns whether there is another request for it. */
  noteRefusal(candidate: Candidate): boolean;
}

/** The candidate that is being tried. */
interface Turn {
  readonly candidate: Candidate;
  tries: number;
  /** Whether the next try asks for the answer whole, because the provider does not stream it. */
  isWhole: boolean;
}

/**
 * The attempts of one call: which candidate is tried when, until one answers. It can go on after an answer broke off, with what is left of
 * candidates, retries and time.
 */
export class AttemptLoop {
  readonly #options: AttemptLoopOptions;
  readonly #queue: CandidateQueue;
  readonly #failures: FailedAttempt[] = [];
  #turn: Turn | undefined;
  #retries = 0;
  #asking: Asking;

  constructor(options: AttemptLoopOptions) {
    const { plan, reliability } = options;
    this.#options = options;
    this.#queue = new CandidateQueue(plan.candidates, reliability.health, plan.isRanked);
    this.#asking = { requestFor: () => plan.request, noteRefusal: () => false };
  }

  /**
   * Tries candidates until one answers: with its first token when the answer is streamed, else with all of it.
   *
   * @throws SignalboxError when none is left that may be tried.
   */
  async open(): Promise<OpenAttempt> {
    return this.#run(this.#takeTurn());
  }

  /**
   * Goes on after an answer that broke off, which counts as a failed attempt.
   *
   * @param asking - what the candidates are asked from now on.
   * @throws SignalboxError when none is left that may be tried.
   */
  async reopen(broken: FailedAttempt, asking: Asking): Promise<OpenAttempt> {
    this.#asking = asking;
    return this.#run(await this.#recoverFrom(broken));
  }

  async #run(first: Turn): Promise<OpenAttempt> {
    let turn = first;
    for (;;) {
      const outcome = await this.#try(turn);
      if (!isFailed(outcome)) return outcome;
      turn = await this.#recoverFrom(outcome);
    }
  }

  async #try(turn: Turn): Promise<OpenAttempt | FailedAttempt> {
    const { call, plan, clock, reliability, maxCollectedChars } = this.#options;
    const { candidate, isWhole } = turn;
    const hasOthers = this.#queue.prospects !== 'none';
    const timeout = isWhole
      ? undefined
      : planFirstTokenTimeout(candidate, { plan, isStream: call.stream, hasOthers }, reliability);
    const request = this.#asking.requestFor(candidate);
    turn.tries += 1;
    const trial = reliability.health.begin(candidate);
    const started = await runAttempt({
      candidate,
      call,
      request,
      // Only a stream has a first token.
      isStreamed: call.stream || timeout !== undefined,
      firstTokenTimeoutMs: timeout?.timeoutMs,
      clock,
    });
    if (isFailed(started)) {
      report(trial, started.error, timeout);
      return started;
    }
    trial.answered();
    const open: OpenAttempt = {
      ...started,
      end(error, usage) {
        if (error !== undefined) report(trial, error, timeout);
        return started.end(error, usage);
      },
    };
    return call.stream ? open : collectAttempt(open, maxCollectedChars);
  }

  /** Decides what is tried after a failure, and waits as long as that asks for. */
  async #recoverFrom(failure: FailedAttempt): Promise<Turn> {
    const { call, clock, onFailure } = this.#options;
    const { error } = failure;
    const turn = this.#turn;
    onFailure(failure);
    this.#failures.push(failure);
    if (turn === undefined || isStopReason(error.reason)) throw error;
    if (this.#canAskOtherwise(turn, failure)) return turn;
    if (isProviderFault(error.reason)) this.#queue.noteFailure(turn.candidate.provider.id);
    if (error.reason === 'CONTEXT_TOO_LONG') this.#keepLarger(turn.candidate);
    const step = this.#decide(turn, failure);
    if (step.kind === 'next') return this.#takeTurn();
    if (step.kind === 'stop') throw this.#summarise(failure);
    this.#retries += 1;
    await waitFor(step.waitMs, call.signal, clock);
    if (call.signal.aborted) throw createStopError(call);
    return turn;
  }

  #decide({ candidate, tries }: Turn, { error, retry = readRetry(error) }: FailedAttempt): AttemptStep {
    const { call, clock, reliability } = this.#options;
    const { rules, health, random } = reliability;
    const situation = {
      reason: error.reason,
      retry,
      retryAfterMs: error.details.retryAfterMs,
      tries,
      retries: this.#retries,
      isRetryAfforded: health.mayRetry(candidate.provider.id),
      isFailing: health.isFailing(candidate.id),
      others: this.#queue.prospects,
      remainingMs: (call.deadlineAtMs ?? Number.POSITIVE_INFINITY) - clock.monotonicMs(),
    };
    return decideStep(situation, rules, random);
  }

  /** Whether the same candidate may well take the call when it is asked in another way, and so is asked again at once. */
  #canAskOtherwise(turn: Turn, { error, record }: FailedAttempt): boolean {
    if (readRetry(error) !== 'never' || error.reason === 'INTERNAL') return false;
    // OpenAI lets some organisations stream some models only after they have proved who they are.
    if (error.details.param === 'stream' && record.isStreamed && !this.#options.call.stream && !turn.isWhole) {
      turn.isWhole = true;
      return true;
    }
    return this.#asking.noteRefusal(turn.candidate);
  }

  /** What is too long for one model is only worth sending to one that is known to take more. */
  #keepLarger(tooSmall: Candidate): void {
    const { contextTokensOf } = this.#options.reliability;
    const refusedTokens = contextTokensOf(tooSmall) ?? Number.POSITIVE_INFINITY;
    this.#queue.keep((candidate) => (contextTokensOf(candidate) ?? 0) > refusedTokens);
  }

  #takeTurn(): Turn {
    const candidate = this.#queue.take();
    if (candidate === undefined) throw summariseFailures(this.#failures);
    this.#turn = { candidate, tries: 0, isWhole: false };
    return this.#turn;
  }

  /** What is the request's fault, or ours, is told as it is; of the rest, all that happened. */
  #summarise({ error }: FailedAttempt): SignalboxError {
    const isTheRequests = readRetry(error) === 'never' || error.reason === 'CONTEXT_TOO_LONG';
    return isTheRequests ? error : summariseFailures(this.#failures);
  }
}

/** What may be tried after an error. */
function readRetry(error: SignalboxError): Retry {
  return isMissingModel(error) ? 'next' : error.entry.retry;
}

/** Tells the book what came of a try. A client that is more impatient than the server says nothing of the provider. */
function report(trial: Trial, error: SignalboxError, timeout: FirstTokenTimeout | undefined): void {
  const isImpatience = error.reason === 'FIRST_TOKEN_TIMEOUT' && timeout?.isAsked === true;
  const isFault = isProviderFault(error.reason) || isMissingModel(error);
  if (isFault && !isImpatience) trial.failed(error.details.retryAfterMs);
  else trial.abandoned();
}
