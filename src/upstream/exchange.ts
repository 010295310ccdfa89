import type { Dispatcher } from 'undici';
import { classifyFailure, type FailureLimits } from './classify-failure.ts';
import { ResponseBody } from './response-body.ts';
import { headerValue, type ResponseHeaders } from './response-headers.ts';
import { abortedFailure, UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamResponse } from './upstream-response.ts';

/** The bounds of one exchange. */
export interface ExchangeLimits extends FailureLimits {
  readonly maxBufferedBytes: number;
}

/**
 * One request and its answer: the handler that undici calls, and the end of the abort signal.
 *
 * undici knows a request longer than its caller does: one whose caller gave up while it was connecting cannot be taken back, and
 * is refused when its connection stands. So `over` (nothing more to tell the caller) and `released` (undici has let go) are two
 * things.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits;
  readonly #signal: AbortSignal;
  readonly #onReleased: () => void;
  readonly #response = Promise.withResolvers<UpstreamResponse>();
  #controller: Dispatcher.DispatchController | undefined;
  #body: ResponseBody | undefined;
  #over = false;
  #released = false;

  /**
   * @param limits - as in the client's options.
   * @param signal - ends the exchange when it aborts. Nothing is left on it once the exchange is over.
   * @param onReleased - called once, when undici holds nothing of the exchange any more.
   */
  constructor(limits: ExchangeLimits, signal: AbortSignal, onReleased: () => void) {
    this.#limits = limits;
    this.#signal = signal;
    this.#onReleased = onReleased;
    signal.addEventListener('abort', this);
  }

  /** The answer, once its headers have come. */
  get response(): Promise<UpstreamResponse> {
    return this.#response.promise;
  }

  /** The signal aborted. */
  handleEvent(): void {
    this.#finish();
    if (this.#body === undefined) this.#response.reject(abortedFailure);
    else this.#body.abort(abortedFailure);
    this.#controller?.abort(abortedFailure);
  }

  /** The body's reader has caught up. */
  resume(): void {
    // Once the exchange is over its connection may be another one's.
    if (!this.#over) this.#controller?.resume();
  }

  /** The body's reader has left. */
  abandon(): void {
    this.#finish();
    this.#controller?.abort(abortedFailure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Throwing refuses the request and leaves the connection to others; controller.abort would close it.
    if (this.#over) throw abortedFailure;
    this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    // Informational answers come before the real one and may be ignored (RFC 9110 §15.2).
    if (status < 200) return;
    if ((headerValue(headers, 'content-encoding') || 'identity').toLowerCase() !== 'identity') {
      throw new UpstreamFailure('protocol', 'the answer is compressed, though that was not asked for');
    }
    this.#body = new ResponseBody(this, this.#limits.maxBufferedBytes);
    this.#response.resolve({ status, headers, body: this.#body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#body?.push(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#finish();
    this.#body?.end();
    this.#release();
  }

  /** Comes without a controller where the request was refused before it began. */
  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    if (!this.#over) {
      this.#finish();
      const failure = classifyFailure(error, this.#body !== undefined, this.#limits);
      if (this.#body === undefined) this.#response.reject(failure);
      else this.#body.fail(failure);
    }
    this.#release();
  }

  #finish(): void {
    this.#over = true;
    this.#signal.removeEventListener('abort', this);
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#onReleased();
  }
}
