import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorReason } from '../../src/core/error-registry.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { unpackToolCallId } from '../../src/dialects/tool-call-memo.ts';
import type { PlainAnswer } from '../support/plain-answer.ts';
import { describeRecordedTraffic, type RecordedCase } from '../support/recorded-traffic.ts';
import { readRecordedMessage } from './anthropic-recorded-answer.ts';
import { readRecordedReply as readBedrockReply } from './bedrock-recorded-answer.ts';
import { readRecordedReply as readCohereReply } from './cohere-recorded-answer.ts';
import { type ClientView, type GatewayRig, openGatewayRig } from './gateway-rig.ts';
import { readRecordedGeminiAnswer } from './recorded-gemini-answer.ts';

/** The whole way, for the formats that are not OpenAI's: what a provider answered, as a client of the gateway gets it. */

/** What a client must get of a recording. */
interface Expected {
  /** Up to the error, if there is one. */
  readonly answer: PlainAnswer;
  readonly failure: { readonly reason: ErrorReason; readonly message: string } | undefined;
}

/** A row of the table of providers. */
interface Row {
  /** The kind, and its id in the configuration. */
  readonly kind: string;
  readonly model: string;
  /** The folder of its recordings. */
  readonly folder: string;
  /** What the recordings' endpoint has in its name: the rest is of APIs that the provider is not asked through. */
  readonly endpoint: string;
  /** The content type of a stream. Default: `text/event-stream`. */
  readonly streamType?: string;
  readonly atLeast: { readonly whole: number; readonly streamed: number; readonly failed: number };
  read(recorded: RecordedCase): Expected;
}

const rows: readonly Row[] = [
  {
    kind: 'anthropic',
    model: 'claude-sonnet-4-5',
    folder: 'anthropic',
    endpoint: '',
    atLeast: { whole: 25, streamed: 20, failed: 4 },
    read: (recorded) => toExpected(readRecordedMessage(recorded)),
  },
  {
    kind: 'google-ai-studio',
    model: 'gemini-2.5-flash',
    folder: 'gemini',
    endpoint: 'enerateContent',
    atLeast: { whole: 20, streamed: 20, failed: 8 },
    read: readGemini,
  },
  {
    kind: 'google-vertex',
    model: 'gemini-2.5-flash',
    folder: 'vertex',
    endpoint: 'enerateContent',
    atLeast: { whole: 15, streamed: 10, failed: 8 },
    read: readGemini,
  },
  {
    kind: 'google-vertex',
    model: 'claude-3-7-sonnet@20250219',
    folder: 'vertex-anthropic',
    endpoint: 'awPredict',
    atLeast: { whole: 3, streamed: 3, failed: 0 },
    read: (recorded) => toExpected(readRecordedMessage(recorded)),
  },
  {
    kind: 'bedrock',
    model: 'anthropic.claude-sonnet-4-20250514-v1:0',
    folder: 'bedrock',
    endpoint: 'converse',
    streamType: 'application/vnd.amazon.eventstream',
    atLeast: { whole: 20, streamed: 15, failed: 4 },
    read: (recorded) => toExpected(readBedrockReply(recorded)),
  },
  {
    kind: 'cohere',
    model: 'command-a-03-2025',
    folder: 'cohere',
    endpoint: '',
    atLeast: { whole: 10, streamed: 8, failed: 4 },
    read: readCohere,
  },
];

function configure(origin: string): string {
  return `
providers:
  anthropic: { base_url: "${origin}/v1", api_key: "provider-key" }
  google-ai-studio: { base_url: "${origin}/v1beta", api_key: "provider-key" }
  google-vertex:
    base_url: "${origin}/v1"
    options: { project: "test-project", location: "us-east5", access_token: "ya29.provider-token" }
  bedrock:
    base_url: "${origin}"
    options: { region: "us-east-1", access_key_id: "AKIDEXAMPLE", secret_access_key: "provider-secret" }
  cohere: { base_url: "${origin}/v2", api_key: "provider-key" }
`;
}

