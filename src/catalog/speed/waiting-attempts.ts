interface Waiting {
  /** On the monotonic clock. */
  readonly startedAtMs: number;
  /** How many of the candidate's attempts had their first token when this one began. */
  readonly answeredBefore: number;
}

/** An attempt is overdue when it has waited for so many times what is expected. */
const overdueFactor = 2;
/** A wait counts as this at most, in milliseconds, like the times that are measured. */
const maxWaitMs = 10 * 60 * 1000;

/**
 * One candidate's streamed attempts that wait for their first token.
 *
 * They say how slow it is before any answer does: one that is overdue counts as if its token came now. That it takes few of a busy
 * candidate's calls to be overdue at any time must not count against it, so that they count by their share of the calls that began since
 * the oldest of them did.
 */
export class WaitingAttempts {
  readonly #maxSize: number;
  /** By call, those that began first before. */
  readonly #onTime = new Map<string, Waiting>();
  readonly #overdue = new Map<string, Waiting>();
  /** Of those that are overdue. */
  #sumOfStartsMs = 0;
  #answered = 0;

  /** @param maxSize - how many are watched. More than these are let go: the ones that wait for the longest time say most. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#onTime.size + this.#overdue.size;
  }

  /** @param startedAtMs - now, on the monotonic clock. */
  begin(generationId: string, startedAtMs: number): void {
    if (this.size >= this.#maxSize) return;
    this.end(generationId);
    this.#onTime.set(generationId, { startedAtMs, answeredBefore: this.#answered });
  }

  /** Ends the wait of an attempt that has its first token, or failed. Nothing happens when it is not watched. */
  end(generationId: string): void {
    const overdue = this.#overdue.get(generationId);
    if (overdue !== undefined) {
      this.#overdue.delete(generationId);
      this.#sumOfStartsMs = this.#overdue.size === 0 ? 0 : this.#sumOfStartsMs - overdue.startedAtMs;
    } else if (!this.#onTime.delete(generationId)) return;
    this.#answered += 1;
  }

  /**
   * What is expected of the next call, once those that are overdue count. Takes the same time however many wait, on average.
   *
   * @param expectedMs - what the answers say, in milliseconds.
   * @param weight - how many recent answers that stands on, above 0.
   * @param nowMs - on the monotonic clock.
   * @returns `expectedMs` or more.
   */
  raise(expectedMs: number, weight: number, nowMs: number): number {
    this.#collectOverdue(nowMs - overdueFactor * expectedMs);
    const [oldest] = this.#overdue.values();
    if (oldest === undefined) return expectedMs;
    const count = this.#overdue.size;
    const answered = this.#answered - oldest.answeredBefore;
    const overdueWeight = answered > weight ? (count * weight) / answered : count;
    const waitedMs = Math.min(nowMs - this.#sumOfStartsMs / count, maxWaitMs);
    return expectedMs + (Math.max(0, waitedMs - expectedMs) * overdueWeight) / (weight + overdueWeight);
  }

  #collectOverdue(startedUntilMs: number): void {
    for (const [generationId, waiting] of this.#onTime) {
      if (waiting.startedAtMs > startedUntilMs) return;
      this.#onTime.delete(generationId);
      this.#overdue.set(generationId, waiting);
      this.#sumOfStartsMs += waiting.startedAtMs;
    }
  }
}
