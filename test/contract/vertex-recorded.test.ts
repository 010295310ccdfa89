import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';
import { googleAiStudio } from '../../src/providers/google-ai-studio/index.ts';
import { googleVertex } from '../../src/providers/google-vertex/index.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import type { PlainAnswer } from '../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { readRecordedMessage } from './anthropic-recorded-answer.ts';
import { openProviderPeer, type ProviderPeer, type ReadAnswer } from './provider-peer.ts';

const settings = { options: { project: 'test-project', location: 'us-east5' } };

/** Plays a recording, in pieces, to a provider. */
function replay(
  peer: ProviderPeer,
  recorded: RecordedCase,
  model: string,
  pieces: readonly Uint8Array[] = [recorded.readBody()],
): Promise<ReadAnswer> {
  const isStream = recorded.kind === 'stream';
  const type = isStream && recorded.httpStatus === 200 ? 'text/event-stream' : 'application/json';
  const headers = { 'content-type': type, ...recorded.headers };
  peer.upstream.respond({ status: recorded.httpStatus, headers, body: pieces });
  return peer.read({ model, stream: isStream });
}

/** Ids without what rides in them, and whole answers' arguments without the white space that recorders put there. */
function plain(answer: PlainAnswer, { kind }: RecordedCase): PlainAnswer {
  const choices = answer.choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map((call) => ({
      ...call,
      id: unpackToolCallId(call.id).id,
      arguments: kind === 'unary' ? JSON.stringify(JSON.parse(call.arguments)) : call.arguments,
    })),
  }));
  return { ...answer, choices };
}

/** What a location that does not exist answers. AI Studio has none. */
function isPageOfMissingPlace(recorded: RecordedCase): boolean {
  return recorded.httpStatus === 404 && recorded.readBody().toString('utf8').startsWith('<');
}

describeRecordedTraffic('recorded answers of Vertex AI', '', (all) => {
  const ofGemini = all.filter(({ provider }) => provider === 'vertex');
  const ofClaude = all.filter(({ provider }) => provider === 'vertex-anthropic');
  let vertex: ProviderPeer;
  let studio: ProviderPeer;
  beforeAll(async () => {
    vertex = await openProviderPeer(googleVertex, { settings });
    studio = await openProviderPeer(googleAiStudio);
  });
  afterAll(async () => {
    await vertex[Symbol.asyncDispose]();
    await studio[Symbol.asyncDispose]();
  });

  it('are there in numbers', () => {
    expect(ofGemini.length).toBeGreaterThan(30);
    expect(ofClaude.filter(({ kind }) => kind === 'stream').length).toBeGreaterThan(2);
    expect(ofClaude.filter(({ kind }) => kind === 'unary').length).toBeGreaterThan(2);
  });

  // What each of these holds is tested on the format, cut at every byte too: here, that it arrives through this provider.
  it.each(ofGemini.map((recorded) => [recorded.name, recorded] as const))(
    '%s means the same',
    async (_name, recorded) => {
      const model = 'gemini-2.5-flash';
      const expected = await replay(studio, recorded, model);
      const { networkChunkSizes } = recorded;
      const cuts = networkChunkSizes === undefined ? [] : [cutBytes(recorded.readBody(), networkChunkSizes)];
      for (const pieces of [[recorded.readBody()], ...cuts]) {
        const { answer, error } = await replay(vertex, recorded, model, pieces);
        expect(answer).toEqual(expected.answer);
        if (isPageOfMissingPlace(recorded)) {
          expect(error).toMatchObject({ reason: 'PROVIDER_FAILED', message: expect.stringContaining('location') });
          continue;
        }
        expect(error?.reason).toBe(expected.error?.reason);
        expect(error?.message).toBe(expected.error?.message);
      }
    },
  );

  describe.each(ofClaude.map((recorded) => [recorded.name, recorded] as const))('%s', (_name, recorded) => {
    const ways: (readonly [string, number | readonly number[]])[] = [
      ['whole', recorded.readBody().length],
      ['cut at every byte', 1],
      ['cut at every seventh byte', 7],
    ];
    if (recorded.networkChunkSizes !== undefined)
      ways.push(['in the pieces of its network', recorded.networkChunkSizes]);

    it.each(ways)('%s', async (_way, sizes) => {
      const pieces = cutBytes(recorded.readBody(), sizes);
      const { answer, error } = await replay(vertex, recorded, 'claude-3-7-sonnet@20250219', pieces);
      expect(error).toBeUndefined();
      expect(plain(answer, recorded)).toEqual(readRecordedMessage(recorded).answer);
    });
  });
});
