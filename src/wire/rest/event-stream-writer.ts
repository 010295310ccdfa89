import type { Clock } from '../../core/clock.ts';
import type { NodeResponse } from '../one-port-errors.ts';

/** What a stream is written with. */
export interface EventStreamOptions {
  readonly clock: Clock;
  /** After how much silence a comment is written, in milliseconds, so that proxies keep the connection. */
  readonly keepAliveCommentMs: number;
}

/**
 * Writes server-sent events to a response whose headers are out. Each write waits until the client has room, so that a slow client
 * holds back whoever produces.
 */
export class EventStreamWriter {
  readonly #response: NodeResponse;
  readonly #options: EventStreamOptions;
  #cancelTimer: () => void = () => {};
  #isClosed = false;
  /** Resolves the write that waits for room. At most one does. */
  #resume: (() => void) | undefined;

  constructor(response: NodeResponse, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    // Kept here and not read off the response: what HTTP/2's has in common with a Writable is less than its type says.
    this.#isClosed = response.writableEnded;
    response.on('drain', () => this.#resume?.());
    response.once('close', () => {
      this.#isClosed = true;
      this.#cancelTimer();
      this.#resume?.();
    });
    this.#armKeepAlive();
  }

  /** Writes one event with each text as its data. Resolves when there is room for more; also when the client is gone. */
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
    if (this.#isClosed) resolve();
    await promise;
    this.#resume = undefined;
  }

  #armKeepAlive(): void {
    this.#cancelTimer();
    if (this.#isClosed) return;
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