/** What recorded errors are, by the words that they are told in. */
const recordedErrors: readonly (readonly [RegExp, ErrorReason])[] = [
  // A page in place of an error of the API's: the location does not exist, which is the operator's to mend.
  [/^$/, 'PROVIDER_FAILED'],
  [/API key|x-api-key|security token/, 'PROVIDER_CREDENTIALS'],
  [/exceeded your current quota/, 'PROVIDER_RATE_LIMITED'],
  [/token count.* exceeds|Input Tokens Exceeded/, 'CONTEXT_TOO_LONG'],
  [/(?:)/, 'PROVIDER_REFUSED'],
];

/** What a failure before the answer is to a client of each protocol. All others are the provider's fault, and tell no more than that. */
const statuses: Readonly<Partial<Record<ErrorReason, { readonly REST: number; readonly gRPC: string }>>> = {
  PROVIDER_RATE_LIMITED: { REST: 429, gRPC: 'ResourceExhausted' },
  PROVIDER_REFUSED: { REST: 400, gRPC: 'InvalidArgument' },
  CONTEXT_TOO_LONG: { REST: 400, gRPC: 'InvalidArgument' },
  CONTENT_REFUSED: { REST: 400, gRPC: 'FailedPrecondition' },
};

function toExpected(read: { readonly answer: PlainAnswer; readonly errorMessage: string | undefined }): Expected {
  const { answer, errorMessage } = read;
  return errorMessage === undefined
    ? { answer, failure: undefined }
    : createFailure(classify(errorMessage), errorMessage);
}

function classify(message: string): ErrorReason {
  return recordedErrors.find(([pattern]) => pattern.test(message))?.[1] ?? 'PROVIDER_REFUSED';
}

/** A failure before the answer began. */
function createFailure(reason: ErrorReason, message = ''): Expected {
  return { answer: { choices: [], usage: undefined }, failure: { reason, message } };
}

function readGemini(recorded: RecordedCase): Expected {
  const { answer, errorMessage, isBlocked, hasCandidates, isComplete } = readRecordedGeminiAnswer(recorded);
  if (errorMessage !== undefined) return createFailure(classify(errorMessage), errorMessage);
  if (isBlocked) return createFailure('CONTENT_REFUSED');
  if (!hasCandidates) return createFailure('PROVIDER_UNUSABLE');
  if (isComplete) return { answer, failure: undefined };
  // A candidate that said nothing is none.
  const choices = answer.choices.filter(({ content }) => content !== '');
  return { answer: { ...answer, choices }, failure: { reason: 'PROVIDER_CUT', message: '' } };
}

function readCohere(recorded: RecordedCase): Expected {
  // Answers of Cohere's other APIs: embeddings, and version 1 of the Chat API.
  const isOfAnotherApi = recorded.httpStatus === 200 && recorded.endpoint !== '/v2/chat';
  return isOfAnotherApi ? createFailure('PROVIDER_UNUSABLE') : toExpected(readCohereReply(recorded));
}

/**
 * The choices, with the ids of tool calls as the provider gave them, or `made` where it gave none, and with arguments as what they mean:
 * recorders put white space into them.
 */
function normalise({ choices }: PlainAnswer, recorded: RecordedCase) {
  const body = recorded.readBody().toString('latin1');
  return choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map(({ id: packed, name, arguments: args }): JsonObject => {
      const { id } = unpackToolCallId(packed);
      return { id: id === '' || body.includes(id) ? id : 'made', name, arguments: JSON.parse(args) };
    }),
  }));
}

/** What an answer that breaks off says: it has no end to compare. */
function listSaid({ choices }: PlainAnswer) {
  return choices.map(({ content, reasoning, toolCalls }) => ({ content, reasoning, toolCalls }));
}

