import type { Clock } from '../core/clock.ts';
import { isJsonObject, type JsonValue } from '../core/json.ts';
import type { ProviderKind } from './provider.ts';

/** What of `fetch` is used here. */
export type LocalFetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly redirect: 'error' },
) => Promise<{ readonly ok: boolean; readonly body: AsyncIterable<Uint8Array> | null }>;

/** What is looked for, and how. */
export interface LocalSearch {
  /** Those that say `isLocal` are looked for, each at its own base URL. */
  readonly kinds: readonly ProviderKind[];
  /** Providers that the configuration has, switched off or on: their kinds are not looked for, nor kinds of their names. */
  readonly configured: readonly { readonly name: string; readonly kind: string }[];
  readonly fetch: LocalFetch;
  readonly clock: Clock;
  /** How long all of it may take, in milliseconds. What does not answer by then is not there. */
  readonly timeoutMs: number;
  /** The longest list of models that is read, in bytes. */
  readonly maxListBytes: number;
}

/** A server that was found. */
export interface LocalServer {
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  /** The models that it has, in its own order. */
  readonly models: readonly string[];
}

/**
 * Looks for servers of models on this machine, such as Ollama's: those that list their models, as OpenAI's API does
 * (platform.openai.com/docs/api-reference/models/list). Only loopback addresses are asked, and nothing is sent but that question.
 *
 * @returns those that answered in time, in the order of the kinds. Never throws: what is wrong with a server is for the calls to it.
 */
export async function findLocalServers(search: LocalSearch): Promise<LocalServer[]> {
  const controller = new AbortController();
  const cancel = search.clock.after(search.timeoutMs, () => controller.abort());
  try {
    const configured = new Set(search.configured.flatMap(({ name, kind }) => [name, kind]));
    const sought = search.kinds.filter(({ kind, isLocal }) => isLocal === true && !configured.has(kind));
    const found = await Promise.all(sought.map((kind) => askServer(kind, search, controller.signal)));
    return found.filter((server) => server !== undefined);
  } finally {
    cancel();
  }
}

async function askServer(
  kind: ProviderKind,
  { fetch, maxListBytes }: LocalSearch,
  signal: AbortSignal,
): Promise<LocalServer | undefined> {
  const { baseUrl } = kind;
  if (baseUrl === undefined || !isLoopback(baseUrl)) return undefined;
  try {
    const { ok, body } = await fetch(`${baseUrl}/models`, { signal, redirect: 'error' });
    if (body === null) return undefined;
    // Read in any case: an answer that is left lying holds its connection.
    const text = await readText(body, maxListBytes);
    const models = ok && text !== undefined ? readModels(text) : undefined;
    return models === undefined ? undefined : { kind, baseUrl, models };
  } catch {
    // Nobody listens there, or something else does.
    return undefined;
  }
}

/** Addresses that never leave the machine: RFC 6761 §6.3, RFC 1122 §3.2.1.3. */
function isLoopback(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? '';
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** @returns `undefined` when it is longer. */
async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** @returns `undefined` when it is no list of models. */
function readModels(text: string): string[] | undefined {
  const list: JsonValue = JSON.parse(text);
  const models = isJsonObject(list) ? list['data'] : undefined;
  if (!Array.isArray(models)) return undefined;
  return models.flatMap((model) => (isJsonObject(model) && typeof model['id'] === 'string' ? model['id'] : []));
}
