import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A piece of a reply: text or bytes, written on their own, or a promise, which is waited for before the next piece (text or
 * bytes that it resolves to are written too). A test holds a reply with `Promise.withResolvers()`, and so never waits for a time.
 */
export type ReplyPiece = string | Uint8Array | Promise<unknown>;

/** The pieces of a reply in their order. */
export type ReplyPieces = string | Uint8Array | Iterable<ReplyPiece> | AsyncIterable<ReplyPiece>;

/**
 * What becomes of the connection: `close` ends it in order (FIN), `reset` breaks it (RST), `hang` leaves it open and silent until
 * the client or {@link FakeUpstream.close} closes it.
 */
export type Ending = 'close' | 'reset' | 'hang';

/** An HTTP answer. */
export interface AnswerReply {
  /** Default: 200. */
  readonly status?: number;
  /** Default: none but `date`, `connection` and, without `content-length`, `transfer-encoding: chunked`. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The headers of a 103 answer before it. Must have `link`. */
  readonly earlyHints?: Readonly<Record<string, string>>;
  /** Waited for before the headers are sent. */
  readonly after?: Promise<unknown>;
  /** Sent piece by piece after the headers, no faster than the client reads. Default: nothing. */
  readonly body?: ReplyPieces;
  /** What happens where the body's end would be: `close` cuts it short. Default: it ends properly. */
  readonly ending?: Ending;
}

/** Bytes in place of an answer, for what is not HTTP or not good HTTP. */
export interface RawReply {
  readonly raw: ReplyPieces;
  readonly ending: Ending;
}

/** No answer. */
export interface DroppedReply {
  readonly drop: Ending;
  /** Waited for before that happens. */
  readonly after?: Promise<unknown>;
}

export type FakeReply = AnswerReply | RawReply | DroppedReply;

/** A reply, or what makes one of the request. */
export type FakeResponder = FakeReply | ((request: RecordedRequest) => FakeReply | Promise<FakeReply>);

/** How the connection of a request ended. */
export interface ConnectionEnd {
  /** Whether the reply had been sent to its end. */
  readonly replied: boolean;
}

/** One request as it came. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON. Throws if it is none. */
  json(): unknown;
  /** Counts connections from 1: the same number means the same connection. */
  readonly connection: number;
  /** Resolves when its connection has closed, by whomever. */
  readonly closed: Promise<ConnectionEnd>;
  /** How many bytes its connection has been given so far; what the client has not read is bounded by the kernel's buffers. */
  bytesSent(): number;
}

