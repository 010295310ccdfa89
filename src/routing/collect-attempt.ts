import type { Delta } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { ChatEvent } from '../core/chat-event.ts';
import { toSignalboxError } from '../core/errors.ts';
import { appendReasoningDetails } from './append-reasoning-details.ts';
import { createUnusableError, type FailedAttempt, type OpenAttempt } from './run-attempt.ts';

/**
 * Reads an attempt to its end before anything commits to it.
 *
 * @param maxChars - the longest answer, in characters of text, arguments and data. Whatever else an event holds counts as
 * {@link eventChars}.
 */
export async function collectAttempt(attempt: OpenAttempt, maxChars: number): Promise<OpenAttempt | FailedAttempt> {
  const folded = new FoldedEvents();
  try {
    for (const event of attempt.firstEvents) folded.add(event);
    for (let event = await attempt.next(); event !== undefined; event = await attempt.next()) {
      folded.add(event);
      if (folded.chars > maxChars) break;
    }
    if (folded.chars > maxChars) {
      const error = createUnusableError(attempt.candidate, `it is longer than ${maxChars} characters`);
      // It would be as long the next time.
      return { error, record: attempt.end(error), retry: 'next' };
    }
    if (!folded.hasFinish) throw createUnusableError(attempt.candidate, 'it ended without a finish reason');
    return { ...attempt, firstEvents: folded.list(), next: () => Promise.resolve(undefined) };
  } catch (thrown) {
    const error = toSignalboxError(thrown);
    return { error, record: attempt.end(error) };
  }
}

/** What an event that cannot be folded into another counts for beside its text: about what it takes in memory. */
const eventChars = 256;

/**
 * The events of an answer that nobody waits for one by one: text is joined, and of what comes again only the last is kept. An
 * answer of a million tokens is so a handful of events.
 */
class FoldedEvents {
  readonly #events: ChatEvent[] = [];
  #usage: ChatEvent | undefined;
  #head: ChatEvent | undefined;
  chars = 0;
  hasFinish = false;

  add(event: ChatEvent): void {
    this.chars += countChars(event);
    if (event.kind === 'usage') this.#usage = event;
    else if (event.kind === 'head') this.#head = event;
    else if (!this.#foldInto(this.#events.at(-1), event)) {
      this.chars += eventChars;
      this.hasFinish ||= event.kind === 'finish';
      this.#events.push(event);
    }
  }

  /** In an order that an answer has: the head first, the usage last. */
  list(): ChatEvent[] {
    const optional = (event: ChatEvent | undefined): ChatEvent[] => (event === undefined ? [] : [event]);
    return [...optional(this.#head), ...this.#events, ...optional(this.#usage)];
  }

  #foldInto(last: ChatEvent | undefined, event: ChatEvent): boolean {
    if (last?.kind !== 'delta' || event.kind !== 'delta' || last.delta.index !== event.delta.index) return false;
    if (!isTextAlone(last.delta) || !isTextAlone(event.delta)) return false;
    const { content, reasoningContent, refusal } = event.delta;
    if (content !== undefined) last.delta.content = (last.delta.content ?? '') + content;
    if (refusal !== undefined) last.delta.refusal = (last.delta.refusal ?? '') + refusal;
    if (reasoningContent !== undefined) {
      last.delta.reasoningContent = (last.delta.reasoningContent ?? '') + reasoningContent;
    }
    const detailCount = last.delta.reasoningDetails.length;
    appendReasoningDetails(last.delta.reasoningDetails, event.delta.reasoningDetails);
    this.chars += eventChars * (last.delta.reasoningDetails.length - detailCount);
    return true;
  }
}

function isTextAlone({ toolCalls, images, audio, logprobs }: Delta): boolean {
  return toolCalls.length + images.length === 0 && audio === undefined && logprobs === undefined;
}

function countChars(event: ChatEvent): number {
  if (event.kind === 'annotations') {
    return event.annotations.reduce((sum, { urlCitation }) => sum + eventChars + lengthOf(urlCitation?.content), 0);
  }
  if (event.kind !== 'delta') return 0;
  const { content, reasoningContent, refusal, toolCalls, images, audio, logprobs, reasoningDetails } = event.delta;
  let chars = lengthOf(content, reasoningContent, refusal, audio?.data, audio?.transcript);
  for (const { id, function: call, custom } of toolCalls) {
    chars += lengthOf(id, call?.name, call?.arguments, custom?.name, custom?.input);
  }
  for (const { text, summary, data, signature, id, format } of reasoningDetails) {
    chars += lengthOf(text, summary, data, signature, id, format);
  }
  for (const image of images) chars += lengthOf(image.imageUrl?.url);
  for (const token of [...(logprobs?.content ?? []), ...(logprobs?.refusal ?? [])]) {
    chars += eventChars * (1 + token.topLogprobs.length);
  }
  return chars;
}

function lengthOf(...texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
