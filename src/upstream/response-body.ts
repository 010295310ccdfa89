import type { UpstreamFailure } from './upstream-failure.ts';

/** The connection, as a body sees it. */
export interface BodySource {
  /** Lets more come, if it was held back. */
  resume(): void;
  /** Closes it: nobody wants the rest. */
  abandon(): void;
}

type ReadResult = IteratorResult<Uint8Array, undefined>;

const endOfBody: ReadResult = { done: true, value: undefined };

/**
 * The body of a response between the network, which pushes, and one reader, who pulls. What the reader has not taken waits here;
 * past a bound the network is held back, and with it, through TCP, the server.
 */
export class ResponseBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: BodySource;
  readonly #maxBufferedBytes: number;
  #waiting: Uint8Array[] = [];
  #bufferedBytes = 0;
  #reader: PromiseWithResolvers<ReadResult> | undefined;
  /** How the body ended on the network's side. `undefined`: it has not. */
  #outcome: 'complete' | UpstreamFailure | undefined;

  /**
   * @param source - where the body comes from.
   * @param maxBufferedBytes - how much may wait before the source is held back.
   */
  constructor(source: BodySource, maxBufferedBytes: number) {
    this.#source = source;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  /**
   * Takes a piece from the network.
   *
   * @returns whether the network must wait until `resume` is called.
   */
  push(chunk: Uint8Array): boolean {
    if (this.#reader !== undefined) {
      this.#answer(this.#reader, { done: false, value: chunk });
      return false;
    }
    this.#waiting.push(chunk);
    this.#bufferedBytes += chunk.byteLength;
    return this.#bufferedBytes >= this.#maxBufferedBytes;
  }

  /** The network has given everything. */
  end(): void {
    this.#outcome = 'complete';
    if (this.#reader !== undefined) this.#answer(this.#reader, endOfBody);
  }

  /** The network gives no more. The reader still gets what came before. */
  fail(failure: UpstreamFailure): void {
    this.#outcome = failure;
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.reject(failure);
  }

  /** As {@link fail}, but at once: what waits is thrown away. */
  abort(failure: UpstreamFailure): void {
    this.#clear();
    this.fail(failure);
  }

  next(): Promise<ReadResult> {
    // Two reads at a time are allowed by the protocol of iterators, though nobody does it: the second waits for the first.
    if (this.#reader !== undefined) return this.#reader.promise.then(() => this.next());
    if (this.#waiting.length > 0) {
      const value = this.#takeWaiting();
      this.#source.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#outcome === 'complete') return Promise.resolve(endOfBody);
    if (this.#outcome !== undefined) return Promise.reject(this.#outcome);
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  return(): Promise<ReadResult> {
    this.#clear();
    if (this.#outcome === undefined) this.#source.abandon();
    this.end();
    return Promise.resolve(endOfBody);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** In one piece, so that a reader who was away catches up with one wake-up. */
  #takeWaiting(): Uint8Array {
    const [first] = this.#waiting;
    const value =
      first !== undefined && this.#waiting.length === 1 ? first : Buffer.concat(this.#waiting, this.#bufferedBytes);
    this.#clear();
    return value;
  }

  #clear(): void {
    this.#waiting = [];
    this.#bufferedBytes = 0;
  }

  #answer(reader: PromiseWithResolvers<ReadResult>, result: ReadResult): void {
    this.#reader = undefined;
    reader.resolve(result);
  }
}
