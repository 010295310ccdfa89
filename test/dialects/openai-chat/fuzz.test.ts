import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { ChoiceFinishSchema, DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { ChunkDecoder } from '../../../src/dialects/openai-chat/chunk-decoder.ts';
import { decodeError, decodeErrorBody } from '../../../src/dialects/openai-chat/decode-error.ts';
import { decodeReply } from '../../../src/dialects/openai-chat/decode-reply.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { encodeRequest } from '../../../src/dialects/openai-chat/encode-request.ts';
import { describeRecordedTraffic, type RecordedCase } from '../../support/recorded-traffic.ts';
import { generatedChunks } from './generated-replies.ts';
import { generatedRequest } from './generated-requests.ts';
import { requestWithEverything } from './request-with-everything.ts';

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
  'constructor',
  '\uD800',
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: 1 },
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
  return isJsonObject(value) ? value : { choices: [value], messages: [value], error: value };
}

/** Holds what a provider's reply was decoded to to what every event keeps: RPC can carry it. */
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
  const message = decodeError(json)?.message;
  if (message !== undefined) expect(message).toBeTypeOf('string');
  checkEvents(decodeReply(json, 'a'));
  decodeErrorBody(JSON.stringify(json));
}

function decodeAnyChunks(chunks: readonly JsonObject[]): void {
  const decoder = new ChunkDecoder({ expectedChoices: 1, answerId: 'a' });
  checkEvents([...chunks.flatMap((chunk) => decoder.decode(chunk)), ...decoder.finishOpenChoices()]);
}

/** Decodes what a client may send. What is accepted can be sent on, and goes over RPC. */
function decodeAnyRequest(json: JsonObject): void {
  let request: ReturnType<typeof decodeRequest>;
  try {
    request = decodeRequest(json);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    expect(thrown.reason).toBe('INVALID_FIELD');
    expect(thrown.details.param).not.toBe('');
    return;
  }
  toBinary(ChatCompletionRequestSchema, request);
  const { body } = encodeRequest(request, {
    model: 'm',
    stream: true,
    source: json,
    quirks: {
      tokenLimitField: 'as-sent',
      asksForStreamUsage: true,
      sendsCacheControl: true,
      reasoningField: 'reasoning_content',
    },
  });
  expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
  JSON.stringify(body);
}

const numRuns = 400;

describe('whatever a provider sends', () => {
  it('is decoded: any JSON', () => {
    fc.assert(
      fc.property(anyJson, fc.array(anyJson), (reply, chunks) => {
        decodeAnyReply(asObject(reply));
        decodeAnyChunks(chunks.map(asObject));
      }),
      { numRuns },
    );
  });

  it('is decoded: streams with odd values anywhere', () => {
    fc.assert(
      fc.property(generatedChunks, fc.gen(), (chunks, random) => {
        const mutated = chunks.map((chunk) => asObject(mutate(chunk, random, 20)));
        decodeAnyChunks(mutated);
        mutated.forEach(decodeAnyReply);
      }),
      { numRuns },
    );
  });

  it('is decoded: any text as an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (body) => {
        decodeErrorBody(body);
      }),
      { numRuns },
    );
  });
});

describe('whatever a client sends', () => {
  it('is accepted or refused by its field: any JSON', () => {
    fc.assert(
      fc.property(anyJson, (json) => decodeAnyRequest(asObject(json))),
      { numRuns },
    );
  });

  it('is accepted or refused by its field: requests with odd values anywhere', () => {
    const request = fc.oneof(generatedRequest, fc.constant(requestWithEverything));
    fc.assert(
      fc.property(request, fc.gen(), (json, random) => {
        for (const every of [300, 30]) decodeAnyRequest(asObject(mutate(json, random, every)));
      }),
      { numRuns },
    );
  });
});

describeRecordedTraffic('recordings with odd values anywhere', 'chat/completions', (cases) => {
  /** The JSON objects of a body; of long streams the first and the last. */
  function readObjects(recorded: RecordedCase): JsonObject[] {
    const text = recorded.readBody().toString('utf8');
    const texts =
      recorded.kind === 'unary' ? [text] : text.split('\n').flatMap((line) => /^data: ?(\{.*)/.exec(line)?.[1] ?? []);
    const some = texts.length > 30 ? [...texts.slice(0, 15), ...texts.slice(-15)] : texts;
    return some.map((json): JsonValue => JSON.parse(json)).filter(isJsonObject);
  }

  it('are decoded', () => {
    expect(cases.length).toBeGreaterThan(200);
    for (const recorded of cases) {
      const objects = readObjects(recorded);
      fc.assert(
        fc.property(fc.gen(), (random) => {
          const mutated = objects.map((object) => asObject(mutate(object, random, 50)));
          if (recorded.kind === 'unary') mutated.forEach(decodeAnyReply);
          else decodeAnyChunks(mutated);
        }),
        { numRuns: 3 },
      );
    }
  });

  it('are accepted or refused as requests', () => {
    for (const recorded of cases) {
      const request = recorded.readRequest();
      if (request === undefined) continue;
      fc.assert(
        fc.property(fc.gen(), (random) => decodeAnyRequest(asObject(mutate(request, random, 100)))),
        { numRuns: 3 },
      );
    }
  });
});
