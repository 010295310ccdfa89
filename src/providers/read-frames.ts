import type { Clock } from '../core/clock.ts';
import { SseDecoder, type SseFrame } from '../upstream/sse-decoder.ts';

/** What the frames of a stream are read with. */
export interface FrameReaderOptions {
  readonly clock: Clock;
  readonly maxEventBytes: number;
  /** How long the rest of a stream may take once its answer is whole, in milliseconds. */
  readonly finishTimeoutMs: number;
}

/** Reads the frames of a stream of server-sent events. Whoever stops early calls `close`. */
export class FrameReader {
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #options: FrameReaderOptions;

  constructor(body: AsyncIterable<Uint8Array>, options: FrameReaderOptions) {
    this.#body = body[Symbol.asyncIterator]();
    this.#options = options;
  }

  /**
   * Reads the frames as they come.
   *
   * @param isWhole - whether the answer is whole, so that what is missing is waited for only so long.
   */
  async *read(isWhole: () => boolean): AsyncGenerator<SseFrame, void, undefined> {
    const sse = new SseDecoder({ maxEventBytes: this.#options.maxEventBytes });
    for (;;) {
      const piece = await (isWhole() ? this.#nextBeforeTimeout() : this.#body.next());
      if (piece === undefined || piece.done === true) break;
      yield* sse.push(piece.value);
    }
    yield* sse.end();
  }

  /** Closes the connection, unless the body was read to its end. */
  async close(): Promise<void> {
    await this.#body.return?.();
  }

  /**
   * Lets a body end by itself, which leaves its connection for the next call: the end comes with the last event or right after it.
   * Nobody waits for that.
   */
  drain(): void {
    this.#nextBeforeTimeout()
      .then((piece) => (piece?.done === true ? undefined : this.close()))
      .catch(() => {});
  }

  /** The next piece, or `undefined` when it does not come in time: a provider that has finished may forget to hang up. */
  #nextBeforeTimeout(): Promise<IteratorResult<Uint8Array> | undefined> {
    const { clock, finishTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = clock.after(finishTimeoutMs, () => resolve(undefined));
      this.#body.next().then(resolve, reject).finally(cancel);
    });
  }
}
