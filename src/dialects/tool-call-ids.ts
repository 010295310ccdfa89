import { unpackToolCallId } from './tool-call-memo.ts';

/** What a provider takes as the id of a tool call. */
export interface ToolCallIdRules {
  /** Characters that it refuses: with the flag `g`. */
  readonly refusedChars?: RegExp;
  /** The longest id, in characters. */
  readonly maxChars?: number;
}

/**
 * The ids of one request's tool calls in a form that a provider takes: each call has one, no two have the same, and each result names one
 * of them. Calls of other providers may have ids that are longer or have other characters, may have none, or begin to count again in every
 * answer; results without an id belong to the calls before them in order.
 */
export class ToolCallIds {
  readonly #rules: Required<ToolCallIdRules>;
  /** The last call of each id. */
  readonly #sent = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The calls of the last assistant message that have no result yet. */
  #unanswered: { readonly id: string; readonly sent: string }[] = [];

  constructor({ refusedChars = /(?!)/g, maxChars = Infinity }: ToolCallIdRules = {}) {
    this.#rules = { refusedChars, maxChars };
  }

  /** Begins an assistant message: results that follow are of its calls. */
  beginMessage(): void {
    this.#unanswered = [];
  }

  /** The id of a call. */
  addCall(packedId: string): string {
    const { id } = unpackToolCallId(packedId);
    const sent = this.#makeFree(id || 'call');
    if (id !== '') this.#sent.set(id, sent);
    this.#unanswered.push({ id, sent });
    return sent;
  }

  /** The id of the call that a result is of. A result of no call gets an id that no call has: the provider says what is wrong. */
  resolveResult(packedId: string | undefined): string {
    const { id } = unpackToolCallId(packedId ?? '');
    // Calls of one message may share an id: their results are in order too.
    const place = id === '' ? 0 : this.#unanswered.findIndex((call) => call.id === id);
    const [answered] = place === -1 ? [] : this.#unanswered.splice(place, 1);
    return answered?.sent ?? this.#sent.get(id) ?? this.#makeFree(id || 'call');
  }

  #makeFree(id: string): string {
    let free = this.#fit(id, '');
    for (let count = 1; this.#taken.has(free); count += 1) free = this.#fit(id, `_${count}`);
    this.#taken.add(free);
    return free;
  }

  #fit(id: string, suffix: string): string {
    const { refusedChars, maxChars } = this.#rules;
    return id.replace(refusedChars, '_').slice(0, maxChars - suffix.length) + suffix;
  }
}
