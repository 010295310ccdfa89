import { create } from '@bufbuild/protobuf';
import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isStopReason } from '../../core/chat-call.ts';
import type { ChatEvent } from '../../core/chat-event.ts';
import { createError, type SignalboxError, toSignalboxError } from '../../core/errors.ts';
import type { AttemptRecord } from '../../core/events.ts';
import type { Asking, AttemptLoop } from '../attempts/attempt-loop.ts';
import type { Candidate } from '../resolve-model.ts';
import { createUnusableError, type OpenAttempt } from '../run-attempt.ts';
import { AnswerDeviation, AnswerJoint, type JointKind } from './answer-joint.ts';
import { createContinuation } from './continuation.ts';
import { SentAnswer } from './sent-answer.ts';

/** How a broken answer is mended. */
export interface RecoveryOptions {
  readonly kind: JointKind;
  readonly loop: AttemptLoop;
  /** What was asked. */
  readonly request: ChatCompletionRequest;
  /** The longest answer that is kept to go on from, in characters. */
  readonly maxChars: number;
  /** Hears what the client is to know of it, one sentence. */
  readonly onWarning: (warning: string) => void;
}

/**
 * An attempt that is followed by others when it breaks off, so that its reader sees one answer. When that fails, it breaks off with the
 * error that it first broke off with: what became of the recovery is in the list of attempts.
 *
 * Usage and sources are given when the answer ends, and are those of the last attempt: sums of what providers report of half an answer,
 * which most do not, would be neither what was spent nor what was said.
 */
export function recoverAttempt(attempt: OpenAttempt, options: RecoveryOptions): OpenAttempt {
  const recovering = new RecoveringAttempt(attempt, options);
  const firstEvents = attempt.firstEvents.flatMap((event) => recovering.pass(event));
  return {
    ...attempt,
    firstEvents,
    get usage() {
      return recovering.usage;
    },
    next: () => recovering.next(),
    price: (usage) => recovering.price(usage),
    end: (error, usage) => recovering.end(error, usage),
  };
}

class RecoveringAttempt {
  readonly #options: RecoveryOptions;
  readonly #sent: SentAnswer;
  #attempt: OpenAttempt;
  /** What the current attempt gave before it was handed over. */
  #waiting: ChatEvent[] = [];
  /** What goes on next. */
  #passed: ChatEvent[] = [];
  #joint: AnswerJoint | undefined;
  usage: Usage | undefined;
  /** What is given at the end, once all else is. */
  #last: ChatEvent[] = [];
  #isOver = false;
  /** Whether the reader has left. */
  #isEnded = false;
  /** The record of the attempt with which the recovery ended in vain. */
  #record: AttemptRecord | undefined;

  constructor(attempt: OpenAttempt, options: RecoveryOptions) {
    this.#attempt = attempt;
    this.#options = options;
    this.#sent = new SentAnswer(options.maxChars);
  }

  /** What of an event goes on now. */
  pass(event: ChatEvent): readonly ChatEvent[] {
    if (event.kind === 'usage' || event.kind === 'annotations') {
      if (event.kind === 'usage') this.usage = event.usage;
      this.#last.push(event);
      return [];
    }
    const passed = this.#joint === undefined ? [event] : this.#joint.take(event);
    for (const event of passed) this.#sent.note(event);
    return passed;
  }

  async next(): Promise<ChatEvent | undefined> {
    for (;;) {
      const passed = this.#passed.shift();
      if (passed !== undefined) return passed;
      if (this.#isOver) return this.#last.shift();
      try {
        const event = this.#waiting.shift() ?? (await this.#attempt.next());
        if (event === undefined) this.#finish();
        else this.#passed.push(...this.pass(event));
      } catch (thrown) {
        await this.#recover(thrown);
      }
    }
  }

  /**
   * By the prices of the attempt that counted it. An answer that several attempts made has no cost: the last one's would be too little, and what
   * the others cost is not known, since most providers do not count an answer that broke off.
   */
  price(usage: Usage): Usage {
    if (this.#joint === undefined) return this.#attempt.price(usage);
    const { cost: _, $typeName: __, ...counts } = usage;
    return create(UsageSchema, counts);
  }

  end(error: SignalboxError | undefined, usage: Usage | undefined): AttemptRecord {
    this.#isEnded = true;
    return this.#record ?? this.#attempt.end(error, usage);
  }

  #finish(): void {
    if (!this.#sent.hasFinish) throw createUnusableError(this.#attempt.candidate, 'it ended without a finish reason');
    this.#isOver = true;
  }

  /** Goes on with another try. @throws SignalboxError that the answer broke off with, when there is none. */
  async #recover(thrown: unknown): Promise<void> {
    const error = this.#explain(thrown);
    const { loop, kind } = this.#options;
    const isOver = this.#record !== undefined || thrown instanceof AnswerDeviation;
    if (isOver || !this.#sent.canGoOn || error.entry.retry === 'never') throw error;
    const broken = this.#attempt;
    const sent = this.#sent.text;
    const asking = new RecoveryAsking(this.#options, sent);
    this.#record = broken.end(error, this.usage);
    try {
      this.#attempt = await loop.reopen({ error, record: this.#record }, asking);
    } catch (failed) {
      const stop = toSignalboxError(failed);
      throw isStopReason(stop.reason) ? stop : error;
    }
    if (this.#isEnded) {
      this.#attempt.end(createError('CALL_CANCELLED', {}));
      throw error;
    }
    this.#record = undefined;
    this.usage = undefined;
    this.#last = [];
    const { candidate, firstEvents } = this.#attempt;
    const isContinued = kind === 'continue' && asking.isContinued(candidate);
    this.#joint = new AnswerJoint(sent, isContinued ? 'continue' : 'restart');
    this.#waiting = [...firstEvents];
    this.#options.onWarning(describeRecovery(broken.candidate, error, candidate, isContinued));
  }

  #explain(thrown: unknown): SignalboxError {
    if (!(thrown instanceof AnswerDeviation)) return toSignalboxError(thrown);
    // It is nobody's fault: two tries may well differ.
    return createError('STREAM_CUT', {
      problem: `${this.#attempt.candidate.id} was asked again, but ${thrown.message}.`,
    });
  }
}

/** What candidates are asked after an answer broke off. */
class RecoveryAsking implements Asking {
  readonly #options: RecoveryOptions;
  readonly #sent: string;
  /** Candidates that are asked for the rest, or refused to be. */
  readonly #continued = new Set<string>();
  readonly #refused = new Set<string>();

  constructor(options: RecoveryOptions, sent: string) {
    this.#options = options;
    this.#sent = sent;
  }

  isContinued({ id }: Candidate): boolean {
    return this.#continued.has(id);
  }

  requestFor(candidate: Candidate): ChatCompletionRequest {
    const { kind, request } = this.#options;
    if (kind === 'restart' || this.#refused.has(candidate.id)) return request;
    const continuation = createContinuation(request, candidate, this.#sent);
    if (continuation !== undefined) this.#continued.add(candidate.id);
    return continuation ?? request;
  }

  noteRefusal({ id }: Candidate): boolean {
    this.#refused.add(id);
    return this.#continued.delete(id);
  }
}

function describeRecovery(broken: Candidate, error: SignalboxError, next: Candidate, isContinued: boolean): string {
  const how = isContinued ? 'continued it from there' : 'began again, leaving out what had been sent';
  return `the answer of ${broken.id} broke off (${error.reason}), and ${next.id} ${how}: usage counts the last attempt alone, and the cost is not known.`;
}
