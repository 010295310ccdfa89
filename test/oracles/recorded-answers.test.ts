import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { anthropic } from '../../src/providers/anthropic/index.ts';
import { bedrock } from '../../src/providers/bedrock/index.ts';
import { cohere } from '../../src/providers/cohere/index.ts';
import { googleAiStudio } from '../../src/providers/google-ai-studio/index.ts';
import { openai } from '../../src/providers/openai/index.ts';
import type { ProviderKind } from '../../src/providers/provider.ts';
import { openProviderPeer, type ProviderPeer } from '../contract/provider-peer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { readWithAnthropic } from './read-with-anthropic.ts';
import { readWithBedrock } from './read-with-bedrock.ts';
import { readWithCohere } from './read-with-cohere.ts';
import { readWithGenai } from './read-with-genai.ts';
import { readWithOpenai } from './read-with-openai.ts';
import { type ReplayServer, startReplayServer } from './replay-server.ts';
import { type SdkAnswer, toSdkAnswer } from './sdk-answer.ts';

/** An SDK, and the recordings that are for it. */
interface SdkUnderTest {
  readonly sdk: string;
  readonly kind: ProviderKind;
  /** What the recordings' endpoints contain; not those of the provider's other APIs. */
  readonly endpoint: string;
  readonly providers: readonly string[];
  readonly read: (origin: string, stream: boolean) => Promise<SdkAnswer>;
  /** Default false: it is HTTP/1.1. */
  readonly isHttp2?: boolean;
}

const suites: readonly SdkUnderTest[] = [
  {
    sdk: '@anthropic-ai/sdk',
    kind: anthropic,
    endpoint: '',
    providers: ['anthropic', 'vertex-anthropic'],
    read: readWithAnthropic,
  },
  {
    sdk: '@google/genai for AI Studio',
    kind: googleAiStudio,
    endpoint: 'enerateContent',
    providers: ['gemini'],
    read: (origin, stream) => readWithGenai(origin, stream, false),
  },
  {
    sdk: '@google/genai for Vertex AI',
    kind: googleAiStudio,
    endpoint: 'enerateContent',
    providers: ['vertex'],
    read: (origin, stream) => readWithGenai(origin, stream, true),
  },
  { sdk: 'cohere-ai', kind: cohere, endpoint: '/v2/chat', providers: ['cohere'], read: readWithCohere },
  { sdk: 'openai', kind: openai, endpoint: 'chat/completions', providers: ['openai'], read: readWithOpenai },
  {
    sdk: '@aws-sdk/client-bedrock-runtime',
    kind: bedrock,
    endpoint: 'converse',
    providers: ['bedrock'],
    read: readWithBedrock,
    isHttp2: true,
  },
];

/** Of the recordings, how many an SDK must be able to read at least. It reads none that holds two answers, or ends in the middle. */
const readableShare = 0.85;

describeRecordedTraffic('recorded answers say what the provider’s SDK reads of them', '', (all) => {
  beforeEach(() => {
    // Google's SDK warns of what is no text.
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    return () => vi.restoreAllMocks();
  });

  describe.each(suites)('$sdk', ({ kind, endpoint, providers, read, isHttp2 = false }) => {
    const cases = all.filter(
      (recorded) =>
        providers.includes(recorded.provider) && recorded.endpoint.includes(endpoint) && recorded.httpStatus === 200,
    );
    const unread: string[] = [];
    let peer: ProviderPeer;
    let replayServer: ReplayServer;
    beforeAll(async () => {
      peer = await openProviderPeer(kind, { settings: { options: { region: 'us-east-1' } } });
      replayServer = await startReplayServer();
    });
    afterAll(async () => {
      await peer[Symbol.asyncDispose]();
      await replayServer[Symbol.asyncDispose]();
    });

    function replay(recorded: RecordedCase): void {
      const type = contentTypeOf(recorded, isHttp2);
      const body = recorded.readBody();
      peer.upstream.respondAlways({ headers: { 'content-type': type }, body });
      replayServer.replay(type, body);
    }

    it.each(cases.map((recorded) => [recorded.name, recorded] as const))('%s', async (name, recorded) => {
      const stream = recorded.kind === 'stream';
      replay(recorded);
      const { answer, error } = await peer.read({ stream });
      let sdk: SdkAnswer;
      try {
        sdk = await read((isHttp2 ? replayServer : peer.upstream).origin, stream);
      } catch (problem) {
        unread.push(`${name}: ${String(problem)}`);
        return;
      }
      const own = toSdkAnswer(answer, sdk);
      // What did not come to an end is an error here, and what it is when it comes to the SDK.
      if (error === undefined) expect(own).toEqual({ ...sdk, isComplete: true });
      else expect(sdk.isComplete, error.message).toBe(false);
    });

    it('reads most of them', () => {
      expect(cases.length).toBeGreaterThan(10);
      expect(unread.length, unread.join('\n')).toBeLessThanOrEqual(cases.length * (1 - readableShare));
    });
  });
});

/** What the API says: some recorders left it out, or covered it. */
function contentTypeOf({ kind }: RecordedCase, isEventStream: boolean): string {
  if (kind === 'unary') return 'application/json';
  return isEventStream ? 'application/vnd.amazon.eventstream' : 'text/event-stream';
}
