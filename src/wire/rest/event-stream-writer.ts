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

  constructor(response: NodeResponse, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    this.#armKeepAlive();
  }

  /** Writes one event with each text as its data. Resolves when there is room for more; also when the client is gone. */
  async write(...data: readonly string[]): Promise<void> {
    await this.#send(data.map((text) => `data: ${text}\n\n`).join(''));
    this.#armKeepAlive();
  }

  /** Ends the response. */
  end(): void {
    this.#cancelTimer();
    this.#response.end();
  }

  #armKeepAlive(): void {
    this.#cancelTimer();
    const { clock, keepAliveCommentMs } = this.#options;
    this.#cancelTimer = clock.after(keepAliveCommentMs, () => {
      // A client that has not taken what it was sent needs no sign of life.
      if (!this.#response.writableNeedDrain) write(this.#response, ': keep-alive\n\n');
      this.#armKeepAlive();
    });
  }

  async #send(text: string): Promise<void> {
    const response = this.#response;
    if (response.destroyed || write(response, text)) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        response.off('drain', settle);
        response.off('close', settle);
        resolve();
      };
      response.on('drain', settle);
      response.on('close', settle);
    });
  }
}

/** Node's two response types have overloads of `write` that a union of them cannot call. */
function write(response: NodeResponse, text: string): boolean {
  const stream: { write(chunk: string): boolean } = response;
  return stream.write(text);
}