/** A server in the place of a provider, steered by the test. */
export interface FakeUpstream {
  /** Such as `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** Every request so far, in the order in which they were complete. Empty where they are not kept. */
  readonly requests: readonly RecordedRequest[];
  /** The next request that no call of this has given yet; waits for it. */
  nextRequest(): Promise<RecordedRequest>;
  /** Adds replies to the queue: each answers one request. A request that finds none gets status 500, with a body that says so. */
  respond(...replies: FakeResponder[]): void;
  /** Answers all requests for which the queue has no reply. */
  respondAlways(reply: FakeResponder): void;
  /** Closes all connections and the port. Throws what a responder threw. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An answer in JSON. */
export function jsonReply(value: unknown, reply: Omit<AnswerReply, 'body'> = {}): AnswerReply {
  const headers = { 'content-type': 'application/json', ...reply.headers };
  return { ...reply, headers, body: JSON.stringify(value) };
}

/**
 * An answer of server-sent events, one piece for each.
 *
 * @param data - the `data` of each event; what is no string is sent as JSON, and a promise is waited for.
 */
export function sseReply(data: readonly unknown[], reply: Omit<AnswerReply, 'body'> = {}): AnswerReply {
  const headers = { 'content-type': 'text/event-stream', ...reply.headers };
  const body = data.map((item) =>
    item instanceof Promise ? item : `data: ${typeof item === 'string' ? item : JSON.stringify(item)}\n\n`,
  );
  return { ...reply, headers, body };
}

/**
 * Cuts bytes into pieces of the given sizes.
 *
 * @param sizes - one size above 0 for all pieces, or the size of each; what is left over is the last piece.
 */
export function cutBytes(bytes: Uint8Array, sizes: number | readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (let index = 0; start < bytes.length; index += 1) {
    const size = typeof sizes === 'number' ? sizes : (sizes[index] ?? bytes.length);
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

/** What a fake upstream is started with. */
export interface FakeUpstreamOptions {
  /** Whether its requests are there to be looked at. Without them it can run for hours. Default: true. */
  readonly keepsRequests?: boolean;
}

/** Starts a fake upstream on a free port of the loopback interface. */
export async function createFakeUpstream({ keepsRequests = true }: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const requests: RecordedRequest[] = [];
  const replies: FakeResponder[] = [];
  const unseen: RecordedRequest[] = [];
  const waiting: ((request: RecordedRequest) => void)[] = [];
  const failures: unknown[] = [];
  const connections = new WeakMap<Socket, Connection>();
  let connectionCount = 0;
  let fallback: FakeResponder = { status: 500, body: 'The fake upstream has no reply for this request.' };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { socket } = incoming;
    const connection = connections.get(socket);
    if (connection === undefined) throw new Error('a request came over no connection');
    const end = { replied: false };
    const body = await readText(incoming);
    const request: RecordedRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body,
      json: (): unknown => JSON.parse(body),
      connection: connection.number,
      closed: connection.closed.then(() => end),
      bytesSent: () => socket.bytesWritten,
    };
    if (keepsRequests) {
      requests.push(request);
      const waiter = waiting.shift();
      if (waiter === undefined) unseen.push(request);
      else waiter(request);
    }

    const responder = replies.shift() ?? fallback;
    const reply = typeof responder === 'function' ? await responder(request) : responder;
    end.replied = await send(reply, outgoing, connection);
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      // A client that leaves is no failure of the test's.
      if (!incoming.socket.destroyed) failures.push(error);
      incoming.socket.destroy();
    });
  });
  server.on('connection', (socket) => {
    connectionCount += 1;
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    connections.set(socket, { number: connectionCount, socket, closed });
    // A broken connection shows in `closed`.
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake upstream has no port');

  async function close(): Promise<void> {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    if (failures.length > 0) throw new AggregateError(failures, 'a responder of the fake upstream failed');
  }

  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    nextRequest() {
      const request = unseen.shift();
      return request === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(request);
    },
    respond(...more) {
      replies.push(...more);
    },
    respondAlways(reply) {
      fallback = reply;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

interface Connection {
  readonly number: number;
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

/** @returns whether the whole reply was sent. */
async function send(reply: FakeReply, outgoing: ServerResponse, connection: Connection): Promise<boolean> {
  const { socket } = connection;
  if ('drop' in reply) {
    await reply.after;
    endConnection(reply.drop, socket);
    return false;
  }
  if ('raw' in reply) {
    await sendPieces(reply.raw, (piece, written) => socket.write(piece, written), connection);
    const replied = !socket.destroyed;
    endConnection(reply.ending, socket);
    return replied;
  }
  await reply.after;
  if (reply.earlyHints !== undefined) outgoing.writeEarlyHints(reply.earlyHints);
  outgoing.writeHead(reply.status ?? 200, reply.headers);
  outgoing.flushHeaders();
  await sendPieces(reply.body ?? [], (piece, written) => outgoing.write(piece, written), connection);
  if (reply.ending !== undefined) {
    endConnection(reply.ending, socket);
    return false;
  }
  await new Promise<void>((resolve) => {
    outgoing.once('close', resolve);
    outgoing.end(resolve);
  });
  return outgoing.writableFinished;
}

type Write = (piece: string | Uint8Array, written: () => void) => unknown;

/**
 * Writes each piece on its own: the next one waits until the kernel has it, and a client in this process has had a turn to
 * read it.
 */
async function sendPieces(pieces: ReplyPieces, write: Write, { socket, closed }: Connection): Promise<void> {
  const list = typeof pieces === 'string' || pieces instanceof Uint8Array ? [pieces] : pieces;
  for await (const piece of list) {
    if (socket.destroyed) return;
    // Promises among the pieces are waited for by the loop, which gives what they resolve to.
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) continue;
    await Promise.race([new Promise<void>((resolve) => write(piece, resolve)), closed]);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function endConnection(ending: Ending, socket: Socket): void {
  if (ending === 'reset') socket.resetAndDestroy();
  if (ending === 'close') socket.destroy();
}
