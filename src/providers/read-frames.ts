import { SseDecoder, type SseFrame } from '../upstream/sse-decoder.ts';
import { drainBody, type FinishingOptions, nextBeforeTimeout } from './finishing-body.ts';

/** What the frames of a stream are read with. */
export interface FrameReaderOptions extends FinishingOptions {
  readonly maxEventBytes: number;
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
      const piece = await (isWhole() ? nextBeforeTimeout(this.#body, this.#options) : this.#body.next());
      if (piece === undefined || piece.done === true) break;
      yield* sse.push(piece.value);
    }
    yield* sse.end();
  }

  /** Closes the connection, unless the body was read to its end. */
  async close(): Promise<void> {
    await this.#body.return?.();
  }

  /** Lets the body end by itself: see {@link drainBody}. */
  drain(): void {
    drainBody(this.#body, this.#options);
  }
}
