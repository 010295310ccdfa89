import type { ChatEvent } from '../core/chat-event.ts';

/** The most text that is held back, in UTF-16 units. Real ones are a sentence; what is longer is told as it comes. */
const maxHeldChars = 256 * 1024;

/**
 * Holds back what a model says in words where its answer shall come as the arguments of a tool: both are content, and words around it would
 * break its JSON. The words are told at the end where the answer never came, as with a refusal, and dropped where it did.
 */
export class TextBeforeAnswer {
  #state: 'told' | 'held' | 'dropped';
  #held: ChatEvent[] = [];
  #heldChars = 0;

  /** @param answerTool - the tool whose arguments are the answer. `undefined`: words are the answer. */
  constructor(answerTool: string | undefined) {
    this.#state = answerTool === undefined ? 'told' : 'held';
  }

  /** Takes words, and gives what of them is told now. */
  push(events: ChatEvent[]): ChatEvent[] {
    if (this.#state === 'dropped') return [];
    if (this.#state === 'told') return events;
    for (const event of events) {
      this.#held.push(event);
      if (event.kind === 'delta') this.#heldChars += event.delta.content?.length ?? 0;
    }
    return this.#heldChars > maxHeldChars ? this.end() : [];
  }

  /** The answer has begun. */
  drop(): void {
    this.#state = 'dropped';
    this.#held = [];
  }

  /** Gives what is held, once it is known that no answer comes. */
  end(): ChatEvent[] {
    const held = this.#held;
    this.#held = [];
    if (this.#state === 'held') this.#state = 'told';
    return held;
  }
}
