import { stringify } from 'yaml';
import { encodeRouter } from '../../dialects/router-json/encode-router.ts';
import { createUsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { callServer, connectionFlags } from '../server-connection.ts';

/** `signalbox routers get` */
export const routersGet = defineCommand({
  usage: 'routers get NAME [flags]',
  description: [
    'Prints one router as YAML in the form of the JSON API. routers apply takes it back; its etag then guards against overwriting',
    'what others have changed in the meantime.',
  ],
  flags: {
    json: { kind: 'switch', description: 'Print one JSON document.' },
    ...connectionFlags,
  },
  async run(args, context) {
    const [name, ...others] = args.positionals;
    if (name === undefined || others.length > 0) throw createUsageError('Name one router: signalbox routers get NAME.');
    const router = await callServer(args, context, ({ routers, callOptions }) =>
      routers.getRouter({ name }, callOptions),
    );
    const json = encodeRouter(router);
    if (args.isSet('json')) await context.output.printJson(json);
    // Lines are not folded: a condition is easier to read, and to edit, in one.
    else await context.output.print(stringify(json, { lineWidth: 0 }));
    return exitCodes.done;
  },
});
