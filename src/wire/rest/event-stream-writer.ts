import type { Clock } from '../../core/clock.ts';
import { cutResponse, endGraceMs } from '../cut-response.ts';
import type { NodeResponse } from '../one-port-errors.ts';

/** What a stream is written with. */
export interface EventStreamOptions {
  readonly clock: Clock;
  /** After how much silence a comment is written, in milliseconds, so that proxies keep the connection. */
  readonly keepAliveCommentMs: number;
}

/**
 * Writes server-sent events to a response whose headers are out. Each write waits until the client has room, so that a slow client
 * holds back whoever produces; but not past the end of its call.
 */
export class EventStreamWriter {
  readonly #response: NodeResponse;
  readonly #signal: AbortSignal;
  readonly #options: EventStreamOptions;
  #cancelTimer: () => void = () => {};
  #cancelCut: () => void = () => {};
  #isClosed = false;
  /** Resolves the write that waits for room. At most one does. */
  #resume: (() => void) | undefined;

  /** @param signal - aborted when the call must end. From then on no write waits, and what is not read soon is cut off. */
  constructor(response: NodeResponse, signal: AbortSignal, options: EventStreamOptions) {
    this.#response = response;
    this.#signal = signal;
    this.#options = options;
    // Kept here and not read off the response: what HTTP/2's has in common with a Writable is less than its type says.
    this.#isClosed = response.writableEnded;
    response.on('drain', () => this.#resume?.());
    response.once('close', () => {
      this.#isClosed = true;
      this.#cancelTimer();
      this.#cancelCut();
      this.#resume?.();
    });
    if (signal.aborted) this.#stop();
    else signal.addEventListener('abort', () => this.#stop(), { once: true });
    this.#armKeepAlive();
  }

  /**
   * Writes one event with each text as its data. Resolves when there is room for more; also when the client is gone or the call
   * stopped.
   */
  async write(...data: readonly string[]): Promise<void> {
    if (this.#isClosed) return;
    const hasRoom = write(this.#response, data.map((text) => `data: ${text}\n\n`).join(''));
    if (!hasRoom) await this.#waitForRoom();
    this.#armKeepAlive();
  }

  /** Ends the response. */
  end(): void {
    this.#cancelTimer();
    if (!this.#isClosed) this.#response.end();
  }

  /** While a write waits for room no timer runs: a client that has not taken what it was sent needs no sign of life. */
  async #waitForRoom(): Promise<void> {
    this.#cancelTimer();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resume = resolve;
    // It may have closed inside the write itself.
    if (this.#isClosed || this.#signal.aborted) resolve();
    await promise;
    this.#resume = undefined;
  }

  /** Lets the answer end, and gives the client a while to take that end. */
  #stop(): void {
    if (this.#isClosed) return;
    this.#cancelCut = this.#options.clock.after(endGraceMs, () => cutResponse(this.#response));
    this.#resume?.();
  }

  #armKeepAlive(): void {
    this.#cancelTimer();
    if (this.#isClosed || this.#signal.aborted) return;
    const { clock, keepAliveCommentMs } = this.#options;
    this.#cancelTimer = clock.after(keepAliveCommentMs, () => {
      write(this.#response, ': keep-alive\n\n');
      this.#armKeepAlive();
    });
  }
}

/** Node's two response types have overloads of `write` that a union of them cannot call. */
function write(response: NodeResponse, text: string): boolean {
  const stream: { write(chunk: string): boolean } = response;
  return stream.write(text);
}
