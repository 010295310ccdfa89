import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Router } from '../../../gen/signalbox/router/v1/router_pb.ts';
import { encodeRouter } from '../../dialects/router-json/encode-router.ts';
import { createUsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatTable } from '../format-table.ts';
import { callServer, connectionFlags, type ServerConnection } from '../server-connection.ts';

/** Routers that are asked for at a time. A page of large ones stays below what the connection takes. */
const pageSize = 100;

/** `signalbox routers list` */
export const routersList = defineCommand({
  usage: 'routers list [flags]',
  description: [
    'Lists the saved routers by name, with the number of conditional routes, + default where there is one.',
  ],
  flags: {
    json: { kind: 'switch', description: 'Print one JSON document, {"routers": [...]}, with all of each router.' },
    ...connectionFlags,
  },
  async run(args, context) {
    if (args.positionals.length > 0) throw createUsageError('routers list takes no name. Use routers get NAME.');
    const routers = await callServer(args, context, listRouters);
    if (args.isSet('json')) await context.output.printJson({ routers: routers.map(encodeRouter) });
    else if (routers.length === 0) await context.output.note('There are no routers.');
    else await context.output.print(`${formatTable([heading, ...routers.map(createRow)]).join('\n')}\n`);
    return exitCodes.done;
  },
});

const heading = ['NAME', 'DISPLAY NAME', 'ROUTES', 'UPDATED', 'READ-ONLY'];

async function listRouters({ routers, callOptions }: ServerConnection): Promise<Router[]> {
  const found: Router[] = [];
  let pageToken = '';
  do {
    const page = await routers.listRouters({ pageSize, pageToken }, callOptions);
    found.push(...page.routers);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

function createRow({ name, displayName, routes, defaultRoute, updateTime, readOnly }: Router): string[] {
  const updated =
    updateTime === undefined
      ? ''
      : timestampDate(updateTime)
          .toISOString()
          .replace(/\.\d+Z$/, 'Z');
  const routeCount = `${routes.length}${defaultRoute === undefined ? '' : ' + default'}`;
  return [name, displayName, routeCount, updated, readOnly ? 'yes' : 'no'];
}
