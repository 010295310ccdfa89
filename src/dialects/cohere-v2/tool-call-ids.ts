import { unpackToolCallId } from '../tool-call-memo.ts';

/**
 * The ids of one request's tool calls in a form that Cohere takes: each call has one, no two have the same, and each result names one of
 * them (docs.cohere.com/v2/reference/errors). Calls of other providers may have none, or begin to count again in every answer; results
 * without an id belong to the calls before them in order.
 */
export class ToolCallIds {
  readonly #sent = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** The calls of the last assistant message that have no result yet. */
  #unanswered: string[] = [];

  /** Begins an assistant message: results that follow are of its calls. */
  beginMessage(): void {
    this.#unanswered = [];
  }

  /** The id of a call. */
  addCall(packedId: string): string {
    const { id } = unpackToolCallId(packedId);
    const sent = this.#makeFree(id || 'call');
    if (id !== '') this.#sent.set(id, sent);
    this.#unanswered.push(sent);
    return sent;
  }

  /** The id of the call that a result is of. One that no call has stays as it is: the provider says what is wrong. */
  resolveResult(packedId: string | undefined): string {
    const { id } = unpackToolCallId(packedId ?? '');
    const sent = (id === '' ? this.#unanswered[0] : this.#sent.get(id)) ?? id;
    const place = this.#unanswered.indexOf(sent);
    if (place !== -1) this.#unanswered.splice(place, 1);
    return sent;
  }

  #makeFree(id: string): string {
    let free = id;
    for (let count = 1; this.#taken.has(free); count += 1) free = `${id}_${count}`;
    this.#taken.add(free);
    return free;
  }
}
