import type { CatalogModel } from './catalog-model.ts';

/** Fields that say which model it is and who says so, and not what it is. */
const frame: ReadonlySet<string> = new Set(['provider', 'model', 'source']);

/** Fields whose parts may come from different rows. Prices are not among them: half a price list of one source and half of another is none. */
const nested: ReadonlySet<string> = new Set(['capabilities', 'scores']);

/**
 * Puts together what several sources say of one model, field by field; capabilities and scores part by part.
 *
 * @param rows - the one that decides first, then what fills its gaps. At least one.
 * @returns a row whose source names the sources that something of it is from, the one that decides first: `configuration, pi-ai 1.5.2`.
 */
export function mergeModels(rows: readonly [CatalogModel, ...CatalogModel[]]): CatalogModel {
  let [merged] = rows;
  const sources = new Set([merged.source]);
  for (const row of rows.slice(1)) {
    if (!fillsGap(merged, row)) continue;
    sources.add(row.source);
    merged = {
      ...row,
      ...merged,
      ...(row.capabilities && { capabilities: { ...row.capabilities, ...merged.capabilities } }),
      ...(row.scores && { scores: { ...row.scores, ...merged.scores } }),
    };
  }
  return sources.size === 1 ? merged : { ...merged, source: [...sources].join(', ') };
}

/** Whether a row knows something that the one before does not. */
function fillsGap(merged: CatalogModel, row: CatalogModel): boolean {
  const known = new Map<string, unknown>(Object.entries(merged));
  return Object.entries(row).some(([field, value]) => {
    if (frame.has(field)) return false;
    const before = known.get(field);
    if (before === undefined) return true;
    if (!nested.has(field) || typeof before !== 'object' || before === null) return false;
    return Object.keys(value).some((part) => !Object.hasOwn(before, part));
  });
}
