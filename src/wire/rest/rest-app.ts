import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Authenticator } from '../../auth/authenticator.ts';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { requestRejected } from '../../core/events.ts';
import type { Principal } from '../../core/principal.ts';
import type { RequestListener } from '../one-port-options.ts';
import { answerChat, type ChatPathOptions } from './chat-path.ts';
import { createErrorResponse } from './error-response.ts';
import { addOperationPaths, type OperationPathOptions } from './operation-paths.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { toRestError } from './rest-error.ts';

/** What the JSON API is served with. */
export interface RestAppOptions extends ChatPathOptions, OperationPathOptions {
  readonly authenticator: Authenticator;
  readonly maxBodyBytes: number;
  readonly maxJsonDepth: number;
}

/** Who sent a request, and when. */
export interface Caller {
  readonly principal: Principal;
  /** On the monotonic clock. */
  readonly receivedAtMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the key is known to be good; `undefined` on paths that need none. */
    caller: Caller | undefined;
  }
}

/** The JSON API, ready. */
export interface RestApp {
  /** Serves a request of either HTTP version. */
  readonly listener: RequestListener;
  close(): Promise<void>;
}

/** Builds the JSON API. It does not listen: the one port hands it the requests that are no RPC. */
export async function createRestApp(options: RestAppOptions): Promise<RestApp> {
  const { authenticator, clock, maxBodyBytes, maxJsonDepth } = options;
  const refuseThrown = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    refuse(toRestError(thrown, request, maxBodyBytes), request, reply);
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestIdHeader: false,
    return503OnClosing: false,
    // A path that cannot be decoded comes here and not to the error handler.
    frameworkErrors: refuseThrown,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i,
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseJsonBody(body, maxJsonDepth),
  );
  app.setErrorHandler(refuseThrown);
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, url }) => {
    methodsByPath.set(url, new Set([...(methodsByPath.get(url) ?? []), ...[method].flat()]));
  });
  // Here and not in the handler for unknown paths, before which the body would be read.
  app.addHook('onRequest', async (request, reply) =>
    request.is404 ? refuseUnknown(methodsByPath, request, reply) : undefined,
  );
  app.decorateRequest('caller', undefined);
  app.post('/v1/chat/completions', {
    // Before the body is read: nobody without a key makes the server take ten megabytes.
    onRequest: async (request, reply) => {
      const principal = authenticator.authenticate(request.headers.authorization);
      request.caller = { principal, receivedAtMs: clock.monotonicMs() };
      requirePlainBody(request, reply);
    },
    handler: (request, reply) => answerChat(request, reply, options),
  });
  addOperationPaths(app, options);
  await app.ready();
  return {
    // Fastify's types are those of one server, its handler takes what node:http and node:http2 have in common.
    listener: (request, response) => app.routing(request as IncomingMessage, response as ServerResponse),
    close: () => app.close(),
  };
}

/** RFC 9110, sections 8.4.1 and 15.5.16: what a compressed body is answered with, and what would do. */
function requirePlainBody(request: FastifyRequest, reply: FastifyReply): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  reply.header('accept-encoding', 'identity');
  const problem = `its content-encoding is ${encoding.slice(0, 100)}, and only a plain body is taken: send it uncompressed`;
  throw createError('INVALID_REQUEST', { problem }, { httpStatus: 415, code: 'unsupported_content_encoding' });
}

/** Looks paths up here, since Fastify's own `hasRoute` would read the caller's path as a pattern. */
function refuseUnknown(
  methodsByPath: ReadonlyMap<string, ReadonlySet<string>>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const path = pathOf(request);
  const allowed = [...(methodsByPath.get(path) ?? [])].sort().join(', ');
  if (allowed === '') return refuse(createError('PATH_UNKNOWN', { path }), request, reply);
  reply.header('allow', allowed);
  return refuse(createError('METHOD_NOT_ALLOWED', { path, method: request.method, allowed }), request, reply);
}

/** Answers with an error, and publishes it unless it is the end of a call, which has a record of its own. */
function refuse(error: SignalboxError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.details.generationId === undefined) {
    requestRejected.publish({
      protocol: 'rest',
      path: pathOf(request),
      errorReason: error.reason,
      httpStatus: error.httpStatus,
      cause: error.details.cause,
    });
  }
  // Fastify sets it with a body that is too large; HTTP/2 has no such field (RFC 9113, section 8.2.2), and Node warns of it.
  if (request.raw.httpVersionMajor === 2) reply.removeHeader('connection');
  const { status, headers, body } = createErrorResponse(error);
  return reply.code(status).headers(headers).send(body);
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
