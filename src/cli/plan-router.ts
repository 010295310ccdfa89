import { clone, equals } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { FieldViolation } from '../core/errors.ts';
import { joinViolations } from '../dialects/router-json/join-violations.ts';
import { describeRpcFailure } from './describe-rpc-failure.ts';
import { exitCodes } from './exit-code.ts';
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
export interface FaultyRouter {
  /** All that is wrong with it, at least one. */
  readonly faults: readonly FieldViolation[];
}

/**
 * Has the server check a router, and finds out what applying it would do. Saves nothing. Of a router that could be read only in part the
 * server checks that part, so that all that is wrong is told at once.
 *
 * @throws ConnectError when the call fails for a reason that is not in the router.
 */
export async function planRouter(
  source: RouterSource,
  server: ServerConnection,
): Promise<PlannedRouter | FaultyRouter> {
  const { router, unread } = source;
  const present = await findRouter(router.name, server);
  const action = present === undefined ? 'created' : 'updated';
  const etagFaults = findEtagFaults(router, present);
  let checked: Router;
  try {
    // Without the etag: a router that is there already, word by word, needs no change, whatever it was read from.
    checked = await saveRouter(clearEtag(router), action, server, true);
  } catch (thrown) {
    const found = readFaults(thrown, server.url);
    // Without a name the server makes one up, which another router may have.
    const known = router.name === '' ? found.filter(({ field }) => field !== '') : found;
    return { faults: [...joinViolations(unread, known), ...etagFaults] };
  }
  if (unread.length > 0) return { faults: [...unread, ...etagFaults] };
  const isUnchanged = present !== undefined && isSame(present, checked);
  if (!isUnchanged && etagFaults.length > 0) return { faults: etagFaults };
  return { source, action: isUnchanged ? 'unchanged' : action, checked };
}

/** What the server says of a router that is at fault. Any other failure ends the command: the next router would meet it as well. */
const routerFaultCodes: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.FailedPrecondition,
  Code.AlreadyExists,
  Code.NotFound,
  Code.Aborted,
  Code.ResourceExhausted,
]);

function readFaults(thrown: unknown, url: string): readonly FieldViolation[] {
  if (!(thrown instanceof ConnectError && routerFaultCodes.has(thrown.code))) throw thrown;
  const { exitCode, faults, message } = describeRpcFailure(thrown, url);
  // Connect has the same code for a connection that broke off.
  if (exitCode !== exitCodes.failed) throw thrown;
  return faults.length > 0 ? faults : [{ field: '', description: message }];
}

/** What is wrong when a file was read from another state of the router than the present one. */
function findEtagFaults({ etag }: Router, present: Router | undefined): FieldViolation[] {
  if (etag === '' || etag === present?.etag) return [];
  const description =
    present === undefined
      ? 'it was deleted since it was read; leave the etag out to create it again'
      : 'it has changed on the server since it was read; get it again, or remove its etag to overwrite it';
  return [{ field: '', description }];
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

/** The router as it is now. `undefined`: there is none, or none can have this name, of which the check tells more. */
async function findRouter(name: string, { routers, callOptions }: ServerConnection): Promise<Router | undefined> {
  if (name === '') return undefined;
  try {
    return await routers.getRouter({ name }, callOptions);
  } catch (thrown) {
    if (!(thrown instanceof ConnectError)) throw thrown;
    if (thrown.code === Code.NotFound || thrown.code === Code.InvalidArgument) return undefined;
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
