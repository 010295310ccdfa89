import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationSchema } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChoiceFinishSchema, DeltaSchema } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../../src/core/chat-event.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { createError, SignalboxError } from '../../../src/core/errors.ts';
import { isJsonObject, type JsonValue } from '../../../src/core/json.ts';
import { decodeErrorAnswer } from '../../../src/dialects/bedrock-converse/decode-error.ts';
import { decodeReply } from '../../../src/dialects/bedrock-converse/decode-reply.ts';
import { claudeFormat } from '../../../src/dialects/signed-reasoning.ts';
import { readBedrockStream } from '../../../src/providers/bedrock/bedrock-stream.ts';
import { bedrockWire, encodeEvent } from '../../contract/bedrock-wire.ts';
import { scriptedAnswers } from '../../contract/provider-answers.contract.ts';
import { cutBytes } from '../../support/fake-upstream.ts';
import { describeRecordedTraffic } from '../../support/recorded-traffic.ts';

const options = { answerTool: 'answer', reasoningFormat: claudeFormat } as const;

/** Reads a stream as far as it goes. Throws what is no registered error. */
async function readStream(
  pieces: readonly Uint8Array[],
): Promise<{ events: ChatEvent[]; error: SignalboxError | undefined }> {
  const events: ChatEvent[] = [];
  async function* body() {
    yield* pieces;
  }
  const stream = readBedrockStream(
    { status: 200, headers: {}, body: body() },
    {
      ...options,
      provider: 'peer',
      clock: systemClock,
      maxEventBytes: 100_000,
      finishTimeoutMs: 60_000,
      classifyError: ({ message = 'it failed' }) =>
        createError('PROVIDER_FAILED', { provider: 'peer', status: 500, problem: message }),
    },
  );
  try {
    for await (const event of stream) events.push(event);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    return { events, error: thrown };
  }
  return { events, error: undefined };
}

/** Holds events to what RPC can carry. */
function expectCarriable(events: readonly ChatEvent[]): void {
  for (const event of events) {
    if (event.kind === 'delta') toBinary(DeltaSchema, event.delta);
    if (event.kind === 'annotations')
      for (const annotation of event.annotations) toBinary(AnnotationSchema, annotation);
    if (event.kind === 'finish') toBinary(ChoiceFinishSchema, event.finish);
    if (event.kind === 'usage') toBinary(UsageSchema, event.usage);
  }
}

/** An answer is whole, or an error says that it is not. */
function expectHonest({ events, error }: Awaited<ReturnType<typeof readStream>>): void {
  expectCarriable(events);
  if (error === undefined) expect(events.some(({ kind }) => kind === 'finish')).toBe(true);
  else expect(['PROVIDER_CUT', 'PROVIDER_UNUSABLE', 'PROVIDER_FAILED']).toContain(error.reason);
}

/** The names that the format has, among others, so that noise comes near to it. */
const name = fc.constantFrom(
  ...[
    'output',
    'message',
    'content',
    'text',
    'toolUse',
    'toolUseId',
    'name',
    'input',
    'type',
    'reasoningContent',
    'reasoningText',
  ],
  ...[
    'signature',
    'redactedContent',
    'citationsContent',
    'citations',
    'citation',
    'location',
    'web',
    'url',
    'image',
    'source',
    'bytes',
  ],
  ...[
    'stopReason',
    'usage',
    'inputTokens',
    'delta',
    'start',
    'contentBlockIndex',
    'additionalModelResponseFields',
    '__proto__',
  ],
);
const { noise } = fc.letrec<{ noise: JsonValue }>((tie) => ({
  noise: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<JsonValue>(
      null,
      true,
      0,
      1,
      -1,
      1.5,
      2 ** 40,
      '',
      'x',
      'answer',
      'server_tool_use',
      '\ud83d',
      'end_turn',
    ),
    fc.array(tie('noise'), { maxLength: 4 }),
    fc.dictionary(name, tie('noise'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const event = fc.tuple(
  fc.constantFrom(
    'messageStart',
    'contentBlockStart',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
    'metadata',
    'other',
  ),
  fc.dictionary(name, noise, { maxKeys: 5, noNullPrototype: true }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 10 });

describe('the decoders of Converse', () => {
  it('decode any JSON to events, or to none', () => {
    fc.assert(
      fc.property(noise, (content) => {
        const json = {
          output: { message: { content: Array.isArray(content) ? content : [content] } },
          stopReason: 'end_turn',
        };
        const events = decodeReply(json, options, JSON.stringify(json)) ?? [];
        expect(events.at(-1)?.kind).toBe('finish');
        expectCarriable(events);
        if (isJsonObject(content)) expectCarriable(decodeReply(content, options, JSON.stringify(content)) ?? []);
        decodeErrorAnswer(JSON.stringify(content), undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('read any events to an answer that is whole, or to an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        expectHonest(await readStream(events.map(([type, payload]) => encodeEvent(type, payload))));
      }),
      { numRuns: 300 },
    );
  });

  it('read streams in which bytes are changed, taken out or cut off', async () => {
    const stream = fc
      .constantFrom(...Object.values(scriptedAnswers))
      .map((answer) => Buffer.concat(bedrockWire.encodeStream(answer)));
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(stream, changes, fc.nat(), sizes, async (bytes, changed, end, cuts) => {
        for (const [place, byte] of changed) bytes[place % bytes.length] = byte;
        expectHonest(await readStream(cutBytes(bytes.subarray(0, end % (bytes.length + 1)), cuts)));
      }),
      { numRuns: 300 },
    );
  });
});

describeRecordedTraffic('recorded streams with mistakes in them', 'converse', (all) => {
  const bodies = all
    .filter(({ provider, kind }) => provider === 'bedrock' && kind === 'stream')
    .map((one) => one.readBody());

  it('are read to an answer that is whole, or to an error', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodies), changes, fc.nat(), sizes, async (body, changed, end, cuts) => {
        const bytes = Buffer.from(body);
        for (const [place, byte] of changed) bytes[place % bytes.length] = byte;
        const isCut = end % 2 === 0;
        expectHonest(await readStream(cutBytes(isCut ? bytes.subarray(0, end % bytes.length) : bytes, cuts)));
      }),
      { numRuns: 200 },
    );
  });
});
