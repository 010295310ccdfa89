import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import type { ChatCompletion, Choice } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import {
  type ChatCompletionSlice,
  type ChoiceFinish,
  ChoiceFinishSchema,
  DeltaSchema,
} from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import type { Usage } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { createConnectClient } from '../clients/connect-clients.ts';
import { createFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import { type PlainAnswer, PlainAnswerCollector } from '../support/plain-answer.ts';
import type { RecordedCase } from '../support/recorded-traffic.ts';
import { startTestServer } from '../support/test-server.ts';
import { readRecordedAnswer } from './recorded-answer.ts';

/** What a client of the gateway got for a call. */
export interface ClientView {
  /** What came, up to the end or the error. */
  readonly answer: PlainAnswer;
  /** `undefined`: the answer is complete. */
  readonly error: ClientError | undefined;
}

/** An error as a client sees it. */
export interface ClientError {
  /** Of HTTP, or the name of gRPC's code. 200: it stands in an answer that had begun. */
  readonly status: number | string;
  readonly message: string;
  /** Why the one attempt failed. */
  readonly attemptReason: string;
}

/** One way to call the gateway. */
export type Ask = (model: string, isStream: boolean) => Promise<ClientView>;

/** A whole server in front of an upstream that the test steers. */
export interface GatewayRig {
  readonly upstream: FakeUpstream;
  /** By protocol. */
  readonly ask: { readonly REST: Ask; readonly gRPC: Ask };
  close(): Promise<void>;
}

const messages = [{ role: 'user', content: 'Hello' }];

/**
 * Opens a server and its upstream.
 *
 * @param configure - makes the configuration file of the upstream's address.
 */
export async function openGatewayRig(configure: (origin: string) => string): Promise<GatewayRig> {
  const upstream = await createFakeUpstream();
  const server = await startTestServer({ config: configure(upstream.origin) });
  const client = createConnectClient(ChatService, server, { protocol: 'gRPC', httpVersion: '2', format: 'binary' });

  async function askRest(model: string, stream: boolean): Promise<ClientView> {
    const options = stream ? { stream, stream_options: { include_usage: true } } : {};
    const response = await fetch(`${server.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages, ...options }),
    });
    return readRestAnswer(response.status, await response.text());
  }

  async function askGrpc(model: string, isStream: boolean): Promise<ClientView> {
    const collector = new PlainAnswerCollector();
    try {
      if (isStream) await addSlices(collector, client.streamChatCompletion({ model, messages }));
      else addCompletion(collector, await client.createChatCompletion({ model, messages }));
    } catch (thrown) {
      if (!(thrown instanceof ConnectError)) throw thrown;
      return { answer: collector.answer, error: readConnectError(thrown) };
    }
    return { answer: collector.answer, error: undefined };
  }

  return {
    upstream,
    ask: { REST: askRest, gRPC: askGrpc },
    async close() {
      await server.close();
      await upstream.close();
    },
  };
}

/** Reads an answer of the JSON API. Throws when it neither ends nor fails, or does both. */
function readRestAnswer(status: number, text: string): ClientView {
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => json);
  const kind = data.length > 0 ? 'stream' : 'unary';
  const json: JsonValue = JSON.parse(data.findLast((line) => line !== '[DONE]') ?? text);
  const error = isJsonObject(json) && isJsonObject(json['error']) ? readRestError(status, json['error']) : undefined;
  const isEnded = kind === 'stream' ? data.at(-1) === '[DONE]' : status === 200;
  if (isEnded === (error !== undefined)) throw new Error(`the answer ends as no answer does: ${text.slice(-500)}`);
  return { answer: readOpenAiAnswer(kind, text), error };
}

function readRestError(status: number, { message, metadata }: JsonObject): ClientError {
  const attempts = isJsonObject(metadata) ? metadata['attempts'] : undefined;
  const attempt = Array.isArray(attempts) ? attempts.at(0) : undefined;
  const reason = isJsonObject(attempt) ? attempt['error_code'] : undefined;
  return { status, message: String(message), attemptReason: String(reason) };
}

/** The gateway's answers are read as recordings of its format are. */
function readOpenAiAnswer(kind: RecordedCase['kind'], text: string): PlainAnswer {
  const { answer } = readRecordedAnswer({
    name: 'gateway',
    provider: 'gateway',
    endpoint: '/v1/chat/completions',
    kind,
    httpStatus: 200,
    headers: {},
    features: new Set(),
    networkChunkSizes: undefined,
    readBody: () => Buffer.from(text),
    readRequest: () => undefined,
  });
  // No recording of the format has images; the gateway's are the only addresses of the kind.
  const images = [...text.matchAll(/"url":"(data:[^"]+)"/g)].map(([, url = '']) => url);
  return { ...answer, choices: answer.choices.map((choice) => ({ ...choice, images })) };
}

function readConnectError(error: ConnectError): ClientError {
  // `MODEL REASON`.
  const attempts = error.findDetails(ErrorInfoSchema)[0]?.metadata['attempts'] ?? '';
  return { status: Code[error.code], message: error.rawMessage, attemptReason: attempts.split(' ').at(-1) ?? '' };
}

async function addSlices(collector: PlainAnswerCollector, slices: AsyncIterable<ChatCompletionSlice>): Promise<void> {
  for await (const { slice } of slices) {
    if (slice.case === 'delta') collector.add({ kind: 'delta', delta: slice.value });
    if (slice.case === 'finish') addEnd(collector, slice.value.choices, slice.value.usage);
  }
}

/** A whole answer is one increment of each choice. */
function addCompletion(collector: PlainAnswerCollector, { choices, usage }: ChatCompletion): void {
  for (const choice of choices) collector.add({ kind: 'delta', delta: toDelta(choice) });
  const ends = choices.map(({ index, finishReason, message }) =>
    create(ChoiceFinishSchema, { index, finishReason, annotations: message?.annotations ?? [] }),
  );
  addEnd(collector, ends, usage);
}

function toDelta({ index, message }: Choice) {
  const { content = '', reasoningContent = '', refusal = '', toolCalls = [], images = [] } = message ?? {};
  const calls = toolCalls.map(({ id, function: { name = '', arguments: args = '' } = {} }, place) => ({
    index: place,
    id,
    function: { name, arguments: args },
  }));
  return create(DeltaSchema, { index, content, reasoningContent, refusal, toolCalls: calls, images });
}

function addEnd(collector: PlainAnswerCollector, ends: readonly ChoiceFinish[], usage: Usage | undefined): void {
  for (const finish of ends) {
    collector.add({ kind: 'annotations', index: finish.index, annotations: finish.annotations });
    collector.add({ kind: 'finish', finish });
  }
  if (usage !== undefined) collector.add({ kind: 'usage', usage });
}
