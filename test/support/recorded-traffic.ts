import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';

/** One recorded request and answer. The folder's README says what each field means. */
export interface RecordedCase {
  /** Such as `groq/stream-text-…`: its folder, and what a report names it by. */
  readonly name: string;
  readonly provider: string;
  readonly endpoint: string;
  readonly kind: 'unary' | 'stream';
  readonly httpStatus: number;
  /** Those that say what the answer is; the recording's own framing headers belong to another connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly features: ReadonlySet<string>;
  /** How many bytes came at a time, where that was recorded. */
  readonly networkChunkSizes: readonly number[] | undefined;
  /** Reads the answer's body as it was recorded. */
  readBody(): Buffer;
  /** Reads the request's JSON. `undefined`: it was not recorded. */
  readRequest(): JsonObject | undefined;
}

/** Where the recordings are: beside the checkout, unless the environment names another folder. They are never part of it. */
const folder = resolve(process.env['SIGNALBOX_FIXTURES'] ?? join(import.meta.dirname, '../../../shared/fixtures'));

const keptHeaders: ReadonlySet<string> = new Set(['content-type', 'retry-after', 'retry-after-ms']);

/**
 * Describes a suite that needs recorded traffic. Where the folder is absent, one skipped test says which one.
 *
 * @param endpoint - what the endpoint's path must contain.
 */
export function describeRecordedTraffic(
  name: string,
  endpoint: string,
  define: (cases: readonly RecordedCase[]) => void,
): void {
  describe(name, () => {
    if (existsSync(join(folder, 'INDEX.json'))) define(listCases(endpoint));
    else
      it('needs recorded traffic', ({ skip }) => skip(`there is none in ${folder}; SIGNALBOX_FIXTURES names a folder`));
  });
}

function listCases(endpoint: string): RecordedCase[] {
  const index = readJson('INDEX.json');
  if (!Array.isArray(index)) throw new Error(`INDEX.json in ${folder} is not a list`);
  return index
    .filter(isJsonObject)
    .filter((entry) => textOf(entry, 'endpoint').includes(endpoint))
    .map(createCase);
}

function createCase(entry: JsonObject): RecordedCase {
  const name = textOf(entry, 'case');
  const meta = readJson(name, 'meta.json');
  if (!isJsonObject(meta)) throw new Error(`meta.json of ${name} is not an object`);
  const { features, http_status: httpStatus, kind, has_request: hasRequest } = entry;
  const sizes = meta['network_chunk_sizes'];
  return {
    name,
    provider: textOf(entry, 'provider'),
    endpoint: textOf(entry, 'endpoint'),
    kind: kind === 'stream' ? 'stream' : 'unary',
    httpStatus: typeof httpStatus === 'number' ? httpStatus : 200,
    headers: pickHeaders(meta['headers']),
    features: new Set(Array.isArray(features) ? features.filter((feature) => typeof feature === 'string') : []),
    networkChunkSizes: Array.isArray(sizes) ? sizes.filter((size) => typeof size === 'number') : undefined,
    readBody: () => readFileSync(join(folder, name, textOf(entry, 'response_file'))),
    readRequest() {
      const request = hasRequest === true ? readJson(name, 'request.json') : undefined;
      return isJsonObject(request) ? request : undefined;
    },
  };
}

function pickHeaders(headers: JsonValue | undefined): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(isJsonObject(headers) ? headers : {})) {
    if (typeof value === 'string' && keptHeaders.has(name.toLowerCase())) picked[name.toLowerCase()] = value;
  }
  return picked;
}

function readJson(...path: string[]): JsonValue {
  return JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
}

/** A text of the index; the endpoint of some recordings is not known. */
function textOf(entry: JsonObject, key: string): string {
  const value = entry[key];
  return typeof value === 'string' ? value : '';
}
