import { createServer } from 'node:http2';

/** A server that gives one answer to everything, over HTTP/2 without TLS, which Amazon's SDK speaks by default. */
export interface ReplayServer {
  readonly origin: string;
  /** What is answered from now on, with status 200. */
  replay(contentType: string, body: Uint8Array): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one on a free port of the loopback interface. */
export async function startReplayServer(): Promise<ReplayServer> {
  let answer = { contentType: 'text/plain', body: new Uint8Array() };
  const server = createServer();
  server.on('stream', (stream) => {
    // A client that leaves is no failure of the test's.
    stream.on('error', () => undefined);
    stream.resume();
    stream.once('end', () => {
      stream.respond({ ':status': 200, 'content-type': answer.contentType });
      stream.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the replay server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    replay(contentType, body) {
      answer = { contentType, body: Uint8Array.from(body) };
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
