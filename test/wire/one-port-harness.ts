import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createOnePort, type OnePort } from '../../src/wire/one-port.ts';
import type { OnePortLimits, OnePortOptions, RequestListener } from '../../src/wire/one-port-options.ts';

const tlsFolder = join(import.meta.dirname, '../fixtures/tls');

/** A certificate for `localhost` and the loopback addresses, signed by itself. */
export const tlsFixture = {
  cert: readFileSync(join(tlsFolder, 'cert.pem')),
  key: readFileSync(join(tlsFolder, 'key.pem')),
};

/** Limits that no test runs into without meaning to. */
export const wideLimits: OnePortLimits = {
  maxConnections: 5000,
  prefaceTimeoutMs: 60_000,
  headersTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 60_000,
  http2IdleTimeoutMs: 60_000,
  lingerTimeoutMs: 60_000,
  maxHeaderBytes: 16_384,
  maxHeaderCount: 100,
  maxConcurrentStreams: 100,
  streamResetBurst: 1000,
  streamResetsPerSecond: 33,
  streamWindowBytes: 65_535,
  sessionWindowBytes: 262_144,
  maxSessionMemoryBytes: 10_000_000,
};

/** A clock whose timers run when the test says so. */
export interface ManualClock extends Clock {
  /** Lets time pass, and runs what is due in it. */
  advance(durationMs: number): void;
  /** Timers that neither ran nor were cancelled. */
  readonly pendingTimers: number;
}

export function createManualClock(): ManualClock {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  return {
    get pendingTimers() {
      return timers.size;
    },
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(durationMs) {
      nowMs += durationMs;
      for (const timer of [...timers].sort((a, b) => a.atMs - b.atMs)) {
        if (timer.atMs <= nowMs && timers.delete(timer)) timer.callback();
      }
    },
  };
}

/** What the responses of both protocols can, without the overloads and types in which the two differ. */
interface Writing {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  write(text: string): unknown;
  end(text: string): unknown;
}

/** Starts a response. */
export function writeStart(response: Writing, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, headers);
}

/** Writes a piece of a response. */
export function writePiece(response: Writing, piece: string): void {
  response.write(piece);
}

/** Ends a response. */
export function endWith(response: Writing, text: string): void {
  response.end(text);
}

/** Answers with the method, the path and the body. */
export const echo: RequestListener = async (request, response) => {
  endWith(response, `${request.method} ${request.url} ${await text(request)}`);
};

/** Ways to begin to read a request and leave it: what is left of it then takes different paths through Node's streams. */
export const abandonments: readonly (readonly [
  name: string,
  abandon: (request: AsyncIterable<unknown>) => Promise<void>,
])[] = [
  [
    'left hanging',
    async (request) => {
      await request[Symbol.asyncIterator]().next();
    },
  ],
  [
    'destroyed by the end of a loop',
    async (request) => {
      for await (const _ of request) break;
    },
  ],
];

export interface RunningPort {
  readonly port: OnePort;
  readonly portNumber: number;
  /** What the port's `onClientError` heard, as messages. */
  readonly clientErrors: string[];
  /** What the port's `onServerError` heard. */
  readonly serverErrors: unknown[];
}

export interface PortSettings {
  readonly limits?: Partial<OnePortLimits>;
  readonly clock?: Clock;
  readonly tls?: OnePortOptions['tls'];
}

/** Serves `listener` on a free port until the test is over. */
export async function startPort(listener: RequestListener, settings: PortSettings = {}): Promise<RunningPort> {
  const clientErrors: string[] = [];
  const serverErrors: unknown[] = [];
  const port = createOnePort({
    listener,
    limits: { ...wideLimits, ...settings.limits },
    clock: settings.clock ?? systemClock,
    tls: settings.tls,
    onClientError: (error) => clientErrors.push(error.message),
    onServerError: (error) => serverErrors.push(error),
  });
  onTestFinished(() => port.destroy());
  const { port: portNumber } = await port.listen(0, '127.0.0.1');
  return { port, portNumber, clientErrors, serverErrors };
}

/** A client that writes bytes, and remembers those that come back. */
export interface RawClient {
  readonly socket: Socket;
  /** All that came so far, a character a byte. */
  received(): string;
  /** Resolves when `pattern` matches what came. Rejects when the connection closes before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the connection is closed, with all that came. A reset is a close. */
  readonly closed: Promise<string>;
}

/** Watches a connected socket. */
export function watchRaw(socket: Socket): RawClient {
  let received = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  return {
    socket,
    received: () => received,
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(received);
          if (match === null) return;
          socket.off('data', look);
          resolve(match);
        };
        socket.on('data', look);
        socket.once('close', () =>
          reject(new Error(`the connection closed before ${pattern} came, after: ${received}`)),
        );
        look();
      }),
    closed: new Promise((resolve) => socket.once('close', () => resolve(received))),
  };
}

/** Connects a raw client. With `allowHalfOpen` it does not end its half of the connection when the server ends its own. */
export async function connectRaw(portNumber: number, allowHalfOpen = false): Promise<RawClient> {
  const socket = connect({ port: portNumber, host: '127.0.0.1', allowHalfOpen });
  onTestFinished(() => {
    socket.destroy();
  });
  const client = watchRaw(socket);
  await once(socket, 'connect');
  return client;
}

/** Opens an HTTP/2 session with prior knowledge, or by ALPN when `origin` is https. */
export function openSession(origin: string): ClientHttp2Session {
  const session = connectHttp2(origin, { ca: tlsFixture.cert });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  return session;
}

export interface Http2Reply {
  readonly status: number | undefined;
  readonly body: string;
  readonly trailers: Readonly<Record<string, unknown>>;
}

/** Collects what answers a stream. Rejects when the stream fails. */
export async function collectReply(stream: ClientHttp2Stream): Promise<Http2Reply> {
  let status: number | undefined;
  let trailers: Readonly<Record<string, unknown>> = {};
  stream.on('response', (headers) => {
    status = headers[':status'];
  });
  stream.on('trailers', (headers) => {
    trailers = headers;
  });
  const body = await text(stream);
  return { status, body, trailers };
}
