import { clone, equals } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { RouterSource } from './read-routers.ts';
import type { ServerConnection } from './server-connection.ts';

/** What applying a router does. */
export type RouterAction = 'created' | 'updated' | 'unchanged';

/** A router of a file that the server has checked. */
export interface PlannedRouter {
  readonly source: RouterSource;
  readonly action: RouterAction;
  /** As it would be saved, with the server's warnings. */
  readonly checked: Router;
}

/** A router that cannot be applied. */
export interface RouterProblem {
  readonly problem: string;
}

/**
 * Has the server check a router, and finds out what applying it would do. Saves nothing.
 *
 * @throws ConnectError when the server does not take it.
 */
export async function planRouter(
  source: RouterSource,
  server: ServerConnection,
): Promise<PlannedRouter | RouterProblem> {
  const { router } = source;
  const present = await findRouter(router.name, server);
  if (present === undefined) {
    const checked = await saveRouter(router, 'created', server, true);
    return { source, action: 'created', checked };
  }
  // Without the etag: a router that is there already, word by word, needs no change, whatever it was read from.
  const checked = await saveRouter(clearEtag(router), 'updated', server, true);
  if (isSame(present, checked)) return { source, action: 'unchanged', checked };
  if (router.etag !== '' && router.etag !== present.etag) {
    return {
      problem: 'it has changed on the server since it was read; get it again, or remove its etag to overwrite it',
    };
  }
  return { source, action: 'updated', checked };
}

/**
 * Saves a router, or has it checked only.
 *
 * @throws ConnectError
 */
export async function saveRouter(
  router: Router,
  action: Exclude<RouterAction, 'unchanged'>,
  { routers, callOptions }: ServerConnection,
  validateOnly: boolean,
): Promise<Router> {
  return action === 'created'
    ? await routers.createRouter({ router: clearEtag(router), validateOnly }, callOptions)
    : await routers.updateRouter({ router, updateMask: { paths: ['*'] }, validateOnly }, callOptions);
}

async function findRouter(name: string, { routers, callOptions }: ServerConnection): Promise<Router | undefined> {
  try {
    return await routers.getRouter({ name }, callOptions);
  } catch (thrown) {
    if (thrown instanceof ConnectError && thrown.code === Code.NotFound) return undefined;
    throw thrown;
  }
}

function clearEtag(router: Router): Router {
  const copy = clone(RouterSchema, router);
  copy.etag = '';
  return copy;
}

/** Whether two routers say the same, whatever the server says about them. */
function isSame(one: Router, other: Router): boolean {
  return equals(RouterSchema, keepContent(one), keepContent(other));
}

function keepContent(router: Router): Router {
  const { name, displayName, defaults, routes, defaultRoute } = router;
  return clone(RouterSchema, {
    $typeName: router.$typeName,
    name,
    displayName,
    routes,
    etag: '',
    readOnly: false,
    warnings: [],
    ...(defaults === undefined ? {} : { defaults }),
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
  });
}
