import { showName } from '../../config/show-name.ts';
import { didYouMean, suggest } from '../../core/suggest.ts';
import { CliError, createUsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { storeFlags, useOwnStore } from '../own-store.ts';

/** `signalbox catalog remove` */
export const catalogRemove = defineCommand({
  usage: 'catalog remove SOURCE [flags]',
  description: ['Removes what was synced from a source, so that the catalogue is as if it had never been synced.'],
  flags: {
    json: { kind: 'switch', description: 'Print one JSON document, {"removed": SOURCE}.' },
    ...storeFlags,
  },
  async run(args, context) {
    const [source, ...others] = args.positionals;
    if (source === undefined || others.length > 0) {
      throw createUsageError('Name one source: signalbox catalog remove SOURCE.');
    }
    await useOwnStore(args, context, async ({ catalog }) => {
      if (await catalog.remove(source)) return;
      const known = (await catalog.list()).map((sync) => sync.source);
      const message = `Nothing was synced from ${showName(source)}.${didYouMean(suggest(source, known))}`;
      throw new CliError(exitCodes.failed, message);
    });
    if (args.isSet('json')) await context.output.printJson({ removed: source });
    else await context.output.print(`removed ${source}\n`);
    return exitCodes.done;
  },
});
