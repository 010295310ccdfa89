import { UpstreamFailure } from './upstream-failure.ts';

/** One event of a stream. */
export interface SseFrame {
  /** Its `event` field. `undefined`: it has none, or an empty one. {@link unframedEvent}: it was no event at all. */
  readonly event: string | undefined;
  /** Its `data` fields, joined by line feeds. */
  readonly data: string;
}

/** The bounds of a decoder. */
export interface SseDecoderOptions {
  /** The longest event, in bytes: its `data` lines so far and the line being read, whatever that is. */
  readonly maxEventBytes: number;
}

/**
 * The name of a frame made of lines that are no event. Servers put a bare JSON error in place of a stream, or after its events:
 * whatever begins with `{` on a line that is no field is given as such a frame, up to the next blank line, field or end.
 */
export const unframedEvent = 'unframed';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const colon = 0x3a;
const openBrace = 0x7b;

const dataField = Buffer.from('data');
const eventField = Buffer.from('event');
const ignoredFields = [Buffer.from('id'), Buffer.from('retry')];

/**
 * Decodes a stream of server-sent events (WHATWG HTML §9.2.6), whatever the pieces that its bytes come in: the frames are the
 * same for all cuts.
 *
 * It differs from the standard in two points. An event that the end of the stream leaves without its blank line is given, not
 * dropped: providers end so, and a cut is told by the body. And lines that are no event are given where they may be JSON
 * ({@link unframedEvent}). `id` and `retry` are for reconnecting, which is never done, and are ignored like comments.
 *
 * It works on bytes: lines end at bytes that are part of no other character, so each is decoded whole, and bounds are exact.
 */
export class SseDecoder {
  readonly #maxEventBytes: number;
  /** The line whose end has not come. Grows by doubling, so that a line that comes byte by byte costs linear time. */
  #partial: Buffer = Buffer.alloc(0);
  #partialBytes = 0;
  /** The event or the unframed lines whose blank line has not come. At most one of the two texts is there. */
  #data: string | undefined;
  #unframed: string | undefined;
  #event: string | undefined;
  #keptBytes = 0;
  #atStart = true;
  /** The last byte was a carriage return: a line feed right after it belongs to the same line end. */
  #afterReturn = false;
  #failure: UpstreamFailure | undefined;

  constructor(options: SseDecoderOptions) {
    this.#maxEventBytes = options.maxEventBytes;
  }

