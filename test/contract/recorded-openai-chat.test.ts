import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import { isOpenAiChatKind, type OpenAiChatKind } from '../../src/providers/openai-chat-kind.ts';
import { readOpenAiStream } from '../../src/providers/openai-chat-stream.ts';
import { openaiCompatible } from '../../src/providers/openai-compatible/index.ts';
import type { ChatAttempt } from '../../src/providers/provider.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { openProviderPeer, type ProviderPeer, type ReadAnswer, readAnswer } from './provider-peer.ts';
import { readRecordedAnswer } from './recorded-answer.ts';

/** What each provider's recorded errors are, by provider and HTTP status, or by the name of the recording; 200 is an error inside an answer. */
const recordedErrors: ReadonlyMap<string, ErrorReason> = new Map([
  ['azure 200', 'CONTENT_REFUSED'],
  ['azure 429', 'PROVIDER_RATE_LIMITED'],
  ['deepseek 401', 'PROVIDER_CREDENTIALS'],
  // The model failed to call a tool, or to keep to a schema.
  ['groq 200', 'PROVIDER_FAILED'],
  ['groq 400', 'PROVIDER_FAILED'],
  ['groq/unary-error400-llama-guard-4-12b-multi-tool', 'PROVIDER_REFUSED'],
  ['groq 404', 'PROVIDER_REFUSED'],
  ['mistral 401', 'PROVIDER_CREDENTIALS'],
  ['ollama 400', 'CONTEXT_TOO_LONG'],
  ['ollama 401', 'PROVIDER_CREDENTIALS'],
  ['openai 400', 'PROVIDER_REFUSED'],
  ['openai 404', 'PROVIDER_REFUSED'],
  ['openrouter 200', 'PROVIDER_FAILED'],
  ['openrouter 400', 'CONTEXT_TOO_LONG'],
  ['openrouter 404', 'PROVIDER_REFUSED'],
  ['openrouter 429', 'PROVIDER_RATE_LIMITED'],
  ['perplexity 400', 'CONTEXT_TOO_LONG'],
  ['xai 404', 'PROVIDER_REFUSED'],
]);

function expectRecorded({ answer, error }: ReadAnswer, recorded: RecordedCase): void {
  const { answer: expected, errorMessage } = readRecordedAnswer(recorded);
  if (errorMessage === undefined) {
    expect(error).toBeUndefined();
    expect(answer).toEqual(expected);
    return;
  }
  // An error in the middle of a stream comes after what was said before it.
  expect(answer.choices.map(({ finishReason: _, ...said }) => said)).toEqual(
    expected.choices.map(({ finishReason: _, ...said }) => said),
  );
  expect(error?.reason).toBe(
    recordedErrors.get(recorded.name) ?? recordedErrors.get(`${recorded.provider} ${recorded.httpStatus}`),
  );
  // What is wrong with the operator's key is not for callers.
  if (error?.reason === 'PROVIDER_CREDENTIALS') expect(error.message).not.toContain(errorMessage);
  else expect(error?.message).toContain(errorMessage);
}

/** An attempt that asks for as many choices as the recorded request did. */
function attemptOf(recorded: RecordedCase): Partial<ChatAttempt> {
  const n = recorded.readRequest()?.['n'];
  const request = create(ChatCompletionRequestSchema, {
    messages: [{ role: 'user', content: 'Hello' }],
    ...(typeof n === 'number' && { n }),
  });
  return { request, stream: recorded.kind === 'stream' };
}

async function replay(peer: ProviderPeer, recorded: RecordedCase, pieces: readonly Uint8Array[]): Promise<ReadAnswer> {
  peer.upstream.respond({ status: recorded.httpStatus, headers: recorded.headers, body: pieces });
  return peer.read(attemptOf(recorded));
}

/** Reads a stream with no network between, which makes a cut at every byte affordable. */
function readByteByByte(peer: ProviderPeer, recorded: RecordedCase): Promise<ReadAnswer> {
  async function* bytes() {
    yield* cutBytes(recorded.readBody(), 1);
  }
  const events = readOpenAiStream(
    { status: recorded.httpStatus, headers: recorded.headers, body: bytes() },
    {
      provider: peer.provider.id,
      clock: systemClock,
      answerId: '00000000-0000-4000-8000-000000000000',
      expectedChoices: attemptOf(recorded).request?.n ?? 1,
      maxEventBytes: 16 * 1024 * 1024,
      finishTimeoutMs: 60_000,
      classifyError: (error) => peer.provider.classifyError(error.status ?? 500, {}, JSON.stringify(error)),
    },
  );
  return readAnswer(Promise.resolve({ events, warnings: [] }));
}

/** A few ways to cut any body, the same in every run. */
const cuttings = fc.sample(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 8, maxLength: 24 }), {
  numRuns: 3,
  seed: 20_240_813,
});

/** What of the recordings is a kind's own. Servers that nothing is known of are recorded under many names. */
function isOf(kind: OpenAiChatKind, { provider }: RecordedCase): boolean {
  return kind === openaiCompatible || provider === kind.kind || (kind.kind === 'vllm' && provider === 'gpustack-vllm');
}

/** Kinds that no recording is of. What is known of them is documentation. */
const unrecordedKinds = ['deepinfra', 'nebius', 'lmstudio'];

const kinds = providerKinds.filter(isOpenAiChatKind).filter(({ kind }) => !unrecordedKinds.includes(kind));

describeRecordedTraffic('recorded chat completions', 'chat/completions', (cases) => {
  it('are there in numbers', () => {
    const count = (feature: string) => cases.filter(({ features }) => features.has(feature)).length;
    expect(cases.length).toBeGreaterThan(200);
    expect(new Set(cases.map(({ provider }) => provider)).size).toBeGreaterThan(20);
    expect(cases.filter(({ networkChunkSizes }) => networkChunkSizes !== undefined).length).toBeGreaterThan(10);
    for (const feature of ['text', 'tool_call', 'parallel_tools', 'reasoning', 'usage', 'error_4xx', 'n>1']) {
      expect(count(feature), feature).toBeGreaterThan(1);
    }
  });

  describe.each(kinds)('through the provider $kind', (kind) => {
    let peer: ProviderPeer;
    beforeAll(async () => {
      peer = await openProviderPeer(kind);
    });
    afterAll(() => peer[Symbol.asyncDispose]());

    const read = cases.filter((recorded) => isOf(kind, recorded));
    it('has recordings', () => expect(read.length).toBeGreaterThan(0));

    for (const recorded of read) {
      it(`${recorded.name}, whole`, async () => {
        expectRecorded(await replay(peer, recorded, [recorded.readBody()]), recorded);
      });
    }

    for (const recorded of read) {
      it(`${recorded.name}, cut anywhere`, async () => {
        for (const sizes of cuttings) {
          expectRecorded(await replay(peer, recorded, cutBytes(recorded.readBody(), sizes)), recorded);
        }
      });
    }

    for (const recorded of read.filter((one) => one.kind === 'stream')) {
      it(`${recorded.name}, cut at every byte`, async () => {
        expectRecorded(await readByteByByte(peer, recorded), recorded);
      });
    }

    for (const recorded of read.filter(({ networkChunkSizes }) => networkChunkSizes !== undefined)) {
      it(`${recorded.name}, in the pieces of its network`, async () => {
        const pieces = cutBytes(recorded.readBody(), recorded.networkChunkSizes ?? []);
        expectRecorded(await replay(peer, recorded, pieces), recorded);
      });
    }
  });
});
