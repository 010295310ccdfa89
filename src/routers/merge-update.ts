import { clone, create } from '@bufbuild/protobuf';
import {
  type Router,
  type RouterDefaults,
  RouterDefaultsSchema,
  RouterSchema,
} from '../../gen/signalbox/router/v1/router_pb.ts';

type Merge = (target: Router, change: Router) => void;

/** Takes over what a path of a mask names. What the change does not have is cleared. */
const merges: ReadonlyMap<string, Merge> = new Map<string, Merge>([
  ['display_name', mergeDisplayName],
  ['defaults', mergeDefaults],
  ['defaults.text_generation_config', mergeDefaultConfig],
  ['defaults.message_templates', mergeDefaultTemplates],
  ['routes', mergeRoutes],
  ['default_route', mergeDefaultRoute],
]);

/** The fields of a router that a client can change. */
const updatableFields = ['display_name', 'defaults', 'routes', 'default_route'];

/**
 * Makes of a router and a change of it the router that is to be saved. Its name, its times and its etag stay as they are, whatever the
 * change has.
 *
 * @param mask - paths of `UpdateRouterRequest.update_mask` in the proto's names. `*`: all of them. Empty: every field that the change has,
 * where `defaults` counts as one field and is replaced whole.
 * @returns a copy. Neither argument is changed.
 * @throws TypeError for a path that decodeUpdateMask would have refused.
 */
export function mergeUpdate(current: Router, change: Router, mask: readonly string[]): Router {
  const target = clone(RouterSchema, current);
  const source = clone(RouterSchema, change);
  for (const path of resolveMask(source, mask)) {
    const merge = merges.get(path);
    if (merge === undefined) throw new TypeError(`the update mask was not checked: it has ${JSON.stringify(path)}`);
    merge(target, source);
  }
  return target;
}

function resolveMask(change: Router, mask: readonly string[]): readonly string[] {
  if (mask.includes('*')) return updatableFields;
  if (mask.length > 0) return mask;
  const isGiven: Readonly<Record<string, boolean>> = {
    display_name: change.displayName !== '',
    defaults: change.defaults !== undefined,
    routes: change.routes.length > 0,
    default_route: change.defaultRoute !== undefined,
  };
  return updatableFields.filter((field) => isGiven[field]);
}

function mergeDisplayName(target: Router, { displayName }: Router): void {
  target.displayName = displayName;
}

function mergeDefaults(target: Router, { defaults }: Router): void {
  target.defaults = defaults;
}

function mergeDefaultConfig(target: Router, { defaults }: Router): void {
  openDefaults(target).textGenerationConfig = defaults?.textGenerationConfig;
}

function mergeDefaultTemplates(target: Router, { defaults }: Router): void {
  openDefaults(target).messageTemplates = defaults?.messageTemplates ?? [];
}

function openDefaults(target: Router): RouterDefaults {
  target.defaults ??= create(RouterDefaultsSchema);
  return target.defaults;
}

function mergeRoutes(target: Router, { routes }: Router): void {
  target.routes = routes;
}

function mergeDefaultRoute(target: Router, { defaultRoute }: Router): void {
  target.defaultRoute = defaultRoute;
}
