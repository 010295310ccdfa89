import { fromJson } from '@bufbuild/protobuf';
import type { ChatCompletion } from '../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import { ChatCompletionRequestSchema } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ChatCompletionSlice } from '../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { createConnectClient } from '../clients/connect-clients.ts';
import type { TestServer } from '../support/test-server.ts';

/** A tool call as a client gets it. */
export interface CallerToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What a client of the gateway gets, whichever way it asks. */
export interface CallerAnswer {
  readonly content: string;
  readonly reasoning: string;
  readonly toolCalls: readonly CallerToolCall[];
  readonly finishReason: string;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
}

/** A way to ask the gateway. */
export interface Caller {
  readonly name: string;
  /** Sends a request in the JSON of the API, and reads the answer. Rejects with what was answered in its place. */
  ask(server: TestServer, request: JsonObject): Promise<CallerAnswer>;
}

/** REST and gRPC, whole and streamed. */
export const callers: readonly Caller[] = [
  { name: 'REST', ask: async (server, request) => readCompletion(await post(server, request)) },
  { name: 'REST, streamed', ask: askStreamed },
  {
    name: 'gRPC',
    ask: async (server, request) =>
      readMessage(await createGrpcClient(server).createChatCompletion(fromJson(ChatCompletionRequestSchema, request))),
  },
  {
    name: 'gRPC, streamed',
    ask: async (server, request) =>
      readSlices(createGrpcClient(server).streamChatCompletion(fromJson(ChatCompletionRequestSchema, request))),
  },
];

function createGrpcClient(server: TestServer) {
  return createConnectClient(ChatService, server, { protocol: 'gRPC', httpVersion: '2', format: 'binary' });
}

async function post(server: TestServer, request: JsonObject): Promise<Response> {
  const response = await fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!response.ok) {
    const wait = response.headers.get('retry-after') ?? 'an unknown number of';
    throw new Error(`HTTP ${response.status}, to be tried again after ${wait} seconds: ${await response.text()}`);
  }
  return response;
}

async function readCompletion(response: Response): Promise<CallerAnswer> {
  const json = parse(await response.text());
  const [choice = {}] = list(json['choices']);
  const message = object(choice['message']);
  return {
    ...readSaid(message),
    toolCalls: list(message['tool_calls']).map(readToolCall),
    finishReason: text(choice['finish_reason']),
    ...readUsage(json['usage']),
  };
}

async function askStreamed(server: TestServer, request: JsonObject): Promise<CallerAnswer> {
  const response = await post(server, { ...request, stream: true, stream_options: { include_usage: true } });
  const events = [...(await response.text()).matchAll(/^data: (\{.*\})$/gm)].map(([, json = '']) => parse(json));
  const error = events.find((event) => event['error'] !== undefined);
  if (error !== undefined) throw new Error(JSON.stringify(error));
  const choices = events.flatMap((event) => list(event['choices']));
  const deltas = choices.map((choice) => object(choice['delta']));
  const calls = new Map<JsonValue | undefined, CallerToolCall>();
  for (const piece of deltas.flatMap((delta) => list(delta['tool_calls']))) {
    const known = calls.get(piece['index']);
    const call = readToolCall(piece);
    calls.set(piece['index'], known ? { ...known, arguments: known.arguments + call.arguments } : call);
  }
  const said = deltas.map(readSaid);
  return {
    content: said.map(({ content }) => content).join(''),
    reasoning: said.map(({ reasoning }) => reasoning).join(''),
    toolCalls: [...calls.values()],
    finishReason: choices.map((choice) => text(choice['finish_reason'])).join(''),
    ...readUsage(events.map((event) => event['usage']).findLast(isJsonObject)),
  };
}

function readSaid(message: JsonObject): Pick<CallerAnswer, 'content' | 'reasoning'> {
  return { content: text(message['content']), reasoning: text(message['reasoning_content']) };
}

function readToolCall({ id, function: fn }: JsonObject): CallerToolCall {
  return { id: text(id), name: text(object(fn)['name']), arguments: text(object(fn)['arguments']) };
}

function readUsage(usage: JsonValue | undefined): Pick<CallerAnswer, 'promptTokens' | 'completionTokens'> {
  const { prompt_tokens: prompt, completion_tokens: completion } = object(usage);
  return {
    promptTokens: typeof prompt === 'number' ? prompt : undefined,
    completionTokens: typeof completion === 'number' ? completion : undefined,
  };
}

function readMessage({ choices, usage }: ChatCompletion): CallerAnswer {
  const [choice] = choices;
  const message = choice?.message;
  return {
    content: message?.content ?? '',
    reasoning: message?.reasoningContent ?? '',
    toolCalls: (message?.toolCalls ?? []).map(({ id, function: fn }) => ({
      id,
      name: fn?.name ?? '',
      arguments: fn?.arguments ?? '',
    })),
    finishReason: choice?.finishReason ?? '',
    promptTokens: usage?.promptTokens,
    completionTokens: usage?.completionTokens,
  };
}

async function readSlices(slices: AsyncIterable<ChatCompletionSlice>): Promise<CallerAnswer> {
  const answer = { content: '', reasoning: '', finishReason: '' };
  const calls = new Map<number, CallerToolCall>();
  let usage: Partial<Pick<CallerAnswer, 'promptTokens' | 'completionTokens'>> = {};
  for await (const { slice } of slices) {
    if (slice.case === 'delta') {
      answer.content += slice.value.content ?? '';
      answer.reasoning += slice.value.reasoningContent ?? '';
      for (const { index, id = '', function: fn } of slice.value.toolCalls) {
        const known = calls.get(index) ?? { id, name: fn?.name ?? '', arguments: '' };
        calls.set(index, { ...known, arguments: known.arguments + (fn?.arguments ?? '') });
      }
    }
    if (slice.case !== 'finish') continue;
    answer.finishReason += slice.value.choices.map(({ finishReason }) => finishReason).join('');
    usage = slice.value.usage ?? {};
  }
  const { promptTokens, completionTokens } = usage;
  return { ...answer, toolCalls: [...calls.values()], promptTokens, completionTokens };
}

function parse(json: string): JsonObject {
  return object(JSON.parse(json));
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
