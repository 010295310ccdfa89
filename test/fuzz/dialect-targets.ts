import assert from 'node:assert/strict';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { AnnotationSchema } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChoiceFinishSchema, DeltaSchema } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { ChatEvent } from '../../src/core/chat-event.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createError, SignalboxError } from '../../src/core/errors.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import * as anthropicErrors from '../../src/dialects/anthropic-messages/decode-error.ts';
import { decodeReply as decodeAnthropicReply } from '../../src/dialects/anthropic-messages/decode-reply.ts';
import { decodeErrorAnswer } from '../../src/dialects/bedrock-converse/decode-error.ts';
import { decodeReply as decodeBedrockReply } from '../../src/dialects/bedrock-converse/decode-reply.ts';
import * as cohereErrors from '../../src/dialects/cohere-v2/decode-error.ts';
import { decodeReply as decodeCohereReply } from '../../src/dialects/cohere-v2/decode-reply.ts';
import { ToolNames } from '../../src/dialects/cohere-v2/tool-names.ts';
import * as geminiErrors from '../../src/dialects/gemini/decode-error.ts';
import * as openAiErrors from '../../src/dialects/openai-chat/decode-error.ts';
import { decodeReply as decodeOpenAiReply } from '../../src/dialects/openai-chat/decode-reply.ts';
import { claudeFormat } from '../../src/dialects/signed-reasoning.ts';
import { readAnthropicStream } from '../../src/providers/anthropic-stream.ts';
import { readBedrockStream } from '../../src/providers/bedrock/bedrock-stream.ts';
import { readCohereStream } from '../../src/providers/cohere/cohere-stream.ts';
import { readGeminiReply, readGeminiStream } from '../../src/providers/gemini-stream.ts';
import { readOpenAiStream } from '../../src/providers/openai-chat-stream.ts';
import type { UpstreamResponse } from '../../src/upstream/upstream-response.ts';
import { anthropicWire } from '../contract/anthropic-wire.ts';
import { bedrockWire } from '../contract/bedrock-wire.ts';
import { cohereWire } from '../contract/cohere-wire.ts';
import { geminiWire } from '../contract/gemini-wire.ts';
import { openAiChatWire } from '../contract/openai-chat-wire.ts';
import type { ProviderWire } from '../contract/provider-wire.ts';
import { answerOptions } from '../dialects/gemini/answer-options.ts';
import { cutBytes } from '../support/fake-upstream.ts';
import { createFuzzTarget, type FuzzTarget } from './fuzz-target.ts';
import { anyBytes, cuts, damaged } from './odd-bytes.ts';
import { anyJson, asObject, mutated } from './odd-json.ts';
import { generatedAnswer } from './scripted-answers.ts';

/** The decoders of one wire format. */
interface DialectDecoders {
  readonly name: string;
  readonly wire: ProviderWire;
  readStream(response: UpstreamResponse): AsyncIterable<ChatEvent>;
  /** @param text - of `json`. */
  readWhole(json: JsonObject, text: string): readonly ChatEvent[];
  /** Reads the body of an answer that is an error. */
  readError(body: string): unknown;
}

const classifyError = ({ message = 'it failed' }: { readonly message?: string | undefined }): SignalboxError =>
  createError('PROVIDER_FAILED', { provider: 'peer', status: 500, problem: message });

/** Time stands still: whoever waits is helped by the end of the bytes. */
const reading = {
  provider: 'peer',
  clock: { ...systemClock, after: () => () => undefined },
  maxEventBytes: 20_000,
  finishTimeoutMs: 60_000,
  classifyError,
};
const toolNames = new ToolNames(['get-weather']);

const dialects: readonly DialectDecoders[] = [
  {
    name: 'openai-chat',
    wire: openAiChatWire,
    readStream: (response) => readOpenAiStream(response, { ...reading, expectedChoices: 1, answerId: 'a' }),
    readWhole: (json) => decodeOpenAiReply(json, 'a'),
    readError: openAiErrors.decodeErrorBody,
  },
  {
    name: 'anthropic-messages',
    wire: anthropicWire,
    readStream: (response) => readAnthropicStream(response, { ...reading, answerTool: undefined }),
    readWhole: (json, text) => decodeAnthropicReply(json, 'answer', text) ?? [],
    readError: anthropicErrors.decodeErrorBody,
  },
  {
    name: 'gemini',
    wire: geminiWire,
    readStream: (response) =>
      readGeminiStream(response, { ...answerOptions, ...reading, classifyError: answerOptions.classifyError }),
    readWhole: (_json, text) => readGeminiReply(text, answerOptions),
    readError: geminiErrors.decodeErrorBody,
  },
  {
    name: 'bedrock-converse',
    wire: bedrockWire,
    readStream: (response) =>
      readBedrockStream(response, { ...reading, answerTool: 'answer', reasoningFormat: claudeFormat }),
    readWhole: (json, text) =>
      decodeBedrockReply(json, { answerTool: 'answer', reasoningFormat: claudeFormat }, text) ?? [],
    readError: (body) => decodeErrorAnswer(body, undefined),
  },
  {
    name: 'cohere-v2',
    wire: cohereWire,
    readStream: (response) => readCohereStream(response, { ...reading, toolNames }),
    readWhole: (json) => decodeCohereReply(json, toolNames) ?? [],
    readError: cohereErrors.decodeErrorBody,
  },
];

