import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { binaryWires, type ConnectWire, createConnectClient } from '../clients/connect-clients.ts';
import type { TestServer } from './test-server.ts';

/** What of a server is called. */
export type CalledServer = Pick<TestServer, 'origin' | 'authorization'>;

/** A client of one protocol over one version of HTTP. */
export interface WireCaller {
  /** Such as `gRPC-Web over HTTP/1.1`. */
  readonly name: string;
  /**
   * The pieces of text of a streamed answer.
   *
   * @throws RegisteredError for one that the server sends; else, for a connection that breaks or an answer without an end, another one.
   */
  stream(signal?: AbortSignal): AsyncGenerator<string, void>;
  /** The text of an answer that comes whole. Rejects as `stream` throws. */
  whole(signal?: AbortSignal): Promise<string>;
  /** Lets go of its connections. */
  close(): void;
}

/** An error that the server itself sent. */
export class RegisteredError extends Error {
  /** Of the registry, in upper case. */
  readonly reason: string;

  constructor(reason: string) {
    super(`the server says ${reason}`);
    this.reason = reason;
  }
}

const messages = [{ role: 'user', content: 'Hello' }];

/** Makes a client for every protocol over every version of HTTP that it can use. */
export function createWireCallers(server: CalledServer, model: string): WireCaller[] {
  return [
    createRestCaller('REST over HTTP/1.1', model, createHttp1Send(server)),
    createRestCaller('REST over HTTP/2', model, createHttp2Send(server)),
    ...binaryWires.map((wire) => createRpcCaller(server, wire, model)),
  ];
}

function createRpcCaller(server: CalledServer, wire: ConnectWire, model: string): WireCaller {
  const client = createConnectClient(ChatService, server, wire);
  const request = { model, messages };
  return {
    name: `${wire.protocol} over HTTP/${wire.httpVersion}`,
    async *stream(signal) {
      let hasEnd = false;
      try {
        for await (const { slice } of client.streamChatCompletion(request, { ...(signal && { signal }) })) {
          if (slice.case === 'delta' && slice.value.content) yield slice.value.content;
          hasEnd ||= slice.case === 'finish';
        }
      } catch (thrown) {
        throw toRegisteredError(thrown);
      }
      if (!hasEnd) throw new Error('the answer has no end');
    },
    async whole(signal) {
      try {
        const { choices } = await client.createChatCompletion(request, { ...(signal && { signal }) });
        return choices[0]?.message?.content ?? '';
      } catch (thrown) {
        throw toRegisteredError(thrown);
      }
    },
    close() {},
  };
}

function toRegisteredError(thrown: unknown): unknown {
  const [info] = thrown instanceof ConnectError ? thrown.findDetails(ErrorInfoSchema) : [];
  return info === undefined ? thrown : new RegisteredError(info.reason);
}

/** Sends the body of a chat completion request. */
interface RestSend {
  send(body: string, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

const path = '/v1/chat/completions';

function createHttp1Send({ origin, authorization }: CalledServer): RestSend {
  return {
    async send(body, signal) {
      const headers = { authorization, 'content-type': 'application/json' };
      const response = await fetch(origin + path, { method: 'POST', headers, body, ...(signal && { signal }) });
      if (response.body === null) throw new Error('the answer has no body');
      return response.body;
    },
    close() {},
  };
}

function createHttp2Send({ origin, authorization }: CalledServer): RestSend {
  let session: ClientHttp2Session | undefined;
  return {
    async send(body, signal) {
      if (session === undefined || session.closed || session.destroyed) {
        session = connect(origin);
        session.on('error', () => {});
      }
      const headers = { ':method': 'POST', ':path': path, authorization, 'content-type': 'application/json' };
      const stream = session.request(headers, { ...(signal && { signal }) });
      stream.end(body);
      await once(stream, 'response');
      return stream;
    },
    close: () => session?.destroy(),
  };
}

function createRestCaller(name: string, model: string, { send, close }: RestSend): WireCaller {
  const encode = (stream: boolean): string => JSON.stringify({ model, messages, stream });
  return {
    name,
    async *stream(signal) {
      for await (const data of readEvents(await send(encode(true), signal))) {
        if (data === '[DONE]') return;
        const content = readContent(readJson(data), 'delta');
        if (content !== '') yield content;
      }
      throw new Error('the answer has no end');
    },
    async whole(signal) {
      let body = '';
      for await (const piece of decode(await send(encode(false), signal))) body += piece;
      return readContent(readJson(body), 'message');
    },
    close,
  };
}

async function* readEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let received = '';
  for await (const piece of decode(bytes)) {
    received += piece;
    const events = received.split('\n\n');
    received = events.pop() ?? '';
    for (const event of events) if (event.startsWith('data: ')) yield event.slice('data: '.length);
  }
  // An error before the first event comes as a body of its own.
  if (received !== '') yield received;
}

async function* decode(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
}

/** @throws RegisteredError when it is an error. */
function readJson(text: string): JsonObject {
  const json: JsonValue = JSON.parse(text);
  if (!isJsonObject(json)) throw new Error(`no JSON object: ${text}`);
  const { error } = json;
  if (isJsonObject(error)) throw new RegisteredError(String(error['code']).toUpperCase());
  return json;
}

function readContent({ choices }: JsonObject, key: 'delta' | 'message'): string {
  const [choice] = Array.isArray(choices) ? choices : [];
  const part = isJsonObject(choice) ? choice[key] : undefined;
  const content = isJsonObject(part) ? part['content'] : undefined;
  return typeof content === 'string' ? content : '';
}
