import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { ImageFetcher, type ImageFetchOptions } from '../../src/upstream/fetch-image.ts';

const folder = join(import.meta.dirname, '../fixtures/tls');
const cert = readFileSync(join(folder, 'cert.pem'), 'utf8');
const key = readFileSync(join(folder, 'key.pem'), 'utf8');

/** An https server of images, for `localhost` and 127.0.0.1. */
export interface ImageHost {
  readonly port: number;
  /** The paths that were asked for. */
  readonly paths: readonly string[];
  /** How many connections were made. */
  readonly connections: number;
  /** What makes a fetcher take 127.0.0.1 for a public address, and know the server's certificate. */
  readonly options: Partial<ImageFetchOptions>;
  /** A fetcher with these options. */
  createFetcher(options?: Partial<ImageFetchOptions>): ImageFetcher;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What fetching is bounded by where a test says nothing else. */
export const imageFetchLimits = {
  maxImages: 4,
  maxImageBytes: 1000,
  maxTotalBytes: 1500,
  timeoutMs: 10_000,
  maxRedirects: 2,
  after: () => () => {},
};

/** Starts one on a free port of the loopback interface. */
export async function openImageHost(
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ImageHost> {
  const paths: string[] = [];
  let connections = 0;
  const server = createServer({ cert, key }, (request, response) => {
    paths.push(request.url ?? '');
    respond(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const options: Partial<ImageFetchOptions> = {
    isAllowed: (candidate) => candidate === '127.0.0.1',
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    trusted: cert,
  };
  return {
    port: address.port,
    paths,
    options,
    get connections() {
      return connections;
    },
    createFetcher: (more) => new ImageFetcher({ ...imageFetchLimits, ...options, ...more }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
