import type { SyncedCatalog } from '../../catalog/sync/catalog-source.ts';
import { compareSyncs, type SyncComparison } from '../../catalog/sync/compare-syncs.ts';
import { catalogSources } from '../../catalog/sync/source-list.ts';
import { DamagedSyncError, decodeSyncedDocument, encodeSyncedDocument } from '../../catalog/sync/synced-document.ts';
import { showName } from '../../config/show-name.ts';
import { systemClock } from '../../core/clock.ts';
import { didYouMean, suggest } from '../../core/suggest.ts';
import type { CatalogStore } from '../../storage/catalog-store.ts';
import { CliError, createUsageError } from '../cli-error.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { fetchSource } from '../fetch-source.ts';
import { findSuspicions } from '../find-suspicions.ts';
import { formatPrice } from '../format-price.ts';
import { formatTable } from '../format-table.ts';
import type { Output } from '../output.ts';
import { storeFlags, useOwnStore } from '../own-store.ts';

const sourceNames = catalogSources.map(({ name }) => name);

/** Most price changes that the summary shows. */
const maxShownChanges = 10;

/** `signalbox catalog sync` */
export const catalogSync = defineCommand({
  usage: 'catalog sync --from SOURCE [flags]',
  description: [
    'Fetches what a public source says of models, and keeps it in the store of the server that the configuration is of, in place of',
    `what the source said before. A server that runs takes it within a second. The sources: ${sourceNames.join(', ')}.`,
  ],
  flags: {
    from: { kind: 'text', value: 'SOURCE', description: 'Where from.' },
    url: { kind: 'text', value: 'URL', description: "Another place of the source's file, such as a mirror." },
    'dry-run': { kind: 'switch', description: 'Fetch and compare, and save nothing.' },
    'accept-jumps': {
      kind: 'switch',
      description: 'Save it although prices rise or fall to more than 3 times, or to or from 0, or half of it is gone.',
    },
    json: { kind: 'switch', description: 'Print one JSON document with the names of what changes.' },
    ...storeFlags,
  },
  async run(args, context) {
    if (args.positionals.length > 0) throw createUsageError('Name the source with --from: catalog sync --from SOURCE.');
    const source = findSource(args.text('from'));
    const today = new Date(systemClock.nowMs()).toISOString().slice(0, 10);
    return await useOwnStore(args, context, async ({ catalog }) => {
      const { signal, output } = context;
      const found = await fetchSource(source, { url: args.text('url'), today, fetch, signal });
      for (const warning of found.warnings) await output.note(`warning: ${warning}`);
      if (found.models.length + found.scores.length === 0) {
        throw new CliError(exitCodes.failed, `${source.name} holds no models that can be taken. Nothing was saved.`);
      }
      const before = await readLastSync(source.name, catalog, context);
      const document = encodeSyncedDocument(found);
      // Compared as it will be read, so that what the store cannot give back is found before it is there.
      const comparison = compareSyncs(before ?? { models: [], scores: [] }, decodeSyncedDocument(document));
      const suspicions = args.isSet('accept-jumps') ? [] : findSuspicions(comparison);
      const isSaved = suspicions.length === 0 && !args.isSet('dry-run');
      if (isSaved) {
        signal.throwIfAborted();
        await catalog.replace(source.name, document);
      }
      const summary = { source: source.name, found, comparison, isSaved };
      await (args.isSet('json') ? printJson(summary, output) : printSummary(summary, output));
      if (suspicions.length === 0) return exitCodes.done;
      const message =
        'Nothing was saved, since this looks like a mistake of the source. If it is right, sync again with --accept-jumps:';
      throw new CliError(exitCodes.failed, message, { faults: suspicions });
    });
  },
});

function findSource(name: string | undefined) {
  if (name === undefined) throw createUsageError(`Name a source: --from ${sourceNames.join('|')}.`);
  const source = catalogSources.find((candidate) => candidate.name === name);
  if (source !== undefined) return source;
  const hint = didYouMean(suggest(name, sourceNames)) || ` The sources are ${sourceNames.join(', ')}.`;
  throw createUsageError(`The source ${showName(name)} is not known.${hint}`);
}

/** @returns `undefined` when there is none, or it cannot be read any more. */
async function readLastSync(
  source: string,
  catalog: CatalogStore,
  { output }: CommandContext,
): Promise<SyncedCatalog | undefined> {
  const last = (await catalog.list()).find((sync) => sync.source === source);
  if (last === undefined) return undefined;
  try {
    return decodeSyncedDocument(last.document);
  } catch (thrown) {
    if (!(thrown instanceof DamagedSyncError)) throw thrown;
    await output.note('warning: The last sync of this source is damaged, so that nothing can be compared with it.');
    return undefined;
  }
}

interface Summary {
  readonly source: string;
  readonly found: SyncedCatalog;
  readonly comparison: SyncComparison;
  readonly isSaved: boolean;
}

async function printSummary({ source, found, comparison, isSaved }: Summary, output: Output): Promise<void> {
  const { added, changed, removed, sameCount, priceChanges } = comparison;
  const providers = new Set(found.models.map(({ provider }) => provider));
  const models = `${countOf(found.models.length, 'model')} of ${countOf(providers.size, 'provider')}`;
  const counts = found.models.length > 0 ? models : `scores of ${countOf(found.scores.length, 'model')}`;
  const changes = `added ${added.length}, changed ${changed.length}, removed ${removed.length}, same ${sameCount}`;
  await output.print(`${source}: ${counts}\n${changes}\n`);
  const shown = priceChanges.slice(0, maxShownChanges).map(({ id, price, before, now }) => {
    return [id, price, formatPrice(before), formatPrice(now)];
  });
  if (shown.length > 0) {
    await output.print(`${formatTable([['MODEL', 'PRICE', 'BEFORE', 'NOW'], ...shown]).join('\n')}\n`);
  }
  await output.print(isSaved ? 'saved\n' : 'not saved\n');
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

async function printJson({ source, found, comparison, isSaved }: Summary, output: Output): Promise<void> {
  const { added, changed, removed, sameCount, priceChanges } = comparison;
  await output.printJson({
    source,
    is_saved: isSaved,
    model_count: found.models.length,
    score_count: found.scores.length,
    added,
    changed,
    removed,
    same_count: sameCount,
    price_changes: priceChanges.map(({ id, ...change }) => ({ model: id, ...change })),
  });
}
