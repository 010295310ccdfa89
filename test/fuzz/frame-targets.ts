import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventStreamDecoder } from '../../src/upstream/event-stream-decoder.ts';
import { parseRateLimitResetMs, parseRetryAfterMs } from '../../src/upstream/retry-after.ts';
import { SseDecoder, type SseFrame } from '../../src/upstream/sse-decoder.ts';
import { UpstreamFailure } from '../../src/upstream/upstream-failure.ts';
import { encodeMessage } from '../contract/bedrock-wire.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { createFuzzTarget, type FuzzTarget } from './fuzz-target.ts';
import { anyBytes, cuts, damaged } from './odd-bytes.ts';

const maxEventBytes = 300;

/** What pieces come to: their frames, and why they end early. */
function read<Frame>(pieces: readonly Uint8Array[], push: (piece: Uint8Array) => Iterable<Frame>, end: () => Frame[]) {
  const frames: Frame[] = [];
  try {
    for (const piece of pieces) for (const frame of push(piece)) frames.push(frame);
    frames.push(...end());
  } catch (thrown) {
    if (!(thrown instanceof UpstreamFailure)) throw thrown;
    return { frames, failure: thrown.kind };
  }
  return { frames, failure: undefined };
}

function readSse(pieces: readonly Uint8Array[]) {
  const decoder = new SseDecoder({ maxEventBytes });
  return read<SseFrame>(
    pieces,
    (piece) => decoder.push(piece),
    () => decoder.end(),
  );
}

function readEventStream(pieces: readonly Uint8Array[]) {
  const decoder = new EventStreamDecoder({ maxMessageBytes: maxEventBytes });
  const push = function* (piece: Uint8Array) {
    for (const { headers, payload } of decoder.push(piece)) {
      yield { headers: [...headers], payload: Buffer.from(payload).toString('base64') };
    }
  };
  return read(pieces, push, () => []);
}

const line = fc.oneof(
  fc.constantFrom(
    'data: a',
    'data:',
    'data',
    'event: e',
    'event',
    ': ping',
    'id: 1',
    'retry: 1',
    '{"a":1}',
    '{',
    '\uFEFF',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const sseBytes = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n')), { maxLength: 20 })
  .map((lines) => Buffer.from(lines.flat().join('')));

const headers = fc.dictionary(
  fc.constantFrom(':event-type', ':message-type', ':exception-type', '__proto__', 'x'),
  fc.string({ maxLength: 20 }),
  { maxKeys: 3, noNullPrototype: true },
);
const messageBytes = fc
  .array(fc.tuple(headers, fc.string({ maxLength: 60 })), { maxLength: 4 })
  .map((messages) => Buffer.concat(messages.map(([named, payload]) => encodeMessage(named, payload))));

const headerValue = fc.oneof(
  fc.stringMatching(/^[ \d.+-]{0,12}(ms|s|m|h|d)?$/),
  fc.stringMatching(/^(Mon|Monday), \d{2}[ -](Nov|Feb|Xyz)[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/),
  fc.constantFrom('1e9', '0x10', 'NaN', 'Infinity', '-1', '1m30s', '١', 'Mon Nov  3 08:49:37 2026'),
  fc.string({ unit: 'binary' }),
);
const names = [
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-reset-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-remaining-tokens',
];
const maxWaitMs = 24 * 60 * 60 * 1000;

/** The framing of streams, and what the headers of answers say. */
export const frameTargets: readonly FuzzTarget[] = [
  createFuzzTarget({
    name: 'sse',
    inputs: fc.record({ bytes: fc.oneof(damaged(sseBytes), anyBytes), sizes: cuts }),
    run({ bytes, sizes }) {
      const whole = readSse([bytes]);
      assert.deepEqual(readSse(cutBytes(bytes, sizes)), whole);
      assert.deepEqual(readSse(cutBytes(bytes, 1)), whole);
    },
  }),
  createFuzzTarget({
    name: 'event-stream',
    inputs: fc.record({ bytes: fc.oneof(damaged(messageBytes), anyBytes), sizes: cuts }),
    run({ bytes, sizes }) {
      const whole = readEventStream([bytes]);
      assert.deepEqual(readEventStream(cutBytes(bytes, sizes)), whole);
      assert.deepEqual(readEventStream(cutBytes(bytes, 1)), whole);
    },
  }),
  createFuzzTarget({
    name: 'retry-after',
    inputs: fc.tuple(
      fc.dictionary(fc.constantFrom(...names), fc.oneof(headerValue, fc.array(headerValue, { maxLength: 2 }))),
      fc.nat(2 ** 31).map((seconds) => seconds * 1000),
    ),
    run([values, nowMs]) {
      for (const waitMs of [parseRetryAfterMs(values, nowMs), parseRateLimitResetMs(values)]) {
        assert.ok(
          waitMs === undefined || (Number.isInteger(waitMs) && waitMs >= 0 && waitMs <= maxWaitMs),
          `${waitMs}`,
        );
      }
    },
  }),
];