/** What an answer came to, in a form that can be compared. */
interface ReadAnswer {
  readonly events: readonly string[];
  readonly isComplete: boolean;
  readonly error: string | undefined;
}

/** RPC can carry every event. */
function encodeEvent(event: ChatEvent): string {
  switch (event.kind) {
    case 'delta':
      return encode('delta', toBinary(DeltaSchema, event.delta));
    case 'annotations':
      return event.annotations.map((one) => encode('annotation', toBinary(AnnotationSchema, one))).join(' ');
    case 'finish':
      assert.ok(['stop', 'length', 'tool_calls', 'content_filter'].includes(event.finish.finishReason));
      return encode('finish', toBinary(ChoiceFinishSchema, event.finish));
    case 'usage':
      return encode('usage', toBinary(UsageSchema, event.usage));
    case 'head':
      return 'head';
  }
}

function encode(kind: string, bytes: Uint8Array): string {
  return `${kind} ${Buffer.from(bytes).toString('base64')}`;
}

/** Reads a stream as far as it goes. Rejects with what is no registered error. */
async function readStream(
  { readStream: read, wire }: DialectDecoders,
  pieces: readonly Uint8Array[],
): Promise<ReadAnswer> {
  async function* body() {
    yield* pieces;
  }
  const events: string[] = [];
  let isComplete = false;
  try {
    for await (const event of read({ status: 200, headers: { ...wire.streamHeaders }, body: body() })) {
      events.push(encodeEvent(event));
      isComplete ||= event.kind === 'finish';
    }
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
    return { events, isComplete, error: thrown.reason };
  }
  return { events, isComplete, error: undefined };
}

/** A stream comes to the same however it is cut, and is complete or tells that it is not. */
async function checkStream(dialect: DialectDecoders, bytes: Uint8Array, sizes: readonly number[]): Promise<void> {
  const answer = await readStream(dialect, [bytes]);
  assert.deepEqual(await readStream(dialect, cutBytes(bytes, sizes)), answer);
  assert.ok(answer.isComplete || answer.error !== undefined, 'a stream without a finish reason is told as whole');
}

function checkWhole({ readWhole, readError }: DialectDecoders, value: JsonValue): void {
  const json = asObject(value, 'choices', 'content', 'message', 'candidates', 'output', 'error');
  const text = JSON.stringify(json);
  readError(text);
  try {
    readWhole(json, text).map(encodeEvent);
  } catch (thrown) {
    if (!(thrown instanceof SignalboxError)) throw thrown;
  }
}

function createStreamTarget(dialect: DialectDecoders): FuzzTarget {
  const streams = generatedAnswer.map((answer) => Buffer.concat(dialect.wire.encodeStream(answer)));
  return createFuzzTarget({
    name: `${dialect.name}-stream`,
    inputs: fc.record({ bytes: fc.oneof({ weight: 4, arbitrary: damaged(streams) }, anyBytes), sizes: cuts }),
    run: ({ bytes, sizes }) => checkStream(dialect, bytes, sizes),
  });
}

function createWholeTarget(dialect: DialectDecoders): FuzzTarget {
  const replies = generatedAnswer.map((answer): JsonValue => JSON.parse(dialect.wire.encodeWhole(answer)));
  return createFuzzTarget({
    name: `${dialect.name}-whole`,
    inputs: fc.oneof({ weight: 4, arbitrary: mutated(replies) }, anyJson),
    run: (value) => checkWhole(dialect, value),
  });
}

/** Everything that reads what a provider answers. */
export const dialectTargets: readonly FuzzTarget[] = dialects.flatMap((dialect) => [
  createStreamTarget(dialect),
  createWholeTarget(dialect),
]);
