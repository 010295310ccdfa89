import { clone } from '@bufbuild/protobuf';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { deriveRouterName } from './router-name.ts';

/** The id of a default route that has none of its own. */
export const defaultRouteId = 'default';

/**
 * Fills in what a router may leave out: its name, made from the display name, and the id of its default route. Nothing
 * else is changed.
 *
 * @returns a copy.
 */
export function normaliseRouter(router: Router): Router {
  const normal = clone(RouterSchema, router);
  if (normal.name === '') normal.name = deriveRouterName(normal.displayName) ?? '';
  if (normal.defaultRoute?.routeId === '') normal.defaultRoute.routeId = defaultRouteId;
  return normal;
}
