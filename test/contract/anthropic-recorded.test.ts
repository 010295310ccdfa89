import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageSchema, type ReasoningDetail } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { restoreThinking } from '../../src/dialects/anthropic-messages/thinking-blocks.ts';
import { unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';
import { anthropic } from '../../src/providers/anthropic/index.ts';
import { readAnthropicStream } from '../../src/providers/anthropic-stream.ts';
import type { ChatReply } from '../../src/providers/provider.ts';
import { appendReasoningDetails } from '../../src/routing/append-reasoning-details.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { type PlainAnswer, PlainAnswerCollector } from '../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { readRecordedMessage } from './anthropic-recorded-answer.ts';
import { openProviderPeer, type ProviderPeer } from './provider-peer.ts';

const recordedErrors: ReadonlyMap<number, ErrorReason> = new Map([
  [401, 'PROVIDER_CREDENTIALS'],
  [404, 'PROVIDER_REFUSED'],
]);

interface ReadMessage {
  readonly answer: PlainAnswer;
  readonly details: ReasoningDetail[];
  readonly callIds: string[];
  readonly error: SignalboxError | undefined;
}

async function read(reply: Promise<ChatReply>): Promise<ReadMessage> {
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
  const choices = collector.answer.choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map((call) => ({ ...call, id: unpackToolCallId(call.id).id })),
  }));
  const callIds = collector.answer.choices.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id));
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

function expectRecorded({ answer, details, callIds, error }: ReadMessage, recorded: RecordedCase): void {
  const { answer: expected, thinking, errorMessage } = readRecordedMessage(recorded);
  if (errorMessage !== undefined) {
    expect(error?.reason).toBe(recordedErrors.get(recorded.httpStatus));
    return;
  }
  expect(error).toBeUndefined();
  expect(recorded.kind === 'unary' ? compact(answer) : answer).toEqual(expected);
  const blocks = thinking.map(({ type, ...block }) =>
    type === 'thinking' ? { type, thinking: block['thinking'], signature: block['signature'] } : { type, ...block },
  );
  expect(restoreThinking(create(MessageSchema, { role: 'assistant', reasoningDetails: details }))).toEqual(blocks);
  if (callIds.length === 0) return;
  const toolCalls = callIds.map((id) => ({ id }));
  // Clients that drop the details have it in the ids of the calls.
  expect(restoreThinking(create(MessageSchema, { role: 'assistant', toolCalls }))).toEqual(blocks);
}

/** Some recordings were written again with line breaks, also inside the arguments of calls. */
function compact(answer: PlainAnswer): PlainAnswer {
  const choices = answer.choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map((call) => ({ ...call, arguments: JSON.stringify(JSON.parse(call.arguments)) })),
  }));
  return { ...answer, choices };
}

function replay(peer: ProviderPeer, recorded: RecordedCase, pieces: readonly Uint8Array[]): Promise<ReadMessage> {
  const contentType = recorded.kind === 'stream' ? 'text/event-stream; charset=utf-8' : 'application/json';
  const headers = { 'content-type': contentType, ...recorded.headers };
  peer.upstream.respond({ status: recorded.httpStatus, headers, body: pieces });
  return read(peer.start({ stream: recorded.kind === 'stream' }));
}

/** Reads a stream with no network between, which makes a cut at every byte affordable. */
function readByteByByte(peer: ProviderPeer, recorded: RecordedCase): Promise<ReadMessage> {
  async function* bytes() {
    yield* cutBytes(recorded.readBody(), 1);
  }
  const events = readAnthropicStream(
    { status: recorded.httpStatus, headers: recorded.headers, body: bytes() },
    {
      provider: peer.provider.id,
      answerTool: undefined,
      clock: systemClock,
      maxEventBytes: 16 * 1024 * 1024,
      finishTimeoutMs: 60_000,
      classifyError: (error) => peer.provider.classifyError(error.status, {}, JSON.stringify({ error })),
    },
  );
  return read(Promise.resolve({ events, warnings: [] }));
}

/** A few ways to cut any body, the same in every run. */
const cuttings = fc.sample(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 8, maxLength: 24 }), {
  numRuns: 3,
  seed: 20_240_813,
});

describeRecordedTraffic('recorded messages', '', (all) => {
  // Google's platform sends the same bodies.
  const cases = all.filter(({ provider }) => provider === 'anthropic' || provider === 'vertex-anthropic');
  let peer: ProviderPeer;
  beforeAll(async () => {
    peer = await openProviderPeer(anthropic);
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  it('are there in numbers', () => {
    expect(cases.length).toBeGreaterThan(50);
    expect(cases.filter(({ kind }) => kind === 'stream').length).toBeGreaterThan(20);
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
