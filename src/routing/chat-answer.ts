import { create } from '@bufbuild/protobuf';
import type { Annotation } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type ChatCompletionSlice,
  ChatCompletionSliceSchema,
  type ChoiceFinish,
  type Delta,
  DeltaSchema,
  FinishSchema,
  type Head,
  HeadSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { type ReasoningDetail, ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { type ChatCall, isStopReason } from '../core/chat-call.ts';
import type { ChatEvent } from '../core/chat-event.ts';
import { createError, type SignalboxError, toSignalboxError } from '../core/errors.ts';
import type { CallLedger } from './call-ledger.ts';
import type { Plan } from './plan-chat.ts';
import { createStopError, createUnusableError, type OpenAttempt } from './run-attempt.ts';

/** The most sources of one choice. */
const maxAnnotations = 10_000;

/** What an answer is made of. */
export interface ChatAnswerParts {
  readonly call: ChatCall;
  readonly plan: Plan;
  /** Unix time in seconds. */
  readonly createdAtSeconds: number;
  readonly attempt: OpenAttempt;
  readonly ledger: CallLedger;
}

/**
 * A committed answer: from its first slice on there is no fallback. Iterates over a head, deltas, and a finish; or rejects with
 * the error that the client must see in its place.
 *
 * An iterator of its own and not a generator: the `return` of a generator that was never started runs none of its code, and an
 * answer whose client left before the first slice must still close its connection and be recorded.
 */
export class ChatAnswer implements AsyncIterableIterator<ChatCompletionSlice> {
  readonly head: Head;
  readonly #call: ChatCall;
  readonly #plan: Plan;
  readonly #attempt: OpenAttempt;
  readonly #ledger: CallLedger;
  /** Events that came before the answer was committed, and how many of them are given. */
  readonly #waiting: readonly ChatEvent[];
  #given = 0;
  readonly #finishes = new Map<number, ChoiceFinish>();
  readonly #annotations = new Map<number, Annotation[]>();
  #usage: Usage | undefined;
  #state: 'new' | 'open' | 'ended' = 'new';

  constructor({ call, plan, createdAtSeconds, attempt, ledger }: ChatAnswerParts) {
    this.#call = call;
    this.#plan = plan;
    this.#attempt = attempt;
    this.#ledger = ledger;
    this.#waiting = attempt.firstEvents;
    this.head = create(HeadSchema, {
      id: ledger.completionId,
      created: BigInt(createdAtSeconds),
      model: attempt.candidate.id,
      generationId: call.generationId,
    });
    // What the provider says of the answer comes before its first token or not at all in the head.
    for (const event of attempt.firstEvents) {
      if (event.kind !== 'head') continue;
      if (event.serviceTier !== undefined) this.head.serviceTier = event.serviceTier;
      if (event.systemFingerprint !== undefined) this.head.systemFingerprint = event.systemFingerprint;
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ChatCompletionSlice, undefined>> {
    if (this.#hasEnded) return { done: true, value: undefined };
    if (this.#state === 'new') {
      this.#state = 'open';
      return yieldSlice({ case: 'head', value: this.head });
    }
    try {
      for (;;) {
        const event = this.#waiting[this.#given++] ?? (await this.#attempt.next());
        // It was ended while it waited.
        if (this.#hasEnded) return { done: true, value: undefined };
        if (event === undefined) return this.#finish();
        const delta = this.#take(event);
        if (delta !== undefined) return yieldSlice({ case: 'delta', value: delta });
      }
    } catch (thrown) {
      if (this.#hasEnded) return { done: true, value: undefined };
      throw this.#break(toSignalboxError(thrown));
    }
  }

  /** Ends the answer early, for the reason that stopped the call, or because the client is gone. */
  async return(): Promise<IteratorResult<ChatCompletionSlice, undefined>> {
    this.fail(createStopError(this.#call));
    return { done: true, value: undefined };
  }

  /**
   * Ends the answer with what went wrong on the way to the client, unless it has ended.
   *
   * @returns the error that the client is to see: the answer's own, if that is what is given.
   */
  fail(thrown: unknown): SignalboxError {
    const error = toSignalboxError(thrown);
    return this.#hasEnded ? error : this.#break(error);
  }

  get #hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Keeps what belongs to the end, and gives back what goes on now. */
  #take(event: ChatEvent): Delta | undefined {
    switch (event.kind) {
      case 'delta':
        return this.#plan.excludesReasoning ? withoutReasoning(event.delta) : event.delta;
      case 'annotations':
        this.#keepAnnotations(event.index, event.annotations);
        return undefined;
      case 'finish':
        this.#finishes.set(event.finish.index, event.finish);
        return undefined;
      case 'usage':
        this.#usage = event.usage;
        return undefined;
      case 'head':
        return undefined;
    }
  }

  /** Sources past the bound are left out: nobody reads so many, and they stay in memory until the end. */
  #keepAnnotations(index: number, annotations: readonly Annotation[]): void {
    const kept = this.#annotations.get(index) ?? [];
    this.#annotations.set(index, kept);
    for (const annotation of annotations) if (kept.length < maxAnnotations) kept.push(annotation);
  }

  #finish(): IteratorResult<ChatCompletionSlice, undefined> {
    // A provider that ends without a finish breaks its contract; the answer must not pass for a complete one all the same.
    if (this.#finishes.size === 0)
      throw createUnusableError(this.#attempt.candidate, 'it ended without a finish reason');
    this.#state = 'ended';
    this.#ledger.add(this.#attempt.end(undefined, this.#usage));
    const choices = [...this.#finishes.values()].sort((a, b) => a.index - b.index);
    for (const choice of choices) choice.annotations = this.#annotations.get(choice.index) ?? choice.annotations;
    const usage = this.#usage && this.#attempt.price(this.#usage);
    const metadata = this.#ledger.succeed(this.#plan, choices, usage);
    const finish = create(FinishSchema, { choices, metadata, ...(usage && { usage }) });
    return yieldSlice({ case: 'finish', value: finish });
  }

  /** Ends the answer with an error, and gives back what the client is to see. */
  #break(error: SignalboxError): SignalboxError {
    this.#state = 'ended';
    const usage = this.#usage ?? this.#attempt.usage;
    this.#ledger.add(this.#attempt.end(error, usage));
    // A stop of ours and a mistake of ours are told as they are; whatever the provider did, the client is left with half an answer.
    const isTold = isStopReason(error.reason) || error.reason === 'INTERNAL' || error.reason === 'STREAM_CUT';
    const shown = isTold ? error : createError('STREAM_CUT', { problem: error.message }, { cause: error });
    return this.#ledger.fail(shown, usage && this.#attempt.price(usage));
  }
}

function yieldSlice(slice: ChatCompletionSlice['slice']): IteratorResult<ChatCompletionSlice, undefined> {
  return { done: false, value: create(ChatCompletionSliceSchema, { slice }) };
}

/** The delta without its reasoning; nothing when it has nothing else. */
function withoutReasoning(delta: Delta): Delta | undefined {
  if (delta.reasoningContent === undefined && delta.reasoningDetails.length === 0) return delta;
  const reasoningDetails = delta.reasoningDetails.flatMap(withoutText);
  const isReasoningAlone =
    delta.content === undefined &&
    delta.refusal === undefined &&
    delta.audio === undefined &&
    delta.toolCalls.length + delta.images.length + reasoningDetails.length === 0;
  if (isReasoningAlone) return undefined;
  const { $typeName: _, reasoningContent: __, ...rest } = delta;
  return create(DeltaSchema, { ...rest, reasoningDetails });
}

/** What nobody reads and the provider wants back stays. */
function withoutText({ $typeName: _, text: __, summary: ___, ...rest }: ReasoningDetail): ReasoningDetail[] {
  return rest.signature === undefined && rest.data === undefined ? [] : [create(ReasoningDetailSchema, rest)];
}
