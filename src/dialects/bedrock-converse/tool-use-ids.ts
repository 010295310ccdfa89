import { unpackToolCallId } from '../tool-call-memo.ts';

/** What Bedrock takes as the id of a tool call: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html. */
const refusedChars = /[^a-zA-Z0-9_-]/g;
const maxIdChars = 64;

/**
 * The ids of one request's tool calls in a form that Bedrock takes. Calls of other providers may have ids that are longer or have other
 * characters, or none; results without an id belong to the calls before them in order.
 */
export class ToolUseIds {
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
    const sent = id === '' ? this.#makeFree('call') : (this.#sent.get(id) ?? this.#makeFree(id));
    if (id !== '') this.#sent.set(id, sent);
    this.#unanswered.push(sent);
    return sent;
  }

  /** The id of the call that a result is of. */
  resolveResult(packedId: string | undefined): string {
    const { id } = unpackToolCallId(packedId ?? '');
    const named = id === '' ? this.#unanswered[0] : this.#sent.get(id);
    const sent = named ?? this.#makeFree(id || 'call');
    const place = this.#unanswered.indexOf(sent);
    if (place !== -1) this.#unanswered.splice(place, 1);
    return sent;
  }

  #makeFree(id: string): string {
    const clean = id.replace(refusedChars, '_');
    let free = clean.slice(0, maxIdChars);
    for (let count = 1; this.#taken.has(free); count += 1) {
      const suffix = `_${count}`;
      free = clean.slice(0, maxIdChars - suffix.length) + suffix;
    }
    this.#taken.add(free);
    return free;
  }
}