  /**
   * Takes the next piece of the stream.
   *
   * @returns the frames that it completes.
   * @throws UpstreamFailure `too-large`. Frames before the event that is too large are given first: the failure then comes with
   * the next call.
   */
  push(chunk: Uint8Array): SseFrame[] {
    const frames: SseFrame[] = [];
    if (this.#failure === undefined) this.#scan(asBuffer(chunk), frames);
    return this.#give(frames);
  }

  /**
   * The stream has ended.
   *
   * @returns the last frame, if it lacked its end.
   * @throws UpstreamFailure `too-large`.
   */
  end(): SseFrame[] {
    const frames: SseFrame[] = [];
    if (this.#failure === undefined) {
      if (this.#partialBytes > 0) this.#endPartialLine(frames);
      this.#endEvent(frames);
    }
    return this.#give(frames);
  }

  #give(frames: SseFrame[]): SseFrame[] {
    if (this.#failure !== undefined && frames.length === 0) throw this.#failure;
    return frames;
  }

  #scan(chunk: Buffer, frames: SseFrame[]): void {
    let start = 0;
    if (this.#afterReturn && chunk.length > 0) {
      this.#afterReturn = false;
      if (chunk[0] === lineFeed) start = 1;
    }
    // Both line ends are looked for ahead, each only as far as it has not been yet: one pass, however they are mixed.
    let nextReturn = indexOrEnd(chunk, carriageReturn, start);
    let nextFeed = -1;
    while (start < chunk.length && this.#failure === undefined) {
      // The line after an event is empty: that needs no search.
      if (nextFeed < start) nextFeed = chunk[start] === lineFeed ? start : indexOrEnd(chunk, lineFeed, start);
      if (nextReturn < start) nextReturn = indexOrEnd(chunk, carriageReturn, start);
      const end = Math.min(nextFeed, nextReturn);
      if (end === chunk.length) {
        this.#keepPartialLine(chunk, start, end);
        return;
      }
      if (this.#partialBytes === 0) {
        this.#line(chunk, start, end, frames);
      } else {
        this.#keepPartialLine(chunk, start, end);
        this.#endPartialLine(frames);
      }
      start = end + 1;
      if (end === nextReturn) {
        if (chunk[start] === lineFeed) start += 1;
        else this.#afterReturn = start === chunk.length;
      }
    }
  }

  #keepPartialLine(chunk: Buffer, start: number, end: number): void {
    const bytes = this.#partialBytes + end - start;
    if (!this.#fits(bytes)) return;
    if (bytes > this.#partial.length) {
      const grown = Buffer.allocUnsafe(Math.max(1024, 2 * bytes));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    chunk.copy(this.#partial, this.#partialBytes, start, end);
    this.#partialBytes = bytes;
  }

  #endPartialLine(frames: SseFrame[]): void {
    if (this.#failure !== undefined) return;
    const bytes = this.#partialBytes;
    this.#partialBytes = 0;
    this.#line(this.#partial, 0, bytes, frames);
  }

  #line(bytes: Buffer, lineStart: number, end: number, frames: SseFrame[]): void {
    const lineBytes = end - lineStart;
    if (!this.#fits(lineBytes)) return;
    let start = lineStart;
    if (this.#atStart) {
      this.#atStart = false;
      if (hasByteOrderMark(bytes, start, end)) start += 3;
    }
    if (start === end) {
      this.#endEvent(frames);
      return;
    }
    if (bytes[start] === colon) return;

    let valueStart = findValue(bytes, start, end, dataField);
    if (valueStart !== -1) {
      if (this.#unframed !== undefined) this.#endEvent(frames);
      this.#keptBytes += lineBytes;
      this.#data = joinLines(this.#data, bytes.toString('utf8', valueStart, end));
      return;
    }
    valueStart = findValue(bytes, start, end, eventField);
    if (valueStart !== -1) {
      if (this.#unframed !== undefined) this.#endEvent(frames);
      this.#event = bytes.toString('utf8', valueStart, end) || undefined;
      return;
    }
    if (this.#unframed === undefined) {
      if (bytes[start] !== openBrace) return;
      this.#endEvent(frames);
    } else if (ignoredFields.some((field) => findValue(bytes, start, end, field) !== -1)) {
      return;
    }
    this.#keptBytes += lineBytes;
    this.#unframed = joinLines(this.#unframed, bytes.toString('utf8', start, end));
  }

  #endEvent(frames: SseFrame[]): void {
    if (this.#data !== undefined) frames.push({ event: this.#event, data: this.#data });
    else if (this.#unframed !== undefined) frames.push({ event: unframedEvent, data: this.#unframed });
    this.#data = undefined;
    this.#unframed = undefined;
    this.#event = undefined;
    this.#keptBytes = 0;
  }

  /** Whether a line of `lineBytes` may be added to the event. The decoder has failed if not. */
  #fits(lineBytes: number): boolean {
    if (this.#keptBytes + lineBytes <= this.#maxEventBytes) return true;
    this.#failure = new UpstreamFailure(
      'too-large',
      `one event of the answer is larger than ${this.#maxEventBytes} bytes`,
    );
    this.#partial = Buffer.alloc(0);
    return false;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function indexOrEnd(chunk: Buffer, byte: number, start: number): number {
  const index = chunk.indexOf(byte, start);
  return index === -1 ? chunk.length : index;
}

function hasByteOrderMark(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}

/** Where the value of a field begins. -1: the line is not that field. */
function findValue(bytes: Buffer, start: number, end: number, field: Buffer): number {
  const nameEnd = start + field.length;
  if (nameEnd > end) return -1;
  for (let offset = 0; offset < field.length; offset += 1) {
    if (bytes[start + offset] !== field[offset]) return -1;
  }
  if (nameEnd === end) return end;
  if (bytes[nameEnd] !== colon) return -1;
  const valueStart = nameEnd + 1;
  return valueStart < end && bytes[valueStart] === space ? valueStart + 1 : valueStart;
}

function joinLines(before: string | undefined, line: string): string {
  return before === undefined ? line : `${before}\n${line}`;
}