/** At most half of a body, and nothing from the first word on why it ended: some of Google's say that in every chunk. */
function cutBeforeEnd(body: Buffer): Buffer {
  const end = body.toString('latin1').search(/"(?:finishReason|finish_reason|stop_reason|stopReason)": ?["\d]/);
  return body.subarray(0, Math.min(body.length / 2, end === -1 ? body.length : end));
}

describeRecordedTraffic('recorded answers of other formats, through the gateway', '', (all) => {
  let rig: GatewayRig;
  beforeAll(async () => {
    rig = await openGatewayRig(configure);
  });
  afterAll(() => rig.close());

  describe.each(rows)('$kind, $model', (row) => {
    const cases = all
      .filter(({ provider, endpoint }) => provider === row.folder && endpoint.includes(row.endpoint))
      .map((recorded) => ({ name: recorded.name, recorded, expected: row.read(recorded) }));
    const complete = cases.filter(({ expected }) => expected.failure === undefined);
    const failed = cases.filter(({ expected }) => expected.failure !== undefined);

    it('is there in numbers', () => {
      const streamed = complete.filter(({ recorded }) => recorded.kind === 'stream');
      expect(complete.length - streamed.length).toBeGreaterThanOrEqual(row.atLeast.whole);
      expect(streamed.length).toBeGreaterThanOrEqual(row.atLeast.streamed);
      expect(failed.length).toBeGreaterThanOrEqual(row.atLeast.failed);
      const calling = complete.filter(({ expected }) => expected.answer.choices[0]?.toolCalls[0] !== undefined);
      expect(new Set(calling.map(({ recorded }) => recorded.kind))).toEqual(new Set(['unary', 'stream']));
    });

    describe.each(['REST', 'gRPC'] as const)('over %s', (protocol) => {
      function ask(recorded: RecordedCase, isStream: boolean, body = recorded.readBody()): Promise<ClientView> {
        // What the recorder left out of the headers or masked there is what the method says.
        const type = recorded.kind === 'stream' ? (row.streamType ?? 'text/event-stream') : 'application/json';
        const { 'content-type': recordedType = '', ...others } = recorded.headers;
        const headers = { 'content-type': recordedType.includes('/') ? recordedType : type, ...others };
        rig.upstream.respond({ status: recorded.httpStatus, headers, body });
        return rig.ask[protocol](`${row.kind}/${row.model}`, isStream);
      }

      it.each(complete)('$name', async ({ recorded, expected }) => {
        const { answer, error } = await ask(recorded, recorded.kind === 'stream');
        expect(error).toBeUndefined();
        expect(normalise(answer, recorded)).toEqual(normalise(expected.answer, recorded));
        // What these providers do not say, the catalogue's prices do: test/catalog holds the sums.
        const priced = answer.usage && { ...answer.usage, cost: expected.answer.usage?.cost };
        expect(priced).toEqual(expected.answer.usage);
        const ids = answer.choices.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id));
        expect(new Set(ids).size).toBe(ids.length);
      });

      it('what is cut is no success', async () => {
        for (const { name, recorded } of complete) {
          const { error } = await ask(recorded, recorded.kind === 'stream', cutBeforeEnd(recorded.readBody()));
          expect(error?.attemptReason ?? '', name).toMatch(/^PROVIDER_(?:CUT|UNUSABLE)$/);
        }
      });

      it.each(failed)('$name', async ({ recorded, expected: { answer: said, failure } }) => {
        // An error in place of an answer is the same one, whatever answer was asked for.
        const ways = recorded.httpStatus >= 400 ? [false, true] : [recorded.kind === 'stream'];
        for (const isStream of ways) {
          const { answer, error } = await ask(recorded, isStream);
          expect(listSaid(answer)).toEqual(listSaid(said));
          expect(error?.attemptReason).toBe(failure?.reason);
          expect(error?.status).toBe(findStatus(protocol, recorded, { answer: said, failure }));
          const beginning = failure?.message.slice(0, 60) ?? '';
          // What is wrong with the operator's key is not for callers.
          if (failure?.reason === 'PROVIDER_CREDENTIALS') expect(error?.message).not.toContain(beginning);
          else expect(error?.message).toContain(beginning);
        }
      });
    });
  });
});

function findStatus(protocol: 'REST' | 'gRPC', { httpStatus }: RecordedCase, { answer, failure }: Expected) {
  if (protocol === 'REST' && answer.choices.length > 0) return 200;
  const { REST, gRPC } = (failure && statuses[failure.reason]) ?? { REST: 502, gRPC: 'Unavailable' };
  if (protocol === 'gRPC') return gRPC;
  // What the provider refuses keeps its status.
  return failure?.reason === 'PROVIDER_REFUSED' && httpStatus >= 400 ? httpStatus : REST;
}
