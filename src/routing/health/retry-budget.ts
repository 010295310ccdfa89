import type { Clock } from '../../core/clock.ts';

/** How many retries a provider gets. */
export interface RetryBudgetRules {
  /** Tokens of a full bucket. */
  readonly maxTokens: number;
  /** What an answer puts back. */
  readonly tokensPerAnswer: number;
  /** What a second puts back, so that a provider with few calls gets its retries again. */
  readonly tokensPerSecond: number;
}

/**
 * The retry budget of one provider, as gRPC throttles retries (proposal A6): a failure takes a token, an answer puts a part of one back, and
 * while the bucket is not more than half full nothing is retried. A provider that fails now and then is retried each time; one that is out
 * of order gets no more than its first tries.
 */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #rules: RetryBudgetRules;
  #tokens: number;
  #filledAtMs: number;

  constructor(clock: Clock, rules: RetryBudgetRules) {
    this.#clock = clock;
    this.#rules = rules;
    this.#tokens = rules.maxTokens;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Whether a failure may be retried now. */
  get allowsRetry(): boolean {
    this.#refill();
    return this.#tokens > this.#rules.maxTokens / 2;
  }

  noteAnswer(): void {
    this.#refill();
    this.#add(this.#rules.tokensPerAnswer);
  }

  noteFailure(): void {
    this.#refill();
    this.#add(-1);
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#add(((nowMs - this.#filledAtMs) / 1000) * this.#rules.tokensPerSecond);
    this.#filledAtMs = nowMs;
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(Math.max(this.#tokens + tokens, 0), this.#rules.maxTokens);
  }
}
