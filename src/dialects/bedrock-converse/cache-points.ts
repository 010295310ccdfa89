import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../warnings.ts';
import { isCachePoint, isFiller } from './encode-blocks.ts';
import type { ModelTraits } from './model-traits.ts';

/** The most marks for the cache in one request: docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html. */
const maxCachePoints = 4;

/**
 * Fits the marks for the cache to what the model takes: none, how many, and for how long. Of too many the last are kept, since each covers
 * what stands before it.
 *
 * @param lists - the blocks of the request in their order.
 * @returns the same lists.
 */
export function fitCachePoints(
  lists: readonly (readonly JsonObject[])[],
  { cacheTtls }: ModelTraits,
  warnings: Warnings,
): JsonObject[][] {
  const count = lists.flat().filter(isCachePoint).length;
  if (count > 0 && cacheTtls.length === 0) warnings.leaveOut(['cache_control'], 'the model has no cache');
  else if (count > maxCachePoints) {
    warnings.add(
      `Of the marks for the cache only the last ${maxCachePoints} were sent, which is as many as the provider takes.`,
    );
  }
  let surplus = cacheTtls.length === 0 ? count : Math.max(0, count - maxCachePoints);
  return lists.map((blocks) => {
    const kept = blocks.flatMap((block) => {
      if (!isCachePoint(block)) return [block];
      surplus -= 1;
      return surplus >= 0 ? [] : [fitTtl(block, cacheTtls, warnings)];
    });
    // Alone, what was put before a mark would be refused.
    return kept.filter((block, index) => !isFiller(block) || isCachePoint(kept[index + 1] ?? {}));
  });
}

function fitTtl(block: JsonObject, ttls: ModelTraits['cacheTtls'], warnings: Warnings): JsonObject {
  const point = block['cachePoint'];
  if (!isJsonObject(point) || point['ttl'] !== '1h' || ttls.includes('1h')) return block;
  warnings.leaveOut(['cache_control.ttl'], 'the model keeps its cache for five minutes');
  return { cachePoint: { type: 'default' } };
}
