import { type CallOptions, type Client, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createTransport } from '@connectrpc/connect/protocol-connect';
import { compressionBrotli, compressionGzip, createNodeHttpClient } from '@connectrpc/connect-node';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { ModelService } from '../../gen/signalbox/model/v1/model_service_pb.ts';
import { RouterService } from '../../gen/signalbox/router/v1/router_service_pb.ts';
import { type Environment, readVariable } from '../config/environment.ts';
import type { ArgumentsOf, FlagSpecs } from './arguments.ts';
import { createUsageError } from './cli-error.ts';
import type { CommandContext } from './command.ts';
import { describeRpcFailure } from './describe-rpc-failure.ts';
import { noteStatus } from './note-status.ts';
import { readKey } from './read-key.ts';

/** Where a server listens that is told nothing else. A test holds it to the default of `server.port`. */
export const defaultUrl = 'http://127.0.0.1:8585';

/** The longest message that is sent, or that a server may answer with, in bytes: a page of the largest routers. */
const maxMessageBytes = 256 * 1024 * 1024;

/** The flags of every command that calls a server. */
export const connectionFlags = {
  url: {
    kind: 'text',
    value: 'URL',
    description: `The server. Default: SIGNALBOX_URL, else ${defaultUrl}.`,
  },
  'key-file': {
    kind: 'text',
    value: 'FILE',
    description: 'A file that holds the API key. Default: SIGNALBOX_KEY, else SIGNALBOX_API_KEY.',
  },
  timeout: {
    kind: 'text',
    value: 'SECONDS',
    description: 'How long each call may take. Default: 30, for chat 600.',
  },
} as const satisfies FlagSpecs;

/** A server that a command calls. */
export interface ServerConnection {
  /** Its address, for messages. */
  readonly url: string;
  readonly routers: Client<typeof RouterService>;
  readonly models: Client<typeof ModelService>;
  readonly chat: Client<typeof ChatService>;
  /** What each call is made with. */
  readonly callOptions: CallOptions & { readonly signal: AbortSignal };
}

/** How a command's calls differ from those of others. */
export interface CallServerOptions {
  /** How long a call may take when `--timeout` does not say, in seconds. Default 30. */
  readonly timeoutS?: number;
}

/**
 * Runs a command's calls of a server, and tells their errors in words for a person. Speaks the Connect protocol over HTTP/1.1, which
 * proxies of all kinds let pass.
 *
 * @throws CliError when the command line, the key or the environment is wrong, or a call fails that `run` does not catch.
 */
export async function callServer<Result>(
  args: ArgumentsOf<typeof connectionFlags>,
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
  run: (server: ServerConnection) => Promise<Result>,
  { timeoutS = 30 }: CallServerOptions = {},
): Promise<Result> {
  const url = readUrl(args.text('url'), env);
  const timeoutMs = readTimeoutMs(args.text('timeout'), timeoutS);
  const key = readKey(args.text('key-file'), env);
  const authorize: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${key}`);
    return next(request);
  };
  const transport = createTransport({
    baseUrl: url,
    httpClient: noteStatus(createNodeHttpClient({ httpVersion: '1.1' })),
    useBinaryFormat: true,
    interceptors: [authorize],
    acceptCompression: [compressionGzip, compressionBrotli],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
  });
  try {
    return await run({
      url,
      routers: createClient(RouterService, transport),
      models: createClient(ModelService, transport),
      chat: createClient(ChatService, transport),
      callOptions: { signal, timeoutMs },
    });
  } catch (thrown) {
    throw thrown instanceof ConnectError ? describeRpcFailure(thrown, url) : thrown;
  }
}

function readUrl(flag: string | undefined, env: Environment): string {
  const source = flag === undefined ? 'SIGNALBOX_URL' : '--url';
  const text = flag ?? readVariable(env, 'SIGNALBOX_URL') ?? defaultUrl;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '' || url.hash !== '') {
    throw createUsageError(`The value of ${source} is no address of a server. Write it like ${defaultUrl}.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw createUsageError(`The value of ${source} holds a user or a password. Set SIGNALBOX_KEY to the key instead.`);
  }
  return url.href.replace(/\/+$/, '');
}

/** The longest delay that Node's timers take, in seconds. */
const maxTimeoutS = 2_147_483;

function readTimeoutMs(text: string | undefined, defaultTimeoutS: number): number {
  if (text === undefined) return defaultTimeoutS * 1000;
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= maxTimeoutS) return Math.ceil(seconds * 1000);
  throw createUsageError(`The value of --timeout is not a number of seconds above 0 and up to ${maxTimeoutS}.`);
}
