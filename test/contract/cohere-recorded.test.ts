import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import { ToolNames } from '../../src/dialects/cohere-v2/tool-names.ts';
import { readCohereStream } from '../../src/providers/cohere/cohere-stream.ts';
import { cohere } from '../../src/providers/cohere/index.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { readRecordedReply } from './cohere-recorded-answer.ts';
import { openProviderPeer, type ProviderPeer, type ReadAnswer, readAnswer } from './provider-peer.ts';

const recordedErrors: ReadonlyMap<number, ErrorReason> = new Map([
  [401, 'PROVIDER_CREDENTIALS'],
  [404, 'PROVIDER_REFUSED'],
]);

/** Answers of Cohere's other APIs: embeddings, and version 1 of the Chat API. */
function isOfAnotherApi({ endpoint, httpStatus }: RecordedCase): boolean {
  return httpStatus === 200 && endpoint !== '/v2/chat';
}

function expectRecorded({ answer, error }: ReadAnswer, recorded: RecordedCase): void {
  if (isOfAnotherApi(recorded)) {
    expect(error?.reason).toBe('PROVIDER_UNUSABLE');
    return;
  }
  const { answer: expected, errorMessage } = readRecordedReply(recorded);
  if (errorMessage === undefined) {
    expect(error).toBeUndefined();
    expect(answer).toEqual(expected);
    return;
  }
  expect(error?.reason).toBe(recordedErrors.get(recorded.httpStatus));
  // What is wrong with the operator's key is not for callers.
  if (error?.reason === 'PROVIDER_CREDENTIALS') expect(error.message).not.toContain(errorMessage);
  else expect(error?.message).toContain(errorMessage);
}

function replay(peer: ProviderPeer, recorded: RecordedCase, pieces: readonly Uint8Array[]): Promise<ReadAnswer> {
  const contentType = recorded.kind === 'stream' ? 'text/event-stream' : 'application/json';
  const headers = { 'content-type': contentType, ...recorded.headers };
  peer.upstream.respond({ status: recorded.httpStatus, headers, body: pieces });
  return peer.read({ stream: recorded.kind === 'stream' });
}

/** Reads a stream with no network between, which makes a cut at every byte affordable. */
function readByteByByte(peer: ProviderPeer, recorded: RecordedCase): Promise<ReadAnswer> {
  async function* bytes() {
    yield* cutBytes(recorded.readBody(), 1);
  }
  const events = readCohereStream(
    { status: recorded.httpStatus, headers: recorded.headers, body: bytes() },
    {
      provider: peer.provider.id,
      clock: systemClock,
      toolNames: new ToolNames([]),
      maxEventBytes: 16 * 1024 * 1024,
      finishTimeoutMs: 60_000,
      classifyError: (error) => peer.provider.classifyError(error.status, {}, JSON.stringify(error)),
    },
  );
  return readAnswer(Promise.resolve({ events, warnings: [] }));
}

/** A few ways to cut any body, the same in every run. */
const cuttings = fc.sample(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 8, maxLength: 24 }), {
  numRuns: 3,
  seed: 20_240_813,
});

describeRecordedTraffic('recorded answers of Cohere', '', (all) => {
  const cases = all.filter(({ provider }) => provider === 'cohere');
  let peer: ProviderPeer;
  beforeAll(async () => {
    peer = await openProviderPeer(cohere);
  });
  afterAll(() => peer[Symbol.asyncDispose]());

  it('are there in numbers', () => {
    expect(cases.length).toBeGreaterThan(15);
    expect(cases.filter(({ kind }) => kind === 'stream').length).toBeGreaterThan(6);
    for (const feature of ['reasoning', 'tool_call', 'parallel_tools', 'citations_or_grounding', 'json_schema']) {
      expect(cases.filter(({ features }) => features.has(feature)).length, feature).toBeGreaterThan(0);
    }
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
