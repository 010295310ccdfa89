import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { Router } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { RouterService, WatchRoutersResponseSchema } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import type { Clock } from '../../core/clock.ts';
import { createError } from '../../core/errors.ts';
import { createFieldError } from '../../core/json-fields.ts';
import { decodeUpdatePaths } from '../../dialects/router-json/decode-update-mask.ts';
import type { RouterEvent } from '../../routers/router-book.ts';
import type { RouterGateway, WrittenRouter } from '../router-gateway.ts';
import { requirePrincipal } from './auth-gate.ts';
import { cutResponseKey } from './connect-listener.ts';
import { cutWhenStuck } from './cut-when-stuck.ts';
import { nameProtoFields } from './name-proto-fields.ts';
import { readStopReason } from './read-stop-reason.ts';

/** What RouterService is served with. */
export interface RouterServiceOptions {
  readonly routers: RouterGateway;
  readonly clock: Clock;
}

/** RouterService. Writes answer the router itself, with its warnings in it (google.aip.dev/131 to 135). */
export function createRouterService({ routers, clock }: RouterServiceOptions): ServiceImpl<typeof RouterService> {
  return {
    async createRouter({ router, validateOnly }, context) {
      const write = { router: requireRouter(router), validateOnly };
      return withWarnings(await nameProtoFields(routers.create(requirePrincipal(context), write)));
    },

    getRouter: ({ name }, context) => routers.get(requirePrincipal(context), name),

    listRouters: (request, context) => routers.list(requirePrincipal(context), request),

    async updateRouter({ router, updateMask, validateOnly }, context) {
      const { paths, violations } = decodeUpdatePaths(updateMask?.paths ?? []);
      const write = { router: requireRouter(router), unread: violations, validateOnly };
      return withWarnings(await nameProtoFields(routers.update(requirePrincipal(context), paths, write)));
    },

    async deleteRouter({ name, etag }, context) {
      await routers.delete(requirePrincipal(context), name, etag);
      return create(EmptySchema);
    },

    async *watchRouters({ resumeToken }, context) {
      const watch = routers.watch(requirePrincipal(context), resumeToken, context.signal);
      const release = cutWhenStuck(watch.signal, clock, context.values.get(cutResponseKey));
      try {
        for await (const event of watch.events) yield encodeEvent(event);
      } finally {
        watch.close();
        release();
      }
      // It ended since the client is gone, or its deadline is over.
      throw createError(readStopReason(context.signal.reason), {});
    },

    explainRouting: (request, context) => routers.explain(requirePrincipal(context), request, undefined),
  };
}

function requireRouter(router: Router | undefined): Router {
  if (router === undefined) throw createFieldError('router', 'it is required');
  return router;
}

function withWarnings({ router, warnings }: WrittenRouter): Router {
  router.warnings = [...warnings];
  return router;
}

function encodeEvent(event: RouterEvent): MessageInitShape<typeof WatchRoutersResponseSchema> {
  const { resumeToken } = event;
  switch (event.kind) {
    case 'reset':
      return { event: { case: 'reset', value: {} }, resumeToken };
    case 'synced':
      return { event: { case: 'synced', value: {} }, resumeToken };
    case 'saved':
      return { event: { case: 'saved', value: event.router.createResource() }, resumeToken };
    case 'deleted':
      return { event: { case: 'deleted', value: event.name }, resumeToken };
  }
}
