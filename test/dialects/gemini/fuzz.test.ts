import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChoiceFinishSchema, DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { adaptSchema } from '../../../src/dialects/gemini/adapt-schema.ts';
import { decodeErrorBody } from '../../../src/dialects/gemini/decode-error.ts';
import { encodeRequest } from '../../../src/dialects/gemini/encode-request.ts';
import { PartialArgs } from '../../../src/dialects/gemini/partial-args.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { readGeminiReply, readGeminiStream } from '../../../src/providers/gemini-stream.ts';
import { cutBytes } from '../../support/fake-upstream.ts';
import { toPlainAnswer } from '../../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../../support/recorded-traffic.ts';
import { generatedRequest } from '../openai-chat/generated-requests.ts';
import { answerOptions } from './answer-options.ts';

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
  [[]],
  [{}],
];
const oddJson = fc.oneof(
  fc.constantFrom(...odd),
  fc.json().map((text): JsonValue => JSON.parse(text)),
);

/** A copy with another value in about one of `every` places. */
function mutate(value: JsonValue, random: fc.GeneratorValue, every: number): JsonValue {
  if (random(fc.nat, { max: every - 1 }) === every >> 1) return random(() => oddJson);
  if (Array.isArray(value)) return value.map((item) => mutate(item, random, every));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutate(item, random, every)]));
}

/** Holds events to what every event keeps: RPC can carry it. */
function check(event: ChatEvent): void {
  switch (event.kind) {
    case 'delta':
      toBinary(DeltaSchema, event.delta);
      for (const { function: fn } of event.delta.toolCalls) JSON.parse(fn?.arguments ?? '');
      break;
    case 'finish':
      toBinary(ChoiceFinishSchema, event.finish);
      break;
    case 'usage':
      toBinary(UsageSchema, event.usage);
      break;
    case 'annotations':
      for (const annotation of event.annotations) toBinary(AnnotationSchema, annotation);
      break;
    case 'head':
      break;
  }
}

function readWhole(text: string): void {
  try {
    for (const event of readGeminiReply(text, answerOptions)) check(event);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SignalboxError);
  }
}

async function readStream(pieces: Iterable<Uint8Array>): Promise<void> {
  async function* body() {
    yield* pieces;
  }
  const response = { status: 200, headers: { 'content-type': 'text/event-stream' }, body: body() };
  const clock = { ...systemClock, after: () => () => {} };
  const options = { ...answerOptions, clock, maxEventBytes: 100_000, finishTimeoutMs: 60_000 };
  try {
    for await (const event of readGeminiStream(response, options)) check(event);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SignalboxError);
  }
}

function chunksOf(recorded: RecordedCase): JsonObject[] {
  const text = recorded.readBody().toString('utf8');
  const texts = recorded.kind === 'stream' ? [...text.matchAll(/^data: ?(.*?)\r?$/gm)].map(([, json]) => json) : [text];
  return texts.flatMap((json = '') => {
    if (!json.startsWith('{')) return [];
    const value: JsonValue = JSON.parse(json);
    return isJsonObject(value) ? [value] : [];
  });
}

describe('Gemini decoders', () => {
  it('take any bytes as a stream', async () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('data: ', 'data: {', '{"error":', '\r\n', '\r\n\r\n', '"candidates":[{'),
    );
    const text = fc.array(line, { maxLength: 20 }).map((lines) => Buffer.from(lines.join('')));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), text);
    await fc.assert(fc.asyncProperty(bytes, async (some) => readStream([some])));
  });

  it('take any JSON as an answer and as an error', () => {
    fc.assert(
      fc.property(oddJson, fc.string(), (json, text) => {
        for (const body of [
          JSON.stringify(json),
          text,
          JSON.stringify({ candidates: json }),
          JSON.stringify({ error: json }),
        ]) {
          readWhole(body);
          decodeErrorBody(body);
        }
      }),
    );
  });

  it('take any pieces of arguments', () => {
    const step = fc.oneof(
      fc.constantFrom('.a', '.b', '[0]', '[1]', "['c d']", '[999999]', '.__proto__', '..', '['),
      fc.string(),
    );
    const path = fc.array(step, { maxLength: 5 }).map((steps) => `$${steps.join('')}`);
    const piece = fc.record({
      jsonPath: fc.oneof(path, oddJson),
      stringValue: fc.oneof(fc.string(), oddJson),
      numberValue: oddJson,
      willContinue: oddJson,
    });
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const args = new PartialArgs({ a: { b: [1] } });
        for (const one of pieces) args.push(one);
        expect(JSON.stringify(args.toJson()).length).toBeLessThan(100_000);
        expect(Object.prototype).not.toHaveProperty('stringValue');
      }),
    );
  });

  it('give arguments that are nested without end as they came, and find other parts of that kind unusable', () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const read = (part: string) =>
      readGeminiReply(`{"candidates":[{"content":{"parts":[${part}]},"finishReason":"STOP"}]}`, answerOptions);
    const [choice] = toPlainAnswer(read(`{"functionCall":{"name":"f","args":${deep}}}`)).choices;
    expect(choice?.toolCalls[0]?.arguments === deep).toBe(true);
    // The stack's end is told apart by the provider.
    expect(() => read(`{"toolCall":${deep}}`)).toThrow(RangeError);
  });
});

describe('Gemini encoders', () => {
  it('take any request, or refuse it', () => {
    const model = fc.constantFrom('gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-3-pro-preview', 'gemma-3', '');
    fc.assert(
      fc.property(generatedRequest, model, (json, name) => {
        try {
          const { body } = encodeRequest(decodeRequest(json), { model: name, source: json, fetched: new Map() });
          JSON.stringify(body);
        } catch (thrown) {
          if (!(thrown instanceof SignalboxError)) throw thrown;
          expect(['PROVIDER_REFUSED', 'REQUEST_UNSUPPORTED']).toContain(thrown.reason);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('adapt any schema, and an adapted one no further', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), oddJson), (schema) => {
        const adapted = adaptSchema(schema);
        expect(adaptSchema(adapted)).toEqual(adapted);
      }),
    );
  });
});

describeRecordedTraffic('mutated Gemini recordings', 'enerateContent', (all) => {
  const chunks = all.filter(({ provider }) => provider === 'gemini' || provider === 'vertex').map(chunksOf);
  const every = fc.constantFrom(5, 20, 80);

  it('are read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...chunks), every, fc.gen(), async (recorded, places, random) => {
        const mutated = recorded.map((chunk) => JSON.stringify(mutate(chunk, random, places)));
        readWhole(`[${mutated.join(',')}]`);
        await readStream(mutated.map((json) => Buffer.from(`data: ${json}\r\n\r\n`)));
      }),
      { numRuns: 300 },
    );
  });

  it('are read or refused when bytes of them change', async () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.array(change, { maxLength: 8 }), async (recorded, changes) => {
        const bytes = Buffer.from(recorded.readBody());
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        await readStream(cutBytes(bytes, 1000));
        readWhole(bytes.toString('utf8'));
      }),
      { numRuns: 100 },
    );
  });
});
