import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { createError, type SignalboxError } from '../../core/errors.ts';
import { requestRejected } from '../../core/events.ts';
import type { RequestListener } from '../one-port-options.ts';
import { type CallerOptions, createCallerHook } from './caller.ts';
import { answerChat, type ChatPathOptions } from './chat-path.ts';
import { createErrorResponse } from './error-response.ts';
import { addModelPaths, type ModelPathOptions } from './model-paths.ts';
import { addOperationPaths, type OperationPathOptions } from './operation-paths.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { PathMethods } from './path-methods.ts';
import { toRestError } from './rest-error.ts';
import { addRouterPaths, type RouterPathOptions } from './router-paths.ts';

/** What the JSON API is served with. */
export interface RestAppOptions
  extends CallerOptions,
    ChatPathOptions,
    ModelPathOptions,
    OperationPathOptions,
    RouterPathOptions {
  readonly maxBodyBytes: number;
  readonly maxJsonDepth: number;
}

/** The JSON API, ready. */
export interface RestApp {
  /** Serves a request of either HTTP version. */
  readonly listener: RequestListener;
  close(): Promise<void>;
}

/** Builds the JSON API. It does not listen: the one port hands it the requests that are no RPC. */
export async function createRestApp(options: RestAppOptions): Promise<RestApp> {
  const { maxBodyBytes, maxJsonDepth } = options;
  const refuseThrown = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    refuse(toRestError(thrown, request, maxBodyBytes), request, reply);
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestIdHeader: false,
    return503OnClosing: false,
    // The header's own limit bounds them, and what is too long for a name is answered as such.
    routerOptions: { maxParamLength: Number.MAX_SAFE_INTEGER },
    // A path that cannot be decoded comes here and not to the error handler.
    frameworkErrors: refuseThrown,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i,
    { parseAs: 'buffer' },
    async ({ method }: FastifyRequest, body: Buffer) =>
      // Some clients set the type on every request.
      method === 'DELETE' && body.length === 0 ? undefined : parseJsonBody(body, maxJsonDepth),
  );
  app.setErrorHandler(refuseThrown);
  const pathMethods = new PathMethods();
  app.addHook('onRoute', ({ method, url }) => pathMethods.add(url, [method].flat()));
  // Here and not in the handler for unknown paths, before which the body would be read.
  app.addHook('onRequest', async (request, reply) =>
    request.is404 ? refuseUnknown(pathMethods, request, reply) : undefined,
  );
  app.decorateRequest('caller', undefined);
  app.post('/v1/chat/completions', {
    onRequest: [createCallerHook(options, 'inference'), async () => options.gateway.requireRoom()],
    handler: (request, reply) => answerChat(request, reply, options),
  });
  addModelPaths(app, options);
  addRouterPaths(app, options);
  addOperationPaths(app, options);
  await app.ready();
  return {
    // Fastify's types are those of one server, its handler takes what node:http and node:http2 have in common.
    listener: (request, response) => app.routing(request as IncomingMessage, response as ServerResponse),
    close: () => app.close(),
  };
}

/** Refuses what no path takes. */
function refuseUnknown(pathMethods: PathMethods, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = pathOf(request);
  const methods = pathMethods.find(path);
  if (methods.length === 0) return refuse(createError('PATH_UNKNOWN', { path }), request, reply);
  const allowed = methods.join(', ');
  reply.header('allow', allowed);
  return refuse(createError('METHOD_NOT_ALLOWED', { path, method: request.method, allowed }), request, reply);
}

/** Answers with an error, and publishes it unless it is the end of a call, which has a record of its own. */
function refuse(error: SignalboxError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = pathOf(request);
  if (error.details.generationId === undefined) {
    requestRejected.publish({
      protocol: 'rest',
      path,
      errorReason: error.reason,
      httpStatus: error.httpStatus,
      cause: error.details.cause,
    });
  }
  // Fastify sets it with a body that is too large; HTTP/2 has no such field (RFC 9113, section 8.2.2), and Node warns of it.
  if (request.raw.httpVersionMajor === 2) reply.removeHeader('connection');
  const { status, headers, body } = createErrorResponse(error, path);
  return reply.code(status).headers(headers).send(body);
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
