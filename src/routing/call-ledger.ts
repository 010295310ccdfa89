import { create } from '@bufbuild/protobuf';
import type { ChoiceFinish } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import {
  type Attempt,
  AttemptSchema,
  type CompletionMetadata,
  CompletionMetadataSchema,
} from '../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatCall } from '../core/chat-call.ts';
import type { Clock } from '../core/clock.ts';
import { SignalboxError } from '../core/errors.ts';
import { type AttemptRecord, type CallRecord, callEnded, callStarted } from '../core/events.ts';
import { explainChoice } from './explain-choice.ts';
import type { Plan, PlanTrace } from './plan-chat.ts';
import type { OpenAttempt } from './run-attempt.ts';

/**
 * The books of one call: its attempts as they end, its metadata when it succeeds, and one record when it ends, however it ends.
 */
export class CallLedger {
  readonly completionId: string;
  readonly #call: ChatCall;
  readonly #clock: Clock;
  readonly #attempts: AttemptRecord[] = [];
  #isClosed = false;
  /** How the call was planned, as far as it could be. */
  readonly trace: PlanTrace = {};
  readonly #warnings: string[] = [];
  #committed: OpenAttempt | undefined;

  constructor(call: ChatCall, clock: Clock, completionId: string) {
    this.completionId = completionId;
    this.#call = call;
    this.#clock = clock;
    callStarted.publish({ generationId: call.generationId, protocol: call.protocol, stream: call.stream });
  }

  get generationId(): string {
    return this.#call.generationId;
  }

  /** Notes an attempt that ended, once. */
  add(attempt: AttemptRecord): void {
    if (!this.#attempts.includes(attempt)) this.#attempts.push(attempt);
  }

  /** Notes what the client is to know, one sentence. */
  warn(warning: string): void {
    this.#warnings.push(warning);
  }

  /** Notes the attempt that the answer begins with. Its model is the answer's, also when others had to go on from it. */
  commit(attempt: OpenAttempt): void {
    this.#committed = attempt;
  }

  /** Closes the books of a call that the last attempt answered. */
  succeed(plan: Plan, choices: readonly ChoiceFinish[], usage: Usage | undefined): CompletionMetadata {
    const served = this.#attempts.at(-1);
    this.#close({ finishReasons: choices.map((choice) => choice.finishReason), usage });
    return create(CompletionMetadataSchema, {
      attempts: this.#attempts.map(createAttempt),
      generationId: this.#call.generationId,
      reasoning: explainChoice(plan, this.#attempts, this.#committed?.candidate.id ?? ''),
      totalDurationMs: Math.round(this.#elapsedMs()),
      warnings: [...plan.warnings, ...(served?.warnings ?? []), ...this.#warnings],
      ...(plan.decision && {
        router: plan.decision.router,
        routeId: plan.decision.routeId,
        variantId: plan.decision.variantId,
      }),
    });
  }

  /**
   * Closes the books of a call that failed.
   *
   * @param usage - what the provider has counted of an answer that broke off.
   * @returns the error with the call's attempts and id, for the client.
   */
  fail(error: SignalboxError, usage?: Usage): SignalboxError {
    this.#close({ error, usage });
    return new SignalboxError(error.reason, error.message, {
      ...error.details,
      generationId: this.#call.generationId,
      ...(this.#attempts.length > 0 && { attempts: this.#attempts.map(createAttempt) }),
    });
  }

  #close(outcome: { finishReasons?: string[]; usage?: Usage | undefined; error?: SignalboxError }): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const committed = this.#committed;
    const record: CallRecord = {
      generationId: this.#call.generationId,
      completionId: this.completionId,
      protocol: this.#call.protocol,
      stream: this.#call.stream,
      workspace: this.#call.principal.workspace,
      keyId: this.#call.principal.keyId,
      requestedModel: this.#call.request.model,
      router: this.trace.router?.name,
      routeId: this.trace.route?.routeId,
      variantId: this.trace.drawn?.variant.variantId,
      servedModel: committed?.candidate.id,
      provider: committed?.candidate.provider.id,
      attempts: this.#attempts,
      finishReasons: outcome.finishReasons ?? [],
      usage: outcome.usage,
      errorReason: outcome.error?.reason,
      cause: outcome.error?.details.cause,
      timeToFirstTokenMs: committed && committed.firstTokenAtMs - this.#call.receivedAtMs,
      durationMs: this.#elapsedMs(),
    };
    callEnded.publish(record);
  }

  #elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#call.receivedAtMs;
  }
}

function createAttempt(record: AttemptRecord): Attempt {
  const { errorReason, errorMessage, timeToFirstTokenMs } = record;
  return create(AttemptSchema, {
    model: record.model,
    success: errorReason === undefined,
    timeToFirstTokenMs: timeToFirstTokenMs === undefined ? undefined : Math.round(timeToFirstTokenMs),
    errorMessage,
    errorCode: errorReason,
    warnings: [...record.warnings],
  });
}
