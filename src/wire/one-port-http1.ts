import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { SignalboxError } from '../core/errors.ts';
import { endAndLinger } from './one-port-close.ts';
import {
  answerWithError,
  createChunkExtensionsError,
  createConnectError,
  createExpectationError,
  createHeaderTooLargeError,
  createHostError,
  createIncompleteError,
  createMalformedError,
  createRequestTimeoutError,
  createTooManyHeadersError,
  encodeErrorResponse,
  ignoreError,
} from './one-port-errors.ts';
import type { OnePortOptions, ProtocolServer, RequestListener } from './one-port-options.ts';

/** How often Node looks for requests that take too long, at most. */
const maxCheckIntervalMs = 1000;

/**
 * How many requests one connection may have in flight. Node takes as many as the client's bytes hold, over a thousand in one read, before
 * it holds the client back, and all their answers wait in memory for it. Hardly any client sends ahead; one that does more than this finds
 * the connection closed after the last answer, and sends the rest again (RFC 9112, section 9.3.2).
 */
const maxPipelinedRequests = 16;

/** The HTTP/1 half of a port. */
export interface Http1Server extends ProtocolServer {
  /** From now on every answer ends its connection. */
  sendAway(): void;
}

interface Connection {
  readonly socket: Socket;
  /** In the order of their requests: one after another is on the wire, later ones wait. */
  readonly unfinished: Set<ServerResponse>;
  lastRequest: IncomingMessage | undefined;
  /** No further request is taken: RFC 9112, section 9.6. */
  closing: boolean;
}

/**
 * The HTTP/1 half: Node's server, which never listens itself, with connections put in.
 *
 * An end of stream from a client counts as its departure, in the midst of a response too: clients that merely finished sending
 * cannot be told from clients that are gone, and work for the latter must stop.
 */
