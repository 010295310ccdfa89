import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { UpstreamFailure } from './upstream-failure.ts';

/** One message of a body of type `application/vnd.amazon.eventstream`. */
export interface EventStreamMessage {
  /** The headers that hold text, by name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

/** How the messages of a stream are read. */
export interface EventStreamDecoderOptions {
  /** The longest message, in bytes, its frame included. */
  readonly maxMessageBytes: number;
}

/** Two lengths, of the message and of its headers, and their checksum. */
const preludeBytes = 12;
/** What a message without headers and payload has: the prelude, and the checksum of everything. */
const frameBytes = 16;

const utf8 = new TextDecoder();
const codec = new EventStreamCodec(
  (text) => (typeof text === 'string' ? text : utf8.decode(text)),
  (text) => Buffer.from(text, 'utf8'),
);

/**
 * Decodes Amazon's binary event streams (smithy.io/2.0/aws/amazon-eventstream.html), however the network cuts them.
 *
 * A message is held until it is whole. Its lengths are checked as soon as they are there, so that a broken one is neither waited for
 * nor given room.
 */
export class EventStreamDecoder {
  readonly #maxMessageBytes: number;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  /** How much must be there for the next step: the prelude, or the message that it announced. */
  #neededBytes = preludeBytes;

  constructor({ maxMessageBytes }: EventStreamDecoderOptions) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether a message has begun and is not whole. */
  get isInsideMessage(): boolean {
    return this.#heldBytes > 0;
  }

  /**
   * Takes a piece of the body and gives the messages that it completes.
   *
   * @throws UpstreamFailure `too-large` for a message that is longer than allowed, `protocol` for one that is malformed.
   */
  *push(chunk: Uint8Array): Generator<EventStreamMessage, void, undefined> {
    this.#pieces.push(chunk);
    this.#heldBytes += chunk.byteLength;
    if (this.#heldBytes < this.#neededBytes) return;
    let rest = this.#takeHeld();
    while (rest.length >= this.#neededBytes) {
      if (this.#neededBytes === preludeBytes) this.#neededBytes = this.#readMessageBytes(rest);
      if (rest.length < this.#neededBytes) break;
      const message = rest.subarray(0, this.#neededBytes);
      rest = rest.subarray(this.#neededBytes);
      this.#neededBytes = preludeBytes;
      yield decodeMessage(message);
    }
    if (rest.length === 0) return;
    this.#pieces = [rest];
    this.#heldBytes = rest.length;
  }

  #takeHeld(): Buffer {
    const [first] = this.#pieces;
    const held =
      first !== undefined && this.#pieces.length === 1
        ? Buffer.from(first.buffer, first.byteOffset, first.byteLength)
        : Buffer.concat(this.#pieces, this.#heldBytes);
    this.#pieces = [];
    this.#heldBytes = 0;
    return held;
  }

  #readMessageBytes(bytes: Buffer): number {
    const [messageBytes, headerBytes, checksum] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt32BE(8)];
    if (crc32(bytes.subarray(0, 8)) !== checksum || messageBytes < frameBytes + headerBytes) throw createMalformed();
    if (messageBytes > this.#maxMessageBytes) {
      throw new UpstreamFailure('too-large', `an event of the stream is larger than ${this.#maxMessageBytes} bytes`);
    }
    return messageBytes;
  }
}

function decodeMessage(message: Buffer): EventStreamMessage {
  try {
    // In memory of its own: a length in the headers that says too much must not reach what other connections have read.
    const { headers, body } = codec.decode(Uint8Array.from(message));
    const texts = Object.entries(headers).flatMap(([name, { type, value }]) =>
      type === 'string' ? [[name, value] as const] : [],
    );
    return { headers: new Map(texts), payload: body };
  } catch (thrown) {
    throw createMalformed(thrown);
  }
}

function createMalformed(cause?: unknown): UpstreamFailure {
  return new UpstreamFailure('protocol', 'a message of the stream is malformed', cause);
}
