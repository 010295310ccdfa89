import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChoiceFinishSchema, DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createError, SignalboxError } from '../../../src/core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/anthropic-messages/answer-decoder.ts';
import { decodeErrorBody, findError } from '../../../src/dialects/anthropic-messages/decode-error.ts';
import { decodeReply } from '../../../src/dialects/anthropic-messages/decode-reply.ts';
import { encodeRequest } from '../../../src/dialects/anthropic-messages/encode-request.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { readAnthropicStream } from '../../../src/providers/anthropic-stream.ts';
import { cutBytes } from '../../support/fake-upstream.ts';
import { describeRecordedTraffic, type RecordedCase } from '../../support/recorded-traffic.ts';
import { generatedRequest } from '../openai-chat/generated-requests.ts';
import { requestWithEverything } from '../openai-chat/request-with-everything.ts';

/** Values that a field may have in place of the right one. */
const odd: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  1e300,
  '',
  'x',
  '__proto__',
  '\uD800',
  [],
  {},
  [null],
  [[]],
  [{}],
  { type: 'text' },
];
const anyJson = fc.json().map((text): JsonValue => JSON.parse(text));
const oddJson = fc.oneof(fc.constantFrom(...odd), anyJson);

/** A copy with another value in about one of `every` places. */
function mutate(value: JsonValue, random: fc.GeneratorValue, every: number): JsonValue {
  // Generated numbers lean to their bounds, so the one in the middle decides.
  if (random(fc.nat, { max: every - 1 }) === every >> 1) return random(() => oddJson);
  if (Array.isArray(value)) return value.map((item) => mutate(item, random, every));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutate(item, random, every)]));
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : { type: 'content_block_delta', content: [value], delta: value, error: value };
}

/** Holds what was decoded to what every event keeps: RPC can carry it. */
function checkEvents(events: readonly ChatEvent[]): void {
  for (const event of events) {
    if (event.kind === 'delta') toBinary(DeltaSchema, event.delta);
    if (event.kind === 'usage') toBinary(UsageSchema, event.usage);
    if (event.kind === 'annotations') for (const one of event.annotations) toBinary(AnnotationSchema, one);
    if (event.kind === 'finish') {
      toBinary(ChoiceFinishSchema, event.finish);
      expect(['stop', 'length', 'tool_calls', 'content_filter']).toContain(event.finish.finishReason);
    }
  }
}

function decodeAnyReply(json: JsonObject): void {
  checkEvents(decodeReply(json, 'answer', JSON.stringify(json)) ?? []);
  findError(json);
  decodeErrorBody(JSON.stringify(json));
}

function decodeAnyEvents(events: readonly JsonObject[]): void {
  const decoder = new AnswerDecoder('answer');
  checkEvents([...events.flatMap((event) => decoder.decode(event)), ...decoder.end(undefined, undefined)]);
}

/** Reads bytes as a stream: to its end, or to a registered error. */
async function readAnyStream(bytes: Buffer, cuts: number[]): Promise<void> {
  async function* body() {
    yield* cutBytes(bytes, cuts);
  }
  const events = readAnthropicStream(
    { status: 200, headers: {}, body: body() },
    {
      provider: 'p',
      answerTool: undefined,
      clock: systemClock,
      maxEventBytes: 100_000,
      finishTimeoutMs: 60_000,
      classifyError: ({ status, message }) =>
        createError('PROVIDER_FAILED', { provider: 'p', status, problem: message ?? 'it failed' }),
    },
  );
  const seen: ChatEvent[] = [];
  try {
    for await (const event of events) seen.push(event);
    expect(seen.some(({ kind }) => kind === 'finish')).toBe(true);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    expect(thrown.entry.retry).not.toBe('never');
  }
  checkEvents(seen);
}

/** Encodes what a client may send. What is refused is refused by its field; what is sent is JSON. */
function encodeAnyRequest(json: JsonObject, model: string): void {
  try {
    const { body } = encodeRequest(decodeRequest(json), { model, stream: true, source: json });
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    JSON.stringify(body);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    expect(['INVALID_FIELD', 'PROVIDER_REFUSED', 'REQUEST_UNSUPPORTED']).toContain(thrown.reason);
    expect(thrown.details.param).not.toBe('');
  }
}

const numRuns = 300;

describe('whatever a provider sends', () => {
  it('is decoded: any JSON', () => {
    fc.assert(
      fc.property(anyJson, fc.array(anyJson), (reply, events) => {
        decodeAnyReply(asObject(reply));
        decodeAnyEvents(events.map(asObject));
      }),
      { numRuns },
    );
  });

  it('is read or told: any bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.integer({ min: 1, max: 20 })), (some, cuts) =>
        readAnyStream(Buffer.from(some), cuts),
      ),
      { numRuns },
    );
  });
});

describe('whatever a client sends', () => {
  it('is encoded or refused by its field', () => {
    const request = fc.oneof(generatedRequest, fc.constant(requestWithEverything));
    const models = fc.constantFrom(
      'claude-3-haiku',
      'claude-sonnet-4-5',
      'claude-opus-4-8',
      'claude-opus-5-5',
      'other',
    );
    fc.assert(
      fc.property(request, models, fc.gen(), (json, model, random) => {
        encodeAnyRequest(json, model);
        for (const every of [300, 30]) encodeAnyRequest(asObject(mutate(json, random, every)), model);
      }),
      { numRuns },
    );
  });
});

describeRecordedTraffic('recordings of messages', '', (all) => {
  const cases = all.filter(({ provider }) => provider === 'anthropic' || provider === 'vertex-anthropic');

  /** The JSON objects of a body; of long streams the first and the last. */
  function readObjects(recorded: RecordedCase): JsonObject[] {
    const text = recorded.readBody().toString('utf8');
    const texts =
      recorded.kind === 'unary' ? [text] : text.split('\n').flatMap((line) => /^data: ?(\{.*)/.exec(line)?.[1] ?? []);
    const some = texts.length > 60 ? [...texts.slice(0, 40), ...texts.slice(-20)] : texts;
    return some.map((json): JsonValue => JSON.parse(json)).filter(isJsonObject);
  }

  it('are decoded with odd values anywhere', () => {
    expect(cases.length).toBeGreaterThan(50);
    for (const recorded of cases) {
      const objects = readObjects(recorded);
      fc.assert(
        fc.property(fc.gen(), (random) => {
          const mutated = objects.map((object) => asObject(mutate(object, random, 40)));
          if (recorded.kind === 'unary') mutated.forEach(decodeAnyReply);
          else decodeAnyEvents(mutated);
        }),
        { numRuns: 5 },
      );
    }
  });

  it('are read or told with bytes changed, left out or cut off', async () => {
    for (const recorded of cases.filter(({ kind }) => kind === 'stream')) {
      const bytes = recorded.readBody().subarray(0, 20_000);
      const places = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(places, fc.nat({ max: bytes.length }), async (changes, end) => {
          const changed = Buffer.from(bytes);
          for (const [place, byte] of changes) changed[place] = byte;
          await readAnyStream(changed.subarray(0, end), [997, 61]);
        }),
        { numRuns: 6 },
      );
    }
  });
});
