import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogModel } from '../../../src/catalog/catalog-model.ts';
import type { CatalogSource, DecodedSource } from '../../../src/catalog/sync/catalog-source.ts';

/** The day on which the tests sync. */
export const today = '2026-11-23';

const fixtureNames: Readonly<Record<string, string>> = {
  'models.dev': 'models-dev.json',
  litellm: 'litellm.json',
  openrouter: 'openrouter.json',
  epoch: 'epoch.csv',
};

/** The text of a source's file. */
export function readSourceFile(sourceName: string): string {
  const folder = join(import.meta.dirname, '../../fixtures/catalog-sources');
  return readFileSync(join(folder, fixtureNames[sourceName] ?? sourceName), 'utf8');
}

/** What a source has, and its models by `provider/model`. */
export function decodeFile(
  source: CatalogSource,
): DecodedSource & { readonly byId: ReadonlyMap<string, CatalogModel> } {
  const decoded = source.decode(readSourceFile(source.name), today);
  return { ...decoded, byId: new Map(decoded.models.map((model) => [`${model.provider}/${model.model}`, model])) };
}
