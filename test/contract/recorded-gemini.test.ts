import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import { unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';
import { readGeminiStream } from '../../src/providers/gemini-stream.ts';
import { googleAiStudio } from '../../src/providers/google-ai-studio/index.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import type { PlainAnswer } from '../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { openProviderPeer, type ProviderPeer, type ReadAnswer, readAnswer } from './provider-peer.ts';
import { type RecordedGeminiAnswer, readRecordedGeminiAnswer } from './recorded-gemini-answer.ts';

/** What the recorded errors are, by the words that they are told by. */
const recordedErrors: readonly (readonly [RegExp, ErrorReason])[] = [
  [/API key not valid/, 'PROVIDER_CREDENTIALS'],
  [/exceeded your current quota/, 'PROVIDER_RATE_LIMITED'],
  [/token count.* exceeds/, 'CONTEXT_TOO_LONG'],
  [/(?:)/, 'PROVIDER_REFUSED'],
];

function expectedReason(expected: RecordedGeminiAnswer): ErrorReason | undefined {
  const { errorMessage } = expected;
  if (errorMessage !== undefined) return recordedErrors.find(([pattern]) => pattern.test(errorMessage))?.[1];
  if (expected.isBlocked) return 'CONTENT_REFUSED';
  if (!expected.hasCandidates) return 'PROVIDER_UNUSABLE';
  return expected.isComplete ? undefined : 'PROVIDER_CUT';
}

/** The answer with the ids of its tool calls as Gemini gave them or would have, and arguments without the white space between them. */
function withPlainCalls(answer: PlainAnswer): PlainAnswer {
  return {
    ...answer,
    choices: answer.choices.map((choice) => ({
      ...choice,
      toolCalls: choice.toolCalls.map((call) => ({
        ...call,
        id: unpackToolCallId(call.id).id,
        arguments: JSON.stringify(JSON.parse(call.arguments)),
      })),
    })),
  };
}

function expectRecorded({ answer, error }: ReadAnswer, recorded: RecordedCase): void {
  const expected = readRecordedGeminiAnswer(recorded);
  expect(error?.reason).toBe(expectedReason(expected));
  if (error !== undefined && error.reason !== 'PROVIDER_CUT') {
    expect(answer.choices).toEqual([]);
    if (expected.errorMessage && error.reason !== 'PROVIDER_CREDENTIALS') {
      expect(error.message).toContain(expected.errorMessage.slice(0, 60));
    }
    return;
  }
  // What is cut has said what came; a candidate that said nothing is none.
  const said = expected.answer.choices.filter((choice) => expected.isComplete || choice.content !== '');
  expect(withPlainCalls(answer)).toEqual({ ...expected.answer, choices: said });
  const body = recorded.readBody().toString('utf8');
  for (const [place, { id, arguments: args }] of (answer.choices[0]?.toolCalls ?? []).entries()) {
    // As they came, unless they came in pieces or not at all.
    if (!body.includes('"partialArgs"') && args !== '{}') expect(body).toContain(args);
    const signature = expected.signatures.get(place);
    expect(unpackToolCallId(id).memo).toBe(signature === undefined ? undefined : `gemini:${signature}`);
  }
}

/** What the recorder left out of the headers is what the method says. */
function headersOf({ kind, headers, httpStatus }: RecordedCase): Record<string, string> {
  const isStream = kind === 'stream' && httpStatus === 200;
  return { 'content-type': isStream ? 'text/event-stream' : 'application/json', ...headers };
}

async function replay(peer: ProviderPeer, recorded: RecordedCase, pieces: readonly Uint8Array[]): Promise<ReadAnswer> {
  peer.upstream.respond({ status: recorded.httpStatus, headers: headersOf(recorded), body: pieces });
  return peer.read({ stream: recorded.kind === 'stream' });
}

/** Reads a stream with no network between, which makes a cut at every byte affordable. */
function readByteByByte(recorded: RecordedCase): Promise<ReadAnswer> {
  async function* bytes() {
    yield* cutBytes(recorded.readBody(), 1);
  }
  const events = readGeminiStream(
    { status: recorded.httpStatus, headers: headersOf(recorded), body: bytes() },
    {
      provider: 'peer',
      clock: { ...systemClock, after: () => () => {} },
      expectedChoices: 1,
      answerId: '00000000-0000-4000-8000-000000000000',
      maxEventBytes: 16 * 1024 * 1024,
      finishTimeoutMs: 60_000,
      classifyError: (error) => {
        throw new Error(`the recording holds an error: ${error.message}`);
      },
      mask: (text) => text,
    },
  );
  return readAnswer(Promise.resolve({ events, warnings: [] }));
}

/** A few ways to cut any body, the same in every run. */
const cuttings = fc.sample(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 8, maxLength: 24 }), {
  numRuns: 3,
  seed: 20_240_813,
});

describeRecordedTraffic('recorded Gemini answers', 'enerateContent', (all) => {
  const cases = all.filter(({ provider }) => provider === 'gemini' || provider === 'vertex');
  let peer: ProviderPeer;
  beforeAll(async () => {
    peer = await openProviderPeer(googleAiStudio);
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  it('are there in numbers', () => {
    const count = (feature: string) => cases.filter(({ features }) => features.has(feature)).length;
    expect(cases.length).toBeGreaterThan(80);
    for (const feature of [
      'text',
      'tool_call',
      'parallel_tools',
      'reasoning',
      'usage',
      'error_4xx',
      'code_execution',
    ]) {
      expect(count(feature), feature).toBeGreaterThan(1);
    }
  });

  for (const recorded of cases) {
    const { name, kind, networkChunkSizes } = recorded;

    it(`${name}, whole`, async () => {
      expectRecorded(await replay(peer, recorded, [recorded.readBody()]), recorded);
    });

    it(`${name}, cut anywhere`, async () => {
      for (const sizes of cuttings) {
        expectRecorded(await replay(peer, recorded, cutBytes(recorded.readBody(), sizes)), recorded);
      }
    });

    if (kind === 'stream') {
      it(`${name}, cut at every byte`, async () => {
        expectRecorded(await readByteByByte(recorded), recorded);
      });
    }

    if (networkChunkSizes !== undefined) {
      it(`${name}, in the pieces of its network`, async () => {
        const pieces = cutBytes(recorded.readBody(), networkChunkSizes);
        expectRecorded(await replay(peer, recorded, pieces), recorded);
      });
    }
  }

  it('tell how long to wait', async () => {
    const limited = cases.find(({ httpStatus }) => httpStatus === 429);
    const { error } = await replay(peer, limited ?? fail('a rate limit'), [limited?.readBody() ?? Buffer.of()]);
    expect(error?.details.retryAfterMs).toBe(48_000);
  });
});

function fail(what: string): never {
  throw new Error(`there is no recording of ${what}`);
}
