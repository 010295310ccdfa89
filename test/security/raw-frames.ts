import type { RawClient } from '../wire/one-port-harness.ts';

/** Types of HTTP/2 frames: RFC 9113, section 6. */
export const frameTypes = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
  /** None that is specified. */
  unknown: 0x7b,
} as const;

/** Flags of frames: RFC 9113, section 6. */
export const flags = { endStream: 0x1, endHeaders: 0x4 } as const;

const nothing = Buffer.alloc(0);

/** The bytes of a frame, whatever is in it. */
export function makeFrame(type: number, flagBits: number, streamId: number, payload: Uint8Array = nothing): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flagBits, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Four bytes, as in RST_STREAM and WINDOW_UPDATE. */
export function makeUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header field of HPACK that is not indexed: RFC 7541, section 6.2.2. What it says is not checked. */
export function makeField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), makeString(name), makeString(value)]);
}

/** The same, put into the table that later headers refer to: RFC 7541, section 6.2.1. */
export function makeIndexedField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), makeString(name), makeString(value)]);
}

/** The header field that was put into the table last. */
export const lastIndexedField = 0x80 | 62;

/** The head of a request as one block of HPACK. */
export function makeRequestBlock(method: string, path: string, ...more: readonly Buffer[]): Buffer {
  const fields = [makeField(':method', method), makeField(':scheme', 'http'), makeField(':path', path)];
  return Buffer.concat([...fields, makeField(':authority', 'a'), ...more]);
}

function makeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const prefixMax = 127;
  if (bytes.length < prefixMax) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length: number[] = [prefixMax];
  let rest = bytes.length - prefixMax;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** The same bytes many times, in pieces of a thousand. */
export function* repeat(bytes: Buffer, thousands: number): Generator<Buffer> {
  const piece = Buffer.concat(Array.from({ length: 1000 }, () => bytes));
  for (let count = 0; count < thousands; count += 1) yield piece;
}

/** What is made for one stream after another, as many as are said. */
export function* forStreams(count: number, make: (streamId: number) => Buffer): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield make(2 * index + 1);
}

/**
 * Sends pieces one after another, as fast as the connection takes them, and leaves off when it is closed.
 *
 * @returns how many were sent.
 */
export async function sendAll({ socket }: RawClient, pieces: Iterable<Buffer>): Promise<number> {
  let sent = 0;
  for (const piece of pieces) {
    if (socket.destroyed) break;
    sent += 1;
    if (socket.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const stop = (): void => {
        socket.off('drain', stop);
        socket.off('close', stop);
        resolve();
      };
      socket.on('drain', stop);
      socket.on('close', stop);
    });
  }
  return sent;
}
