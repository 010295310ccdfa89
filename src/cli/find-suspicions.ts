import type { SyncComparison } from '../catalog/sync/compare-syncs.ts';
import type { Fault } from './cli-error.ts';
import { formatPrice } from './format-price.ts';

/** Most jumps of prices that are told one by one. */
const maxShownJumps = 20;

/** Of what a source said last, this share may be gone without being suspicious. */
const maxGoneShare = 0.5;

/** What of a sync looks more like a mistake of its source than like news, one by one. */
export function findSuspicions({ changed, removed, sameCount, jumps }: SyncComparison): Fault[] {
  const knownCount = changed.length + removed.length + sameCount;
  const gone =
    removed.length > knownCount * maxGoneShare
      ? [{ field: '', description: `${removed.length} of ${knownCount} entries of the last sync are gone` }]
      : [];
  const shown = jumps.slice(0, maxShownJumps).map(({ id, price, before, now }) => ({
    place: id,
    field: price,
    description: `from ${formatPrice(before)} to ${formatPrice(now)}`,
  }));
  const more = jumps.length - shown.length;
  return [...gone, ...shown, ...(more > 0 ? [{ field: '', description: `and ${more} more` }] : [])];
}
