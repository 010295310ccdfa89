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
 * nor given room. What is held is copied: pieces of a byte would each cost more than a hundred.
 */
export class EventStreamDecoder {
  readonly #maxMessageBytes: number;
  /** Room for the message, in memory of its own. It grows with what comes, since what is announced may never come. */
  #held = new Uint8Array(preludeBytes);
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
    let rest = chunk;
    while (rest.length > 0) {
      const piece = rest.subarray(0, this.#neededBytes - this.#heldBytes);
      rest = rest.subarray(piece.length);
      this.#hold(piece);
      if (this.#heldBytes < this.#neededBytes) return;
      if (this.#neededBytes === preludeBytes) this.#neededBytes = this.#readMessageBytes();
      else yield decodeMessage(this.#takeMessage());
    }
  }

  #hold(piece: Uint8Array): void {
    const heldBytes = this.#heldBytes + piece.length;
    if (heldBytes > this.#held.length) {
      const grown = new Uint8Array(Math.min(Math.max(heldBytes, 2 * this.#held.length), this.#neededBytes));
      grown.set(this.#held);
      this.#held = grown;
    }
    this.#held.set(piece, this.#heldBytes);
    this.#heldBytes = heldBytes;
  }

  /** The whole message, which fills the room, as that is never larger than what is needed. */
  #takeMessage(): Uint8Array {
    const message = this.#held;
    this.#held = new Uint8Array(preludeBytes);
    this.#heldBytes = 0;
    this.#neededBytes = preludeBytes;
    return message;
  }

  #readMessageBytes(): number {
    const prelude = new DataView(this.#held.buffer);
    const [messageBytes, headerBytes] = [prelude.getUint32(0), prelude.getUint32(4)];
    const isIntact = crc32(this.#held.subarray(0, 8)) === prelude.getUint32(8);
    if (!isIntact || messageBytes < frameBytes + headerBytes) throw createMalformed();
    if (messageBytes > this.#maxMessageBytes) {
      throw new UpstreamFailure('too-large', `an event of the stream is larger than ${this.#maxMessageBytes} bytes`);
    }
    return messageBytes;
  }
}

/** @param message - in memory of its own: a length in the headers that says too much must not reach what other connections have read. */
function decodeMessage(message: Uint8Array): EventStreamMessage {
  try {
    const { headers, body } = codec.decode(message);
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
