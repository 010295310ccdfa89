import { DamagedSyncError, decodeSyncedDocument } from '../../catalog/sync/synced-document.ts';
import type { CatalogSync } from '../../storage/catalog-store.ts';
import { createUsageError } from '../cli-error.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatTable } from '../format-table.ts';
import { storeFlags, useOwnStore } from '../own-store.ts';

/** `signalbox catalog list` */
export const catalogList = defineCommand({
  usage: 'catalog list [flags]',
  description: ['Lists the sources that were synced, the newest last: each goes before those above it.'],
  flags: {
    json: {
      kind: 'switch',
      description: 'Print one JSON document, {"syncs": [{"source", "sync_time", "model_count", "score_count"}]}.',
    },
    ...storeFlags,
  },
  async run(args, context) {
    if (args.positionals.length > 0) throw createUsageError('catalog list takes no name.');
    const syncs = await useOwnStore(args, context, async ({ catalog }) => (await catalog.list()).map(countSync));
    if (args.isSet('json')) {
      await context.output.printJson({
        syncs: syncs.map(({ source, syncTime, models, scores }) => {
          return { source, sync_time: syncTime, model_count: models ?? null, score_count: scores ?? null };
        }),
      });
    } else if (syncs.length === 0) {
      await context.output.note('Nothing was synced.');
    } else {
      const rows = syncs.map(({ source, syncTime, models, scores }) => {
        return [
          source,
          syncTime,
          models === undefined ? 'damaged' : `${models}`,
          scores === undefined ? '' : `${scores}`,
        ];
      });
      await context.output.print(`${formatTable([heading, ...rows]).join('\n')}\n`);
    }
    return exitCodes.done;
  },
});

const heading = ['SOURCE', 'SYNCED', 'MODELS', 'SCORES'];

/** A sync in numbers. */
interface CountedSync {
  readonly source: string;
  /** RFC 3339, in UTC, to the second. */
  readonly syncTime: string;
  /** `undefined`: it cannot be read. */
  readonly models: number | undefined;
  /** `undefined`: it cannot be read. */
  readonly scores: number | undefined;
}

function countSync({ source, syncTimeMs, document }: CatalogSync): CountedSync {
  const syncTime = new Date(syncTimeMs).toISOString().replace(/\.\d+Z$/, 'Z');
  try {
    const { models, scores } = decodeSyncedDocument(document);
    return { source, syncTime, models: models.length, scores: scores.length };
  } catch (thrown) {
    if (!(thrown instanceof DamagedSyncError)) throw thrown;
    return { source, syncTime, models: undefined, scores: undefined };
  }
}
