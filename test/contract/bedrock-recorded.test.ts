import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageSchema, type ReasoningDetail } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { encodeReasoningBlock, restoreReasoning } from '../../src/dialects/bedrock-converse/reasoning-blocks.ts';
import { claudeFormat } from '../../src/dialects/signed-reasoning.ts';
import { unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';
import { readBedrockStream } from '../../src/providers/bedrock/bedrock-stream.ts';
import { bedrock } from '../../src/providers/bedrock/index.ts';
import type { ChatReply } from '../../src/providers/provider.ts';
import { appendReasoningDetails } from '../../src/routing/append-reasoning-details.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { type PlainAnswer, PlainAnswerCollector } from '../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { readRecordedReply } from './bedrock-recorded-answer.ts';
import { openProviderPeer, type ProviderPeer } from './provider-peer.ts';

/** What recorded errors are, by a part of their message. */
const recordedErrors: readonly (readonly [string, ErrorReason])[] = [
  ['security token', 'PROVIDER_CREDENTIALS'],
  ['Input Tokens Exceeded', 'CONTEXT_TOO_LONG'],
  ['', 'PROVIDER_REFUSED'],
];

/** Whose reasoning is restored as Claude's. */
const model = 'anthropic.claude-sonnet-4-20250514-v1:0';

interface ReadReply {
  readonly answer: PlainAnswer;
  readonly details: ReasoningDetail[];
  readonly callIds: string[];
  readonly error: SignalboxError | undefined;
}

async function read(reply: Promise<ChatReply>): Promise<ReadReply> {
  const collector = new PlainAnswerCollector();
  const details: ReasoningDetail[] = [];
  let error: SignalboxError | undefined;
  try {
    for await (const event of (await reply).events) {
      collector.add(event);
      checkPlaces(event, collector.answer);
      if (event.kind === 'delta') appendReasoningDetails(details, event.delta.reasoningDetails);
    }
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    error = thrown;
  }
  const callIds = collector.answer.choices.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id));
  const choices = collector.answer.choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map((call) => ({ ...call, id: unpackToolCallId(call.id).id })),
  }));
  return { answer: { ...collector.answer, choices }, details, callIds, error };
}

/** A citation stands behind text that is there already. */
function checkPlaces(event: ChatEvent, { choices }: PlainAnswer): void {
  if (event.kind !== 'annotations') return;
  for (const { urlCitation } of event.annotations) {
    expect(urlCitation?.endIndex).toBeGreaterThan(urlCitation?.startIndex ?? Infinity);
    expect(urlCitation?.endIndex).toBe(choices[0]?.content.length);
  }
}

function expectRecorded({ answer, details, callIds, error }: ReadReply, recorded: RecordedCase): void {
  const { answer: expected, reasoning, errorMessage } = readRecordedReply(recorded);
  if (errorMessage !== undefined) {
    expect(error?.reason).toBe(recordedErrors.find(([part]) => errorMessage.includes(part))?.[1]);
    if (error?.reason !== 'PROVIDER_CREDENTIALS') expect(error?.message).toBe(errorMessage);
    return;
  }
  expect(error).toBeUndefined();
  expect(answer).toEqual(expected);
  const blocks = reasoning.filter(isSigned).map((reasoningContent) => ({ reasoningContent }));
  const restore = (fields: object) =>
    restoreReasoning(create(MessageSchema, { role: 'assistant', ...fields }), claudeFormat);
  expect(restore({ reasoningDetails: details }).map(encodeReasoningBlock)).toEqual(blocks);
  if (callIds.length === 0) return;
  // Clients that drop the details have it in the ids of the calls.
  expect(restore({ toolCalls: callIds.map((id) => ({ id })) }).map(encodeReasoningBlock)).toEqual(blocks);
}

/** What has no signature is not taken back. */
function isSigned(reasoningContent: object): boolean {
  return !JSON.stringify(reasoningContent).includes('"signature":""');
}

function replay(peer: ProviderPeer, recorded: RecordedCase, pieces: readonly Uint8Array[]): Promise<ReadReply> {
  const isStream = recorded.kind === 'stream';
  const contentType = isStream ? 'application/vnd.amazon.eventstream' : 'application/json';
  peer.upstream.respond({ status: recorded.httpStatus, headers: { 'content-type': contentType }, body: pieces });
  return read(peer.start({ stream: isStream, model }));
}

/** Reads a stream with no network between, which makes a cut at every byte affordable. */
function readByteByByte(peer: ProviderPeer, recorded: RecordedCase): Promise<ReadReply> {
  async function* bytes() {
    yield* cutBytes(recorded.readBody(), 1);
  }
  const events = readBedrockStream(
    { status: recorded.httpStatus, headers: {}, body: bytes() },
    {
      provider: peer.provider.id,
      answerTool: undefined,
      reasoningFormat: claudeFormat,
      clock: systemClock,
      maxEventBytes: 16 * 1024 * 1024,
      finishTimeoutMs: 60_000,
      classifyError: ({ type, message }) =>
        peer.provider.classifyError(500, { 'x-amzn-errortype': type }, JSON.stringify({ message })),
    },
  );
  return read(Promise.resolve({ events, warnings: [] }));
}

/** A few ways to cut any body, the same in every run. */
const cuttings = fc.sample(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 8, maxLength: 24 }), {
  numRuns: 3,
  seed: 20_240_813,
});

describeRecordedTraffic('recorded conversations', 'converse', (all) => {
  const cases = all.filter(({ provider }) => provider === 'bedrock');
  let peer: ProviderPeer;
  beforeAll(async () => {
    peer = await openProviderPeer(bedrock);
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  it('are there in numbers', () => {
    expect(cases.length).toBeGreaterThan(40);
    expect(cases.filter(({ kind }) => kind === 'stream').length).toBeGreaterThan(15);
  });

  describe.each(cases.map((recorded) => [recorded.name, recorded] as const))('%s', (_name, recorded) => {
    it('whole', async () => {
      expectRecorded(await replay(peer, recorded, [recorded.readBody()]), recorded);
    });

    it('cut anywhere', async () => {
      for (const sizes of cuttings) {
        expectRecorded(await replay(peer, recorded, cutBytes(recorded.readBody(), sizes)), recorded);
      }
    });

    if (recorded.networkChunkSizes !== undefined) {
      const sizes = recorded.networkChunkSizes;
      it('in the pieces of its network', async () => {
        expectRecorded(await replay(peer, recorded, cutBytes(recorded.readBody(), sizes)), recorded);
      });
    }

    if (recorded.kind === 'stream') {
      it('cut at every byte', async () => {
        expectRecorded(await readByteByByte(peer, recorded), recorded);
      });
    }
  });
});
