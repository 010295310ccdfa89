import {
  constants,
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { SignalboxError } from '../core/errors.ts';
import {
  answerWithError,
  createConnectError,
  createExpectationError,
  createHeaderTooLargeError,
  createRequestTimeoutError,
} from './one-port-errors.ts';
import type { OnePortOptions, ProtocolServer, RequestListener } from './one-port-options.ts';

/** The unit in which Node counts the memory of a session. */
const bytesPerMegabyte = 1_000_000;

/** What each header field counts for beside its name and value. */
const headerFieldOverheadBytes = 32;

interface WatchedSession {
  readonly streams: ReadonlySet<ServerHttp2Stream>;
  /** Sends a GOAWAY, and ends the session after its last stream. */
  readonly close: () => void;
}

/** The HTTP/2 half: Node's server, which never listens itself, with connections put in. */
export function createHttp2Server(options: OnePortOptions, listener: RequestListener): ProtocolServer {
  const { limits, clock, onClientError } = options;
  const watched = new Set<WatchedSession>();
  let draining = false;

  const server = createServer({
    maxSessionMemory: Math.ceil(limits.maxSessionMemoryBytes / bytesPerMegabyte),
    maxHeaderListPairs: limits.maxHeaderCount,
    streamResetBurst: limits.streamResetBurst,
    streamResetRate: limits.streamResetsPerSecond,
    settings: {
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
      initialWindowSize: limits.streamWindowBytes,
    },
  });

  /** Bounds a session's time without streams, and the time that its client has to leave after its end. */
  function watchSession(session: ServerHttp2Session, socket: Socket): void {
    const streams = new Set<ServerHttp2Stream>();
    let closing = false;
    let cancelTimer = (): void => {};
    const onIdle = (): void => {
      cancelTimer();
      cancelTimer = closing
        ? clock.after(limits.lingerTimeoutMs, () => socket.destroy())
        : clock.after(limits.http2IdleTimeoutMs, close);
    };
    const close = (): void => {
      closing = true;
      session.close();
      if (streams.size === 0) onIdle();
    };
    session.on('stream', (stream) => {
      cancelTimer();
      streams.add(stream);
      // A connection that came after the drain began: its first request is answered, and no further one taken.
      if (draining && !closing) close();
      stream.once('close', () => {
        streams.delete(stream);
        if (streams.size === 0) onIdle();
      });
    });
    const entry = { streams, close };
    watched.add(entry);
    socket.once('close', () => {
      cancelTimer();
      watched.delete(entry);
    });
    session.setLocalWindowSize(limits.sessionWindowBytes);
    onIdle();
  }

  /** Bounds the time that a request may take to arrive; HTTP/1 has this from Node. */
  function watchRequest(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { stream } = request;
    if (stream.endAfterHeaders) return;
    const cancelTimeout = clock.after(limits.requestTimeoutMs, () => {
      if (response.headersSent || stream.state.remoteClose === 1) return;
      refuse(response, createRequestTimeoutError());
    });
    stream.once('close', cancelTimeout);
  }

  /**
   * Bounds the time that a complete answer lies here while the client takes nothing of it: one that opens no window for it would hold it
   * for good. The time limit of Node's streams counts what leaves in the meantime.
   */
  function watchTaking(response: Http2ServerResponse): void {
    const { stream } = response;
    // No event tells that an answer is complete before all of it has left.
    const target: { end(...parameters: unknown[]): unknown } = response;
    const end = target.end.bind(response);
    target.end = (...parameters) => {
      stream.setTimeout(limits.requestTimeoutMs, () => stream.close(constants.NGHTTP2_CANCEL));
      return end(...parameters);
    };
  }

  /**
   * Lets go of a request that was answered before it was read to its end: the stream would stay open until the client has sent
   * all, and, as the bytes fill the window, possibly for good. What comes is dropped, and after a while the client is told to
   * stop with NO_ERROR, which leaves the response valid (RFC 9113, section 8.1). At once, it would overtake the trailers.
   */
  function releaseRequest(request: Http2ServerRequest): void {
    const { stream } = request;
    if (stream.endAfterHeaders || stream.readableEnded || stream.destroyed) return;
    // The listeners are the request's: when its reader abandoned it, they pause the stream at each further byte.
    stream.removeAllListeners('data');
    stream.resume();
    const cancelTimeout = clock.after(limits.lingerTimeoutMs, () => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.once('close', cancelTimeout);
  }

  /**
   * Node limits a header by the setting that the client was told, and only once the client has acknowledged it: a client that
   * never does is limited here. Measured as RFC 9113, section 6.5.2, has it.
   */
  function isHeaderTooLarge(rawHeaders: readonly string[]): boolean {
    let size = (rawHeaders.length / 2) * headerFieldOverheadBytes;
    for (const text of rawHeaders) size += text.length;
    return size > limits.maxHeaderBytes;
  }

  function take(request: Http2ServerRequest, response: Http2ServerResponse, serve: RequestListener): void {
    watchRequest(request, response);
    watchTaking(response);
    // The response's own `finish` comes when the stream is closed, which is what has to be brought about.
    request.stream.once('finish', () => releaseRequest(request));
    if (!isHeaderTooLarge(request.rawHeaders)) serve(request, response);
    else refuse(response, createHeaderTooLargeError(limits.maxHeaderBytes));
  }

  function refuse(response: Http2ServerResponse, error: SignalboxError): void {
    onClientError?.(error);
    answerWithError(response, error);
  }

  server.on('request', (request, response) => take(request, response, listener));
  server.on('checkExpectation', (request, response) =>
    take(request, response, () => refuse(response, createExpectationError())),
  );
  server.on('connect', (request: Http2ServerRequest, response: Http2ServerResponse) =>
    take(request, response, () => refuse(response, createConnectError())),
  );
  server.on('sessionError', (error: Error) => onClientError?.(error));

  return {
    accept(socket) {
      const onSession = (session: ServerHttp2Session): void => watchSession(session, socket);
      server.once('session', onSession);
      server.emit('connection', socket);
      server.off('session', onSession);
    },
    drain() {
      draining = true;
      for (const { close } of watched) close();
    },
    cut() {
      for (const { streams } of watched) {
        // After a GOAWAY, some clients take the loss of the connection for the regular end of its streams.
        for (const stream of streams) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      }
    },
    stop() {
      server.close();
    },
  };
}
