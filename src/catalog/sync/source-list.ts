import type { CatalogSource } from './catalog-source.ts';
import { epoch } from './epoch/index.ts';
import { litellm } from './litellm/index.ts';
import { modelsDev } from './models-dev/index.ts';
import { openrouter } from './openrouter/index.ts';

/** Every source that the catalogue can be synced from, one line each. */
export const catalogSources: readonly CatalogSource[] = [
  //
  modelsDev,
  litellm,
  openrouter,
  epoch,
];
