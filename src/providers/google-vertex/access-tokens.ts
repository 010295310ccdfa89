import type { Clock } from '../../core/clock.ts';
import { createError } from '../../core/errors.ts';
import { abortedFailure } from '../../upstream/upstream-failure.ts';

/** What calls of an API carry, and for how long. */
export interface AccessToken {
  readonly headers: Readonly<Record<string, string>>;
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number;
}

/** What tokens are kept with. */
export interface AccessTokensOptions {
  /** The provider's id. */
  readonly provider: string;
  readonly clock: Clock;
  /** How long one token may take to come, in milliseconds. */
  readonly timeoutMs: number;
  /** Gets a new token. The signal aborts when it takes too long. Throws a SignalboxError of an attempt. */
  readonly fetchToken: (signal: AbortSignal) => Promise<AccessToken>;
}

/**
 * How long before its end a token is given up, in milliseconds: it must last until its request has arrived. Google's metadata server
 * hands out the same one until five minutes before its end, so more than that would ask for one with every call.
 */
const refreshBeforeMs = 60_000;

/** Keeps a token until shortly before its end, and gets the next one once for all who wait. */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  #token: AccessToken | undefined;
  #refreshing: Promise<AccessToken> | undefined;

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /**
   * The headers of one call.
   *
   * @param signal - ends the wait. A token under way still comes: others may wait for it.
   * @throws SignalboxError of an attempt, or UpstreamFailure `aborted`.
   */
  async headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (signal.aborted) throw abortedFailure;
    if (this.#token !== undefined && this.#options.clock.nowMs() < this.#token.expiresAtMs - refreshBeforeMs) {
      return this.#token.headers;
    }
    this.#refreshing ??= this.#refresh();
    return (await waitFor(this.#refreshing, signal)).headers;
  }

  async #refresh(): Promise<AccessToken> {
    const { provider, clock, timeoutMs, fetchToken } = this.#options;
    const controller = new AbortController();
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(timeoutMs, () => {
      const problem = `it gave no access token within ${timeoutMs} ms`;
      late.reject(createError('PROVIDER_TIMEOUT', { provider, problem }));
      controller.abort();
    });
    try {
      this.#token = await Promise.race([fetchToken(controller.signal), late.promise]);
      return this.#token;
    } finally {
      cancel();
      this.#refreshing = undefined;
    }
  }
}

/** Waits for what is shared with others, but no longer than the signal lets it. */
function waitFor<Value>(shared: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(abortedFailure);
    signal.addEventListener('abort', giveUp);
    shared.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
