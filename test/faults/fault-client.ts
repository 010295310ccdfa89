import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { createConnectClient } from '../clients/connect-clients.ts';
import type { TestServer } from '../support/test-server.ts';

/** How a client speaks to the server. */
export type FaultProtocol = 'REST' | 'gRPC';

/** What a broken answer is taken up with again. */
export type Recovery = 'none' | 'restart' | 'continue';

/** One call of a client. */
export interface FaultCall {
  readonly protocol: FaultProtocol;
  readonly isStreamed: boolean;
  /** The model, then its fallbacks. */
  readonly models: readonly [string, ...string[]];
  /** `undefined`: the server's default. */
  readonly recovery: Recovery | undefined;
}

/** An error as the client sees it. */
export interface CallError {
  /** Of HTTP, or the name of gRPC's code; 200 in a stream that had begun. */
  readonly status: number | string;
  /**
   * The registered reason in lower case, or the provider's code. `connection`: the connection broke, or the client had waited for too long:
   * no call may end so.
   */
  readonly reason: string;
  readonly message: string;
}

/** What a client got. */
export interface CallOutcome {
  /** The text that came, up to the end or the error. */
  readonly text: string;
  /** `undefined`: nothing told the client that something is missing. */
  readonly error: CallError | undefined;
  /** Whether the answer ended as complete answers do, with a finish reason and the mark of its protocol. */
  readonly hasEnd: boolean;
  /** `provider/model` that the answer names. */
  readonly servedModel: string | undefined;
  readonly hasUsage: boolean;
  /** From the request to the end. */
  readonly durationMs: number;
}

type Answer = Omit<CallOutcome, 'durationMs'>;

/** Makes a call and reads what comes to its end. Never rejects for what the server does. */
export type CallServer = (call: FaultCall) => Promise<CallOutcome>;

const messages = [{ role: 'user', content: 'Count the words.' }];

/**
 * A client of a server in each protocol.
 *
 * @param patienceMs - how long it waits for a call before it gives it up, without having told the server of a deadline.
 */
export function createFaultClient(server: TestServer, patienceMs: number): CallServer {
  const askRest = createRestAsk(server);
  const askGrpc = createGrpcAsk(server);
  return async (call) => {
    const startedAtMs = performance.now();
    // Unlike AbortSignal.timeout, it holds nothing once the call is over.
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), patienceMs);
    try {
      const ask = call.protocol === 'REST' ? askRest : askGrpc;
      const answer = await ask(call, patience.signal);
      return { ...answer, durationMs: performance.now() - startedAtMs };
    } finally {
      clearTimeout(timer);
    }
  };
}

type Ask = (call: FaultCall, patience: AbortSignal) => Promise<Answer>;

function createRestAsk(server: TestServer): Ask {
  return async ({ isStreamed, models: [model, ...others], recovery }, signal) => {
    let status = 0;
    let text = '';
    let isEvents = false;
    try {
      const response = await fetch(`${server.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: server.authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages, stream: isStreamed, extra_body: { models: others, recovery } }),
        signal,
      });
      ({ status } = response);
      isEvents = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
    } catch (thrown) {
      const error = { status, reason: 'connection', message: String(thrown) };
      return { ...readEvents(isEvents ? text.slice(0, text.lastIndexOf('\n\n') + 1) : ''), error };
    }
    return isEvents ? readEvents(text) : readWhole(status, text);
  };
}

function readEvents(text: string): Answer {
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, line = '']) => line);
  const chunks = data.filter((line) => line !== '[DONE]').map(parseObject);
  const choices = chunks.map(firstChoice).filter((choice) => choice !== undefined);
  const errorChunk = chunks.find((chunk) => isJsonObject(chunk['error']));
  return {
    text: choices.map(({ delta }) => (isJsonObject(delta) ? stringOf(delta['content']) : '')).join(''),
    error: errorChunk && readError(200, errorChunk),
    hasEnd: data.at(-1) === '[DONE]' && choices.some((choice) => typeof choice['finish_reason'] === 'string'),
    servedModel: stringOf(chunks.find((chunk) => chunk['model'] !== undefined)?.['model']) || undefined,
    hasUsage: chunks.some((chunk) => hasUsage(chunk['usage'])),
  };
}

function readWhole(status: number, text: string): Answer {
  const body = parseObject(text);
  const choice = firstChoice(body);
  const message = choice?.['message'];
  return {
    text: isJsonObject(message) ? stringOf(message['content']) : '',
    error: isJsonObject(body['error']) ? readError(status, body) : undefined,
    hasEnd: status === 200 && typeof choice?.['finish_reason'] === 'string',
    servedModel: stringOf(body['model']) || undefined,
    hasUsage: hasUsage(body['usage']),
  };
}

function readError(status: number, { error }: JsonObject): CallError {
  const { code, message } = isJsonObject(error) ? error : {};
  return { status, reason: stringOf(code), message: stringOf(message) };
}

/** Whether tokens of the answer were counted. */
function hasUsage(usage: JsonValue | undefined): boolean {
  return isJsonObject(usage) && typeof usage['completion_tokens'] === 'number' && usage['completion_tokens'] > 0;
}

function firstChoice({ choices }: JsonObject): JsonObject | undefined {
  const [choice] = Array.isArray(choices) ? choices : [];
  return isJsonObject(choice) ? choice : undefined;
}

function parseObject(text: string): JsonObject {
  const json: JsonValue = JSON.parse(text);
  if (!isJsonObject(json)) throw new Error(`no JSON object: ${text}`);
  return json;
}

function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function createGrpcAsk(server: TestServer): Ask {
  const client = createConnectClient(ChatService, server, { protocol: 'gRPC', httpVersion: '2', format: 'binary' });

  return async ({ isStreamed, models: [model, ...others], recovery }, signal) => {
    const request = { model, messages, extraBody: { models: others, ...(recovery && { recovery }) } };
    const seen = { text: '', hasEnd: false, servedModel: '', hasUsage: false };
    let error: CallError | undefined;
    try {
      if (isStreamed) {
        for await (const { slice } of client.streamChatCompletion(request, { signal })) {
          if (slice.case === 'head') seen.servedModel = slice.value.model;
          if (slice.case === 'delta') seen.text += slice.value.content ?? '';
          if (slice.case !== 'finish') continue;
          seen.hasEnd = slice.value.choices.every(({ finishReason }) => finishReason !== '');
          seen.hasUsage = (slice.value.usage?.completionTokens ?? 0) > 0;
        }
      } else {
        const { model: servedModel, choices, usage } = await client.createChatCompletion(request, { signal });
        seen.servedModel = servedModel;
        seen.text = choices[0]?.message?.content ?? '';
        seen.hasEnd = choices.length > 0 && choices.every(({ finishReason }) => finishReason !== '');
        seen.hasUsage = (usage?.completionTokens ?? 0) > 0;
      }
    } catch (thrown) {
      if (!(thrown instanceof ConnectError)) throw thrown;
      error = readConnectError(thrown);
    }
    return { ...seen, servedModel: seen.servedModel || undefined, error };
  };
}

/** An error without details is none of the server's making. */
function readConnectError(error: ConnectError): CallError {
  const [info] = error.findDetails(ErrorInfoSchema);
  return {
    status: Code[error.code],
    reason: info?.reason.toLowerCase() ?? 'connection',
    message: error.rawMessage,
  };
}
