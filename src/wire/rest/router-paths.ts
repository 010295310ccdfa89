import type { FastifyInstance, FastifyRequest } from 'fastify';
import { routerReaderScopes } from '../../auth/authenticator.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Principal } from '../../core/principal.ts';
import { decodeRequest } from '../../dialects/openai-chat/decode-request.ts';
import { encodeExplanation } from '../../dialects/openai-chat/encode-explanation.ts';
import { decodeRouter } from '../../dialects/router-json/decode-router.ts';
import { encodeRouter } from '../../dialects/router-json/encode-router.ts';
import type { RouterGateway, RouterWrite, WrittenRouter } from '../router-gateway.ts';
import { type CallerOptions, createCallerHook, readCaller } from './caller.ts';
import { decodePatch } from './decode-patch.ts';
import { nameRouter } from './name-router.ts';
import { readBody } from './read-body.ts';
import { parseFlag, parsePageSize, readQuery } from './read-query.ts';
import { createOperationRow, encodeOperation, type OperationVerb } from './router-operation.ts';

/** What the paths of routers and operations are served with. */
export interface RouterPathOptions {
  readonly routers: RouterGateway;
  /** Makes the id of an operation: a UUID, never the same twice. */
  readonly createOperationId: () => string;
}

interface RouterRoute {
  readonly Params: { readonly router_id: string };
}

interface OperationRoute {
  readonly Params: { readonly '*': string };
}

/** Adds /router/v1/routers and what is below it, and /lro/v1alpha, where operations are polled. */
export function addRouterPaths(app: FastifyInstance, options: RouterPathOptions & CallerOptions): void {
  const { routers } = options;
  const reads = { onRequest: createCallerHook(options, ...routerReaderScopes) };
  const writes = { onRequest: createCallerHook(options, 'router.write') };

  app.get('/router/v1/routers', reads, async (request) => {
    const { page_size, page_token = '' } = readQuery(request, ['page_size', 'page_token']);
    const page = routers.list(principalOf(request), { pageSize: parsePageSize(page_size), pageToken: page_token });
    return { routers: page.routers.map(encodeRouter), next_page_token: page.nextPageToken };
  });

  app.post('/router/v1/routers', writes, async (request) => {
    const { router_id, validate_only } = readQuery(request, ['router_id', 'validate_only']);
    const { router, violations } = decodeRouter(readBody(request));
    if (router_id !== undefined) nameRouter(router, router_id, violations);
    const validateOnly = parseFlag(validate_only, 'validate_only');
    const write = { router, hasPlainName: true, unread: violations, validateOnly };
    return await runOperation(request, 'create', write, (full) => routers.create(principalOf(request), full));
  });

  app.get<RouterRoute>('/router/v1/routers/:router_id', reads, async (request) => {
    readQuery(request, []);
    return encodeRouter(routers.get(principalOf(request), request.params.router_id));
  });

  app.patch<RouterRoute>('/router/v1/routers/:router_id', writes, async (request) => {
    const { update_mask, validate_only } = readQuery(request, ['update_mask', 'validate_only']);
    const { router, mask, violations } = decodePatch(readBody(request), update_mask);
    nameRouter(router, request.params.router_id, violations);
    const write = { router, unread: violations, validateOnly: parseFlag(validate_only, 'validate_only') };
    return await runOperation(request, 'update', write, (full) => routers.update(principalOf(request), mask, full));
  });

  app.delete<RouterRoute>('/router/v1/routers/:router_id', writes, async (request) => {
    const { etag = '' } = readQuery(request, ['etag']);
    await routers.delete(principalOf(request), request.params.router_id, etag);
    return {};
  });

  // The colon is Fastify's mark of a parameter; two of them are one.
  app.post('/router/v1/routers::explain', reads, async (request) => {
    readQuery(request, []);
    const source = readBody(request);
    return encodeExplanation(routers.explain(principalOf(request), decodeRequest(source), source));
  });

  app.get<OperationRoute>('/lro/v1alpha/*', reads, async (request, reply) => {
    readQuery(request, []);
    const document = await routers.getOperation(principalOf(request), request.params['*']);
    return reply.type('application/json; charset=utf-8').send(document);
  });

  /** Writes a router, and answers as the operation that it was. */
  async function runOperation(
    request: FastifyRequest,
    verb: OperationVerb,
    write: Omit<RouterWrite, 'describeOperation'>,
    run: (write: RouterWrite) => Promise<WrittenRouter>,
  ): Promise<JsonObject> {
    const identity = { workspace: principalOf(request).workspace, id: options.createOperationId(), verb };
    let stored: JsonObject | undefined;
    const written = await run({
      ...write,
      describeOperation(described, timeMs) {
        const done = { written: described, timeMs };
        stored = encodeOperation(identity, done, true);
        return createOperationRow(identity, done, stored);
      },
    });
    // What was stored, so that a poll answers the same. Nothing is when a router was only checked.
    return stored ?? encodeOperation(identity, { written, timeMs: options.clock.nowMs() }, false);
  }
}

function principalOf(request: FastifyRequest): Principal {
  return readCaller(request).principal;
}
