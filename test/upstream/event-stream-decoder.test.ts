import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamDecoder, type EventStreamMessage } from '../../src/upstream/event-stream-decoder.ts';
import { UpstreamFailure } from '../../src/upstream/upstream-failure.ts';
import { encodeMessage } from '../contract/bedrock-wire.ts';
import { cutBytes } from '../support/fake-upstream.ts';

interface PlainMessage {
  readonly headers: Record<string, string>;
  readonly payload: string;
}

const maxMessageBytes = 100_000;

function decode(pieces: readonly Uint8Array[], maxBytes = maxMessageBytes): PlainMessage[] {
  return decodePieces(pieces, maxBytes).map(toPlain);
}

function decodePieces(pieces: readonly Uint8Array[], maxBytes = maxMessageBytes): EventStreamMessage[] {
  const decoder = new EventStreamDecoder({ maxMessageBytes: maxBytes });
  return pieces.flatMap((piece) => [...decoder.push(piece)]);
}

function toPlain({ headers, payload }: EventStreamMessage): PlainMessage {
  return { headers: Object.fromEntries(headers), payload: Buffer.from(payload).toString('utf8') };
}

/** The failure that bytes end in. `undefined`: none. Throws what is no failure of HTTP. */
function findFailure(pieces: readonly Uint8Array[], maxBytes?: number): UpstreamFailure | undefined {
  try {
    decode(pieces, maxBytes);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof UpstreamFailure) return thrown;
    throw thrown;
  }
}

// The library keeps headers in a plain object, where this name sets nothing. No header of Amazon's is called so.
const headerName = fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__');

const message = fc.record({
  headers: fc.dictionary(headerName, fc.string({ maxLength: 40 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  payload: fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.toWellFormed()),
});
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });

describe('the decoder of event streams', () => {
  it('gives the messages, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), sizes, (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(({ headers, payload }) => encodeMessage(headers, payload)));
        expect(decode(cutBytes(bytes, cuts))).toEqual(messages);
        expect(decode(cutBytes(bytes, 1))).toEqual(messages);
      }),
    );
  });

  it('keeps none of the pieces: a million of one byte cost what the message does', () => {
    const expected = { headers: { ':event-type': 'x' }, payload: 'ü€😀 '.repeat(100_000) };
    const bytes = encodeMessage(expected.headers, expected.payload);
    expect(bytes.length).toBeGreaterThan(1_000_000);
    const decoder = new EventStreamDecoder({ maxMessageBytes: bytes.length });
    // Always the same byte of memory, written over by the next one.
    const piece = new Uint8Array(1);
    const messages: EventStreamMessage[] = [];
    for (const byte of bytes) {
      piece[0] = byte;
      messages.push(...decoder.push(piece));
    }
    // Not compared by vitest, which would be slow to show where such long texts differ.
    expect(messages.map(toPlain).map(({ payload }) => payload === expected.payload)).toEqual([true]);
    expect(messages.map(toPlain)[0]?.headers).toEqual(expected.headers);
    expect(decoder.isInsideMessage).toBe(false);
  });

  it('gives messages memory of their own', () => {
    const bytes = encodeMessage({}, 'first');
    const messages = decodePieces([bytes, encodeMessage({}, 'other')]);
    bytes.fill(0);
    expect(messages.map(({ payload }) => Buffer.from(payload).toString('utf8'))).toEqual(['first', 'other']);
    expect(messages.map(({ payload }) => payload.buffer.byteLength)).toEqual([bytes.length, bytes.length]);
  });

  it('knows whether a message has begun', () => {
    const bytes = encodeMessage({ ':event-type': 'x' }, '{}');
    const decoder = new EventStreamDecoder({ maxMessageBytes });
    expect(decoder.isInsideMessage).toBe(false);
    for (const byte of bytes.subarray(0, -1)) {
      expect([...decoder.push(Uint8Array.of(byte))]).toEqual([]);
      expect(decoder.isInsideMessage).toBe(true);
    }
    expect([...decoder.push(bytes.subarray(-1))]).toHaveLength(1);
    expect(decoder.isInsideMessage).toBe(false);
  });

  it('reads past headers of every other type', () => {
    // One of each: true, false, byte, short, integer, long, bytes, text, time, UUID (smithy.io/2.0/aws/amazon-eventstream.html).
    const values = [
      '00',
      '01',
      '02ff',
      '037fff',
      '0400000001',
      '050000000000000001',
      '060002abcd',
      '0700026869',
      '080000019cdd9e6c48',
    ];
    const named = [...values, `09${'ab'.repeat(16)}`].map(
      (value, index) => `02${Buffer.from(`h${index}`).toString('hex')}${value}`,
    );
    const bytes = encodeRaw(Buffer.from(named.join(''), 'hex'));
    expect(decode([bytes])).toEqual([{ headers: { h7: 'hi' }, payload: '{}' }]);
  });

  it('refuses a message in which any bit has changed', () => {
    const bytes = encodeMessage(
      { ':event-type': 'contentBlockDelta', ':message-type': 'event' },
      '{"delta":{"text":"Hi"}}',
    );
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Uint8Array.from(bytes, (byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(findFailure([changed])?.kind, `bit ${bit}`).toBe('protocol');
    }
  });

  it('refuses headers that say more than there is, and shows nothing of what lies behind them', () => {
    // A text of 65,535 bytes in headers of five.
    const bytes = encodeRaw(Buffer.from('016107ffff', 'hex'));
    const secret = Buffer.concat([bytes, Buffer.from('the bytes of somebody else'.repeat(4000))]);
    expect(findFailure([secret.subarray(0, bytes.length)])?.kind).toBe('protocol');
  });

  it('refuses a message that is too large before it has come', () => {
    const bytes = encodeMessage({}, 'x'.repeat(2000));
    expect(findFailure([bytes.subarray(0, 12)], 1000)).toMatchObject({
      kind: 'too-large',
      message: 'an event of the stream is larger than 1000 bytes',
    });
    expect(findFailure([bytes], bytes.length)).toBeUndefined();
    expect(findFailure([bytes], bytes.length - 1)?.kind).toBe('too-large');
  });

  it('gives what came before a message that is malformed', () => {
    const decoder = new EventStreamDecoder({ maxMessageBytes });
    const good = encodeMessage({ a: 'b' }, 'first');
    const given = decoder.push(Buffer.concat([good, Buffer.from('HTTP/1.1 502 Bad Gateway\r\n')]));
    expect(toPlain(given.next().value ?? fail())).toEqual({ headers: { a: 'b' }, payload: 'first' });
    expect(() => given.next()).toThrow(UpstreamFailure);
  });

  it('throws nothing but failures of HTTP, whatever comes', () => {
    const noise = fc.uint8Array({ maxLength: 300 });
    const mutated = fc
      .tuple(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([messages, changes]) => {
        const bytes = Buffer.concat(messages.map(({ headers, payload }) => encodeMessage(headers, payload)));
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(noise, mutated), sizes, (bytes, cuts) => {
        const kind = findFailure(cutBytes(bytes, cuts))?.kind;
        expect(['protocol', 'too-large', undefined]).toContain(kind);
        // How the bytes are cut makes no difference.
        expect(findFailure([bytes])?.kind).toBe(kind);
      }),
      { numRuns: 500 },
    );
  });
});

/** A message around headers that are bytes already. */
function encodeRaw(headers: Buffer): Uint8Array {
  const placeholder = encodeMessage({}, '{}');
  const bytes = Buffer.alloc(placeholder.length + headers.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  bytes.write('{}', 12 + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

function fail(): never {
  throw new Error('there is no message');
}
