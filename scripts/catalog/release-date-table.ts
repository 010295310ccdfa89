import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';

const table = z.strictObject({
  /** When the table was last gone through. */
  asOf: z.iso.date(),
  /** What more than one row comes from, by the name that rows give. */
  sources: z.record(z.string(), z.url()),
  /** By canonical name; a dated version has its date after an at sign, as {@link createReleaseKey} writes it. */
  models: z.record(z.string(), z.strictObject({ date: z.iso.date(), source: z.string() })),
});

/** When models came out that no package dates, with where each date is written. */
export type ReleaseDateTable = z.infer<typeof table>;

/**
 * Reads release-dates.json.
 *
 * @throws Error when it is not as expected: a name that is not canonical can never be found, and a date needs a source that can be looked up.
 */
export function readReleaseDateTable(path: URL = new URL('release-dates.json', import.meta.url)): ReleaseDateTable {
  const read = table.parse(JSON.parse(readFileSync(path, 'utf8')));
  for (const [key, { source }] of Object.entries(read.models)) {
    const [name = ''] = key.split('@', 1);
    if (canonicaliseModelName(name).name !== name)
      throw new Error(`release-dates.json: "${key}" is no canonical name.`);
    if (read.sources[source] === undefined && !z.url().safeParse(source).success) {
      throw new Error(`release-dates.json: the source of "${key}" is neither a URL nor one of the sources.`);
    }
  }
  return read;
}

/** What one release of a model is found by: its canonical name, and which of its versions it is. */
export function createReleaseKey(model: string): string {
  const { name, snapshot } = canonicaliseModelName(model);
  return snapshot === undefined ? name : `${name}@${snapshot}`;
}
