import type { ChatEvent } from '../../core/chat-event.ts';

/** What the client has of an answer so far, as far as another try could go on from it. */
export class SentAnswer {
  readonly #maxChars: number;
  readonly #pieces: string[] = [];
  #chars = 0;
  #isText = true;
  /** Whether a choice has ended. */
  hasFinish = false;

  /** @param maxChars - how much text is kept. Of an answer that is longer, no other try can go on. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** The text so far. */
  get text(): string {
    const text = this.#pieces.join('');
    this.#pieces.splice(0, this.#pieces.length, text);
    return text;
  }

  /**
   * Whether another try can go on from here: there is one choice, and all that was sent of it is text and reasoning. Half a tool call, an
   * image or the probabilities of tokens cannot be joined with those of another try.
   */
  get canGoOn(): boolean {
    return this.#isText && !this.hasFinish;
  }

  /** Notes what was passed on. */
  note(event: ChatEvent): void {
    if (event.kind === 'finish') this.hasFinish = true;
    if (event.kind !== 'delta' || !this.#isText) return;
    const { index, content, refusal, toolCalls, images, audio, logprobs } = event.delta;
    const isMore = toolCalls.length + images.length > 0 || Boolean(refusal) || audio !== undefined;
    this.#chars += content?.length ?? 0;
    if (index !== 0 || isMore || logprobs !== undefined || this.#chars > this.#maxChars) {
      this.#isText = false;
      this.#pieces.length = 0;
      return;
    }
    if (content) this.#pieces.push(content);
  }
}
