import type { CatalogModel } from '../catalog/catalog-model.ts';
import { type CatalogSource, type DecodedSource, SourceFormatError } from '../catalog/sync/catalog-source.ts';
import { CliError, createUsageError } from './cli-error.ts';
import { exitCodes } from './exit-code.ts';
import { type Fetch, fetchText } from './fetch-text.ts';

/** How long one file of a source may take, in milliseconds. */
const timeoutMs = 60_000;

/** The longest file of a source, in bytes. The largest of those that are known has 3 MB. */
const maxBytes = 64 * 1024 * 1024;

/** Most pages of a list that comes in pages. */
const maxPages = 100;

/** What a source is fetched with. */
export interface FetchSourceOptions {
  /** In place of the source's own URL. */
  readonly url: string | undefined;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/**
 * Fetches all that a source knows.
 *
 * @throws CliError when the URL is wrong, or what it gives is not what the source holds.
 */
export async function fetchSource(source: CatalogSource, options: FetchSourceOptions): Promise<DecodedSource> {
  const first = readUrl(options.url ?? source.defaultUrl);
  const pages: DecodedSource[] = [];
  let url: string | undefined = first;
  let bytesLeft = maxBytes;
  while (url !== undefined && pages.length < maxPages) {
    const text = await fetchText(url, { ...options, timeoutMs, maxBytes: bytesLeft });
    bytesLeft -= Buffer.byteLength(text);
    const page = decode(source, text, options.today, url);
    pages.push(page);
    url = resolvePage(page.nextPage, url);
  }
  if (url !== undefined)
    throw new CliError(exitCodes.failed, `${first} has more than ${maxPages} pages. Check the URL.`);
  return join(pages);
}

function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw createUsageError('The value of --url is no address of a file. Write a whole URL that begins with https://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw createUsageError('The value of --url holds a user or a password. Sources are public: leave it out.');
  }
  return url.href;
}

function decode(source: CatalogSource, text: string, today: string, url: string): DecodedSource {
  try {
    return source.decode(text, today);
  } catch (thrown) {
    if (!(thrown instanceof SourceFormatError)) throw thrown;
    const message = `What ${url} holds ${thrown.message}, so it is not what ${source.name} publishes. Nothing was saved.`;
    throw new CliError(exitCodes.failed, message);
  }
}

/** The next page is where this one is: a list of one host does not go on at another. */
function resolvePage(next: string | undefined, url: string): string | undefined {
  if (next === undefined) return undefined;
  const page = URL.parse(next, url);
  if (page !== null && page.origin === URL.parse(url)?.origin) return page.href;
  throw new CliError(exitCodes.failed, `${url} says that its list goes on at another host. Nothing was saved.`);
}

function join(pages: readonly DecodedSource[]): DecodedSource {
  const models = new Map<string, CatalogModel>();
  for (const model of pages.flatMap((page) => page.models)) models.set(`${model.provider}/${model.model}`, model);
  return {
    models: [...models.values()],
    scores: pages.flatMap(({ scores }) => scores),
    warnings: pages.flatMap(({ warnings }) => warnings),
  };
}
