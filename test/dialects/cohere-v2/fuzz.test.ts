import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChoiceFinishSchema, DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { AnswerDecoder } from '../../../src/dialects/cohere-v2/answer-decoder.ts';
import { decodeErrorBody, findError } from '../../../src/dialects/cohere-v2/decode-error.ts';
import { decodeReply } from '../../../src/dialects/cohere-v2/decode-reply.ts';
import { encodeRequest } from '../../../src/dialects/cohere-v2/encode-request.ts';
import { ToolNames } from '../../../src/dialects/cohere-v2/tool-names.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { PlainAnswerCollector } from '../../support/plain-answer.ts';
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
  'null',
  'nu',
  '__proto__',
  '\uD800',
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: 1 },
  'ERROR',
  'message-start',
  'message-end',
  'tool-call-start',
];
const anyJson = fc.json().map((text): JsonValue => JSON.parse(text));
const oddJson = fc.oneof(fc.constantFrom(...odd), anyJson);
const names = new ToolNames(['get-weather']);

/** A copy with another value in about one of `every` places. */
function mutate(value: JsonValue, random: fc.GeneratorValue, every: number): JsonValue {
  // Generated numbers lean to their bounds, so the one in the middle decides.
  if (random(fc.nat, { max: every - 1 }) === every >> 1) return random(() => oddJson);
  if (Array.isArray(value)) return value.map((item) => mutate(item, random, every));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutate(item, random, every)]));
}

function asObject(value: JsonValue): JsonObject {
  return isJsonObject(value) ? value : { message: value, delta: value, error: value };
}

/** Holds events to what every answer keeps, and to what RPC can carry. */
function checkEvents(events: readonly ChatEvent[]): void {
  const collector = new PlainAnswerCollector();
  for (const event of events) {
    collector.add(event);
    if (event.kind === 'delta') toBinary(DeltaSchema, event.delta);
    if (event.kind === 'usage') toBinary(UsageSchema, event.usage);
    if (event.kind === 'annotations') for (const one of event.annotations) toBinary(AnnotationSchema, one);
    if (event.kind === 'finish') toBinary(ChoiceFinishSchema, event.finish);
  }
}

function decodeAnyReply(json: JsonObject): void {
  const error = findError(json);
  expect(error?.message ?? '').toBeTypeOf('string');
  expect(error?.status ?? 500).toBeGreaterThanOrEqual(400);
  checkEvents(decodeReply(json, names) ?? []);
  decodeErrorBody(JSON.stringify(json));
}

function decodeAnyEvents(events: readonly JsonObject[]): void {
  const decoder = new AnswerDecoder(names);
  for (const event of events) findError(event);
  checkEvents([...events.flatMap((event) => decoder.decode(event)), ...decoder.end(undefined, undefined)]);
  expect(decoder.hasEnded).toBe(true);
}

/** Encodes what a client may send: into a body, or into a refusal that names the field. */
function encodeAnyRequest(json: JsonObject): void {
  try {
    const { body, warnings } = encodeRequest(decodeRequest(json), { model: 'm', stream: true, source: json });
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    JSON.stringify(body);
    for (const warning of warnings) expect(warning.isWellFormed()).toBe(true);
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

  it('is decoded: any text as an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (body) => {
        expect(decodeErrorBody(body).status).toBeGreaterThanOrEqual(400);
      }),
      { numRuns },
    );
  });
});

describe('whatever a client sends', () => {
  it('is encoded or refused by its field', () => {
    const request = fc.oneof(generatedRequest, fc.constant(requestWithEverything));
    fc.assert(
      fc.property(request, fc.gen(), (json, random) => {
        for (const every of [300, 30]) encodeAnyRequest(asObject(mutate(json, random, every)));
      }),
      { numRuns },
    );
  });
});

describeRecordedTraffic('recordings with odd values anywhere', '', (all) => {
  const cases = all.filter(({ provider, endpoint }) => provider === 'cohere' && endpoint === '/v2/chat');

  /** The JSON objects of a body; of long streams the first and the last. */
  function readObjects(recorded: RecordedCase): JsonObject[] {
    const text = recorded.readBody().toString('utf8');
    const texts =
      recorded.kind === 'unary' ? [text] : text.split('\n').flatMap((line) => /^data: ?(\{.*)/.exec(line)?.[1] ?? []);
    const some = texts.length > 30 ? [...texts.slice(0, 15), ...texts.slice(-15)] : texts;
    return some.map((json): JsonValue => JSON.parse(json)).filter(isJsonObject);
  }

  it('are decoded', () => {
    expect(cases.length).toBeGreaterThan(15);
    for (const recorded of cases) {
      const objects = readObjects(recorded);
      fc.assert(
        fc.property(fc.gen(), (random) => {
          const mutated = objects.map((object) => asObject(mutate(object, random, 40)));
          if (recorded.kind === 'unary') mutated.forEach(decodeAnyReply);
          else decodeAnyEvents(mutated);
        }),
        { numRuns: 30 },
      );
    }
  });
});
