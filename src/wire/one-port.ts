import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { ignoreError } from './one-port-errors.ts';
import { createHttp1Server } from './one-port-http1.ts';
import { createHttp2Server } from './one-port-http2.ts';
import { guardListener } from './one-port-listener.ts';
import type { OnePortOptions } from './one-port-options.ts';
import { sniffProtocol } from './preface-sniffer.ts';

/** How a drain is bounded. */
export interface DrainOptions {
  /** How long requests in flight may take to end, in milliseconds. */
  readonly timeoutMs: number;
}

/** How a drain went. */
export interface DrainResult {
  /** Connections that were still there at the end of the time, and were cut. 0: all ended by themselves. */
  readonly cutConnections: number;
}

/** A port that serves HTTP/1.1 and HTTP/2. */
export interface OnePort {
  /** Connections now, in TLS handshakes too. */
  readonly connections: number;
  /**
   * Starts to accept connections, once.
   *
   * @param port - 0: any free one.
   * @returns where it listens. Rejects with Node's error, whose `code` may be EADDRINUSE, EACCES, ENOTFOUND, EADDRNOTAVAIL.
   */
  listen(port: number, host: string): Promise<AddressInfo>;
  /**
   * From now on every answer over HTTP/1.1 ends its connection. A client's next one may lead it elsewhere, if a load balancer has been told so.
   */
  sendAway(): void;
  /**
   * Tells clients to go elsewhere (`connection: close`, GOAWAY), and lets what is in flight end. Connections on which nothing is in
   * flight close at once. As long as something is, new connections are accepted: probes see that the server is not ready, and requests get
   * the listener's refusal in place of a reset; each such connection ends with its first answer. Then the port closes.
   *
   * @returns resolves when every connection is closed, at the end of the time at the latest. Later calls get the first one's result.
   */
  drain(options: DrainOptions): Promise<DrainResult>;
  /** Stops accepting and cuts every connection, in such a way that no client can take an answer that it cuts for whole. */
  destroy(): void;
}

/**
 * Makes one listening port for HTTP/1.1 and HTTP/2, cleartext or TLS, into one listener.
 *
 * The first bytes of a connection decide, the same with TLS, where the protocol negotiated by ALPN only backs them up: a client
 * that negotiated nothing may speak HTTP/1.1, while HTTP/2 over TLS has to be negotiated (RFC 9113, section 3.2). Cleartext HTTP/2
 * works with prior knowledge; an `Upgrade: h2c` is ignored, as servers may.
 */
export function createOnePort(options: OnePortOptions): OnePort {
  const { limits, clock, tls, onServerError } = options;
  const listener = guardListener(options.listener, (thrown) => onServerError?.(thrown));
  const http1 = createHttp1Server(options, listener);
  const http2 = createHttp2Server(options, listener);

  /** As accepted, below TLS. */
  const sockets = new Set<Socket>();
  /** Above TLS, as the next ones. */
  const undecided = new Set<Socket>();
  /** With either half. */
  const served = new Set<Socket>();
  const allClosed = Promise.withResolvers<void>();
  let stopped = false;
  let drained: Promise<DrainResult> | undefined;

  function track(socket: Socket): void {
    sockets.add(socket);
    // What matters of it arrives above TLS, or as a close.
    socket.on('error', ignoreError);
    socket.once('close', () => {
      sockets.delete(socket);
      settleClosed();
    });
  }

  function serve(socket: Socket): void {
    socket.on('error', ignoreError);
    if (stopped) {
      socket.destroy();
      return;
    }
    undecided.add(socket);
    socket.once('close', () => undecided.delete(socket));
    sniffProtocol(socket, { clock, timeoutMs: limits.prefaceTimeoutMs }, (protocol) => {
      undecided.delete(socket);
      served.add(socket);
      socket.once('close', () => served.delete(socket));
      const isNegotiated = !(socket instanceof TLSSocket) || socket.alpnProtocol === 'h2';
      (protocol === 'http2' && isNegotiated ? http2 : http1).accept(socket);
    });
  }

  const server: Server =
    tls === undefined
      ? createServer({ noDelay: true }).on('connection', track).on('connection', serve)
      : createTlsServer({
          ...tls,
          noDelay: true,
          ALPNProtocols: ['h2', 'http/1.1'],
          handshakeTimeout: limits.prefaceTimeoutMs,
        })
          .on('connection', track)
          .on('secureConnection', serve)
          .on('tlsClientError', (error, socket) => {
            options.onClientError?.(error);
            socket.destroy();
          });
  server.maxConnections = limits.maxConnections;
  server.on('error', (error) => {
    // The error of listen() goes to its caller.
    if (server.listening) onServerError?.(error);
  });

  function stopAccepting(): void {
    if (stopped) return;
    stopped = true;
    server.close();
    for (const socket of undecided) socket.destroy();
    settleClosed();
  }

  function settleClosed(): void {
    if (!stopped || sockets.size > 0) return;
    http1.stop();
    http2.stop();
    allClosed.resolve();
  }

  function cutAll(): void {
    http1.cut();
    http2.cut();
    // What the halves wrote to break off leaves in this turn of the event loop.
    setImmediate(() => {
      for (const socket of sockets) socket.destroy();
    });
  }

  async function startDrain(timeoutMs: number): Promise<DrainResult> {
    let cutConnections = 0;
    const cancelTimeout = clock.after(timeoutMs, () => {
      cutConnections = sockets.size;
      stopAccepting();
      cutAll();
    });
    http1.drain();
    http2.drain();
    // Not for connections that come from now on: those who come for ever would keep the port open.
    await waitForClose(served);
    stopAccepting();
    // Once more, for connections that came meanwhile.
    http1.drain();
    http2.drain();
    await allClosed.promise;
    cancelTimeout();
    return { cutConnections };
  }

  return {
    get connections() {
      return sockets.size;
    },
    async listen(port, host) {
      server.listen({ port, host });
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new TypeError('a TCP port has an address');
      // The stop may have come while the host was looked up.
      if (stopped) server.close();
      return address;
    },
    sendAway: () => http1.sendAway(),
    drain({ timeoutMs }) {
      drained ??= startDrain(timeoutMs);
      return drained;
    },
    destroy() {
      stopAccepting();
      cutAll();
    },
  };
}

/** Resolves when all connections that are there now are closed. */
async function waitForClose(sockets: ReadonlySet<Socket>): Promise<void> {
  await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
}