export function createHttp1Server(options: OnePortOptions, listener: RequestListener): Http1Server {
  const { limits, onClientError } = options;
  const lingering = { clock: options.clock, lingerTimeoutMs: limits.lingerTimeoutMs };
  const connections = new Map<Duplex, Connection>();
  /** Whether connections end with their next answer. */
  let isEnding = false;

  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(maxCheckIntervalMs, Math.ceil(limits.headersTimeoutMs / 4)),
    // Checked below, so that the answer says what is missing.
    requireHostHeader: false,
  });
  // Node either drops surplus headers in silence or calls the head too large. Counted below; the bytes bound how many can come.
  server.maxHeadersCount = 0;
  // Node starts looking for slow requests when a server listens, which this one never does.
  server.emit('listening');

  /** Ends a connection on which nothing is in flight. */
  function close(connection: Connection): void {
    connection.closing = true;
    endAndLinger(connection.socket, lingering);
  }

  /** Ends a connection when all that is in flight on it is answered, and says so in the last response if it can. */
  function closeWhenAnswered(connection: Connection): void {
    connection.closing = true;
    const last = [...connection.unfinished].at(-1);
    if (last === undefined) close(connection);
    else if (!last.headersSent) last.setHeader('connection', 'close');
  }

  /** Answers a connection on which no request can be made out any more, and ends it. */
  function reject(connection: Connection, error: SignalboxError): void {
    connection.closing = true;
    connection.socket.write(encodeErrorResponse(error));
    close(connection);
  }

  /**
   * Lets go of a request that was answered before it was read to its end: what still comes of it is dropped, so that the connection
   * can be used again. Node does this by itself for a request that nobody began to read. One that was begun and abandoned, as
   * RPC adapters do with a message that is too large, leaves the connection paused, with every later request waiting on it.
   */
  function dropRest({ socket }: Connection, request: IncomingMessage): void {
    if (request.complete) return;
    // Node's own means: a stream that is destroyed, as by leaving an async iteration, pauses the connection at each further byte.
    if ('_dump' in request && typeof request._dump === 'function') request._dump();
    socket.resume();
  }

  /**
   * Bounds the time that a complete answer lies here while the client takes nothing of it. Node's own time limit of the socket counts
   * what leaves in the meantime, and destroys the socket.
   */
  function watchTaking({ socket, unfinished }: Connection, response: ServerResponse): void {
    // All of the answer is handed to the socket. Of one that waits for another's end that comes later.
    response.once('prefinish', () => socket.setTimeout(limits.requestTimeoutMs));
    response.once('finish', () => {
      const next = [...unfinished].find((other) => other !== response);
      // The next one may take any time until it is complete. Without one, Node has set the time between requests.
      if (next?.writableEnded === false) socket.setTimeout(0);
    });
  }

  function findProblem(request: IncomingMessage): SignalboxError | undefined {
    const { headers, httpVersionMinor, rawHeaders } = request;
    if (rawHeaders.length > 2 * limits.maxHeaderCount) return createTooManyHeadersError(limits.maxHeaderCount);
    // HTTP/1.0 has no chunks, and what stands before this server may have read another end of the body: RFC 9112, section 6.1.
    if (httpVersionMinor === 0 && headers['transfer-encoding'] !== undefined) return createMalformedError();
    const hosts = listHosts(rawHeaders);
    if (hosts.length > 1 || hosts.some((host) => noHost.test(host))) return createHostError();
    return httpVersionMinor === 1 && hosts.length === 0 ? createHostError() : undefined;
  }

  /** Books a request in, and serves it with `serve`. */
  function take(request: IncomingMessage, response: ServerResponse, serve: RequestListener): void {
    const connection = connections.get(request.socket);
    if (connection === undefined || connection.closing) return;
    response.on('error', ignoreError);
    connection.lastRequest = request;
    connection.unfinished.add(response);
    response.once('finish', () => dropRest(connection, request));
    response.once('close', () => {
      connection.unfinished.delete(response);
      if (connection.closing && connection.unfinished.size === 0 && !connection.socket.writableEnded) close(connection);
    });
    watchTaking(connection, response);
    if (isEnding || connection.unfinished.size >= maxPipelinedRequests) closeWhenAnswered(connection);

    const problem = findProblem(request);
    if (problem === undefined) {
      serve(request, response);
      return;
    }
    // What follows may be meant as a part of this request.
    connection.closing = true;
    response.shouldKeepAlive = false;
    refuse(response, problem);
  }

  function refuse(response: ServerResponse, error: SignalboxError): void {
    onClientError?.(error);
    answerWithError(response, error);
  }

  server.on('request', (request, response) => take(request, response, listener));
  server.on('checkExpectation', (request, response) =>
    take(request, response, () => refuse(response, createExpectationError())),
  );
  server.on('connect', (_request, duplex) => {
    const connection = connections.get(duplex);
    if (connection === undefined) return;
    // Node has let go of the socket; whatever the client sends into the tunnel is dropped.
    duplex.resume();
    if (connection.unfinished.size === 0) reject(connection, createConnectError());
    else duplex.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => {
    const connection = connections.get(duplex);
    // A parser that failed fails again on every further byte.
    if (connection !== undefined && !connection.closing) failConnection(connection, error);
  });

  /** Deals with a connection on which the parser failed, a time limit passed, or the system reports an error. */
  function failConnection(connection: Connection, error: NodeJS.ErrnoException): void {
    const { socket, unfinished, lastRequest } = connection;
    const current = [...unfinished].at(-1);
    const isReceiving = lastRequest?.complete === false;
    // An answer that has begun while its request goes on may take any time, as in HTTP/2.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isReceiving && current?.headersSent === true) return;

    const answer = createParserError(error.code, limits.maxHeaderBytes);
    // Node's own error holds the bytes that it failed on, and with them the client's credentials.
    onClientError?.(answer ?? error);
    if (answer === undefined || !socket.writable) socket.destroy();
    else if (isReceiving) failRequest(connection, current, answer);
    // Whoever is owed an earlier answer gets it first.
    else if (unfinished.size > 0) closeWhenAnswered(connection);
    else reject(connection, answer);
  }

  /** Deals with a connection that failed within a request, whose own response is `response`, unless it was answered already. */
  function failRequest(connection: Connection, response: ServerResponse | undefined, answer: SignalboxError): void {
    if (response === undefined) close(connection);
    else if (connection.unfinished.size === 1 && !response.headersSent) reject(connection, answer);
    else connection.socket.destroy();
  }

  return {
    accept(socket) {
      const connection: Connection = { socket, unfinished: new Set(), lastRequest: undefined, closing: false };
      connections.set(socket, connection);
      socket.once('close', () => connections.delete(socket));
      // Node calls this after a response that ends the connection. When that response came before the end of its request, to
      // refuse a body that is too large, say, it must not be lost with the bytes that are still coming.
      const destroySoon = socket.destroySoon;
      socket.destroySoon = () => {
        if (connection.lastRequest?.complete === false) close(connection);
        else destroySoon.call(socket);
      };
      server.emit('connection', socket);
    },
    sendAway() {
      isEnding = true;
    },
    drain() {
      isEnding = true;
      server.closeIdleConnections();
      for (const connection of connections.values()) {
        // What is left without a response is still sending: a body that nobody awaits, or the header of another request.
        if (connection.unfinished.size > 0 || connection.lastRequest?.complete === false) closeWhenAnswered(connection);
      }
    },
    cut() {
      for (const { socket } of connections.values()) {
        // An end would make a whole answer of one that is delimited by the end of its connection, as in HTTP/1.0. TLS has an end of
        // its own, and cannot be reset from above.
        if (socket instanceof TLSSocket) socket.destroy();
        else socket.resetAndDestroy();
      }
    },
    stop() {
      server.close();
    },
  };
}

/** What no host can have in it: RFC 3986, section 3.2.2, and the port after it. */
const noHost = /[^\w.~!$&'()*+,;=%:[\]-]/;

/** Every Host header; Node itself keeps the first and forgets the others. */
function listHosts(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => {
    const name = index % 2 === 1 ? rawHeaders[index - 1] : undefined;
    return name?.length === 4 && name.toLowerCase() === 'host';
  });
}

/** What to answer to an error of Node's parser. `undefined`: nothing, the connection broke. */
function createParserError(code: string | undefined, maxHeaderBytes: number): SignalboxError | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return createHeaderTooLargeError(maxHeaderBytes);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return createChunkExtensionsError();
    case 'HPE_INVALID_EOF_STATE':
      return createIncompleteError();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return createRequestTimeoutError();
    default:
      return code?.startsWith('HPE_') === true ? createMalformedError() : undefined;
  }
}
