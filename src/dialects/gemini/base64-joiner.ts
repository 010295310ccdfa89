/**
 * Joins pieces of base64 that each end by themselves. Put together as they are, the padding of one would stand in the middle, where decoders
 * stop. What it gives can be put together.
 */
export class Base64Joiner {
  /** The bytes that do not fill a group of four characters yet: two at most. */
  #rest: Buffer = Buffer.alloc(0);

  /** Takes a piece, and gives what is whole. */
  push(piece: string): string {
    const bytes = Buffer.concat([this.#rest, Buffer.from(piece, 'base64')]);
    const whole = bytes.length - (bytes.length % 3);
    this.#rest = bytes.subarray(whole);
    return bytes.toString('base64', 0, whole);
  }

  /** Gives what is left, with padding. */
  end(): string {
    const last = this.#rest.toString('base64');
    this.#rest = Buffer.alloc(0);
    return last;
  }
}
