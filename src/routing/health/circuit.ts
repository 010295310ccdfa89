import type { Clock } from '../../core/clock.ts';
import type { CircuitState } from '../../core/events.ts';

/** When a circuit opens, and for how long. */
export interface CircuitRules {
  /** The share of failures, from 0 to 1, at which it opens. */
  readonly failureShare: number;
  /** The fewest failures at which it opens, older ones counting for less. */
  readonly minFailures: number;
  /** After this long an outcome counts for half, in milliseconds. */
  readonly halfLifeMs: number;
  /** How long it stays open the first time, in milliseconds. Each probe that fails doubles it. */
  readonly openMs: number;
  /** The longest that it stays open without a probe, and that one probe keeps others away, in milliseconds. */
  readonly maxOpenMs: number;
}

/** One try, as a circuit sees it. */
export interface Trial {
  /** The first token came. */
  answered(): void;
  /**
   * It failed, and the provider is at fault: before the first token or after it.
   *
   * @param retryAfterMs - how long the provider asks to be left alone. `undefined`: it does not say.
   */
  failed(retryAfterMs?: number): void;
  /** It ended without a word on how the provider is: the client left, the request was at fault. After `answered` it means nothing. */
  abandoned(): void;
}

/** What can be read of a circuit. */
export interface CircuitReading {
  readonly state: CircuitState;
  /** How long until a call is let through to see, in milliseconds. Only of an open circuit. */
  readonly retryInMs?: number;
}

/**
 * A circuit breaker for one model of one provider.
 *
 * Closed, it weighs successes and failures, the older for less, and opens when failures are many enough and share enough of it. Open, it
 * lets nobody through for a time that doubles with each failed probe. Then it is half-open: one call at a time goes through as a probe; its
 * first token closes the circuit, its failure opens it again.
 *
 * Outcomes are weighed by exponential decay rather than in a window of buckets: two numbers a model, and no edge at which a burst is
 * suddenly forgotten. It only advises. A call that has nowhere else to go is made all the same, and its first token closes the circuit too.
 */
export class Circuit {
  readonly #clock: Clock;
  readonly #rules: CircuitRules;
  readonly #onChange: (from: CircuitState, to: CircuitState) => void;
  #state: CircuitState = 'closed';
  #successes = 0;
  #failures = 0;
  #weighedAtMs: number;
  /** How often it has opened since it was last closed. */
  #openings = 0;
  #openedAtMs = 0;
  #openUntilMs = 0;
  /** The try that is let through to see. `undefined`: none is on its way. */
  #probe: { readonly startedAtMs: number } | undefined;

  constructor(clock: Clock, rules: CircuitRules, onChange: (from: CircuitState, to: CircuitState) => void) {
    this.#clock = clock;
    this.#rules = rules;
    this.#onChange = onChange;
    this.#weighedAtMs = clock.monotonicMs();
  }

  read(): CircuitReading {
    if (this.#state !== 'open') return { state: this.#state };
    const retryInMs = this.#openUntilMs - this.#clock.monotonicMs();
    return retryInMs > 0 ? { state: 'open', retryInMs } : { state: 'half-open' };
  }

  /**
   * Whether a call may go through: always when closed, as the only probe when half-open. A probe that is silent for too long is no longer waited
   * for: models that think take minutes.
   */
  get admits(): boolean {
    const { state } = this.read();
    if (state !== 'half-open' || this.#probe === undefined) return state !== 'open';
    return this.#clock.monotonicMs() - this.#probe.startedAtMs >= this.#rules.maxOpenMs;
  }

  /** Begins a try, admitted or not. */
  begin(): Trial {
    const startedAtMs = this.#clock.monotonicMs();
    const self = { startedAtMs };
    if (this.#state !== 'closed' && this.admits) {
      this.#probe = self;
      this.#become('half-open');
    }
    const endProbe = (): boolean => {
      if (this.#probe !== self) return false;
      this.#probe = undefined;
      return true;
    };
    return {
      answered: () => {
        endProbe();
        // What began before the circuit opened says nothing of the time since.
        if (this.#state !== 'closed' && startedAtMs >= this.#openedAtMs) this.#close();
        this.#weigh();
        this.#successes += 1;
      },
      failed: (retryAfterMs) => {
        const wasProbing = endProbe();
        if (this.#state === 'closed') this.#countFailure(retryAfterMs);
        else if (wasProbing) this.#open(retryAfterMs);
      },
      abandoned: () => {
        endProbe();
      },
    };
  }

  #countFailure(retryAfterMs: number | undefined): void {
    this.#weigh();
    this.#failures += 1;
    const { failureShare, minFailures } = this.#rules;
    // Decay makes fractions of what was whole a moment ago.
    const isEnough = this.#failures > minFailures - 0.5;
    if (isEnough && this.#failures >= failureShare * (this.#failures + this.#successes)) this.#open(retryAfterMs);
  }

  #weigh(): void {
    const nowMs = this.#clock.monotonicMs();
    const factor = 2 ** (-(nowMs - this.#weighedAtMs) / this.#rules.halfLifeMs);
    this.#successes *= factor;
    this.#failures *= factor;
    this.#weighedAtMs = nowMs;
  }

  #open(retryAfterMs = 0): void {
    const { openMs, maxOpenMs } = this.#rules;
    const forMs = Math.min(Math.max(openMs * 2 ** this.#openings, retryAfterMs), maxOpenMs);
    this.#openings += 1;
    this.#openedAtMs = this.#clock.monotonicMs();
    this.#openUntilMs = this.#openedAtMs + forMs;
    this.#become('open');
  }

  #close(): void {
    this.#openings = 0;
    this.#successes = 0;
    this.#failures = 0;
    this.#probe = undefined;
    this.#become('closed');
  }

  #become(state: CircuitState): void {
    const from = this.#state;
    if (from === state) return;
    this.#state = state;
    this.#onChange(from, state);
  }
}
