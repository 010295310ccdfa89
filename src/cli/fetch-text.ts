import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-code.ts';

/** What fetches: the part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How a text is fetched. */
export interface FetchTextOptions {
  readonly fetch: Fetch;
  /** Aborted when the command is to end. */
  readonly signal: AbortSignal;
  /** How long it may take in all, in milliseconds. */
  readonly timeoutMs: number;
  /** The longest text, in bytes, once it is unpacked. */
  readonly maxBytes: number;
}

/** Most redirections of one request. */
const maxRedirects = 5;

/**
 * Fetches a public text over HTTP. A redirection is followed, but never from https to http.
 *
 * @throws CliError when nobody answers, the answer is another than 200, or the text is too long or no UTF-8.
 */
export async function fetchText(url: string, options: FetchTextOptions): Promise<string> {
  const { timeoutMs, maxBytes } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const response = await follow(url, options.fetch, signal);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new CliError(exitCodes.failed, `${url} answered with the status ${response.status}. Check the URL.`);
    }
    return await readText(response, url, maxBytes);
  } catch (thrown) {
    if (thrown instanceof CliError || options.signal.aborted) throw thrown;
    const problem = timeout.aborted ? `it took longer than ${timeoutMs / 1000} s` : describeCause(thrown);
    throw new CliError(exitCodes.unreachable, `${url} cannot be fetched: ${problem}.`);
  }
}

async function follow(first: string, fetch: Fetch, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await fetch(url, { redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    url = resolveRedirect(url, location);
  }
  throw new CliError(exitCodes.failed, `${first} redirects more than ${maxRedirects} times. Check the URL.`);
}

function resolveRedirect(from: string, location: string): string {
  const to = URL.parse(location, from);
  const isKept = to?.protocol === URL.parse(from)?.protocol;
  if (to !== null && (to.protocol === 'https:' || (isKept && to.protocol === 'http:'))) return to.href;
  const message = `${from} redirects to what is not https. Name a trusted address with --url.`;
  throw new CliError(exitCodes.failed, message);
}

async function readText(response: Response, url: string, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the rest.
    if (length > maxBytes) throw new CliError(exitCodes.failed, `What ${url} holds is longer than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new CliError(exitCodes.failed, `What ${url} holds is not UTF-8.`);
  }
}

/** `fetch failed` says nothing; its cause has a code, such as `ECONNREFUSED`. */
function describeCause(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  if (!(cause instanceof Error)) return 'the connection failed';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
