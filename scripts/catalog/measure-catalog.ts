/**
 * Prints what ships, as Markdown, and what it takes to load: `node --expose-gc scripts/catalog/measure-catalog.ts`.
 *
 * The time is that of the first load in a fresh process, file and checks included. The memory is what stays after a collection.
 */
import { loadShippedCatalog } from '../../src/catalog/load-shipped-catalog.ts';

const { gc } = globalThis;
if (gc === undefined) throw new Error('Run it with node --expose-gc.');

gc();
const heapBefore = process.memoryUsage().heapUsed;
const start = performance.now();
const { providers, models } = loadShippedCatalog();
const loadMs = performance.now() - start;
gc();
const heapMib = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;

const rows = providers.map(({ id, name }) => {
  const theirs = models.filter(({ provider }) => provider === id);
  const priced = theirs.filter(({ prices }) => prices !== undefined).length;
  const dated = theirs.filter(({ releaseDate, snapshot }) => (releaseDate ?? snapshot) !== undefined).length;
  return `| \`${id}\` | ${name} | ${theirs.length} | ${priced} | ${dated} |`;
});
process.stdout.write(
  [
    '| provider | name | models | with prices | with dates |',
    '| --- | --- | ---: | ---: | ---: |',
    ...rows,
    '',
    `${providers.length} providers, ${models.length} models. Loaded in ${loadMs.toFixed(0)} ms, ${heapMib.toFixed(1)} MiB of heap.`,
    '',
  ].join('\n'),
);
