import type { PriceKey } from '../../model-prices.ts';
import type { PriceCollector } from '../price-collector.ts';
import type { RowReader } from '../row-reader.ts';

/** Prices of the object `cost`: USD per million tokens, as ours are (packages/core/src/schema.ts of its repository). */
const priceKeys: Readonly<Record<string, PriceKey>> = {
  input: 'input_mtok',
  output: 'output_mtok',
  cache_read: 'cache_read_mtok',
  cache_write: 'cache_write_mtok',
  input_audio: 'input_audio_mtok',
  output_audio: 'output_audio_mtok',
  reasoning: 'output_reasoning_mtok',
};

/** Above which prompt the prices of `context_over_200k` hold, in tokens. */
const longContextTokens = 200_000;

/** Collects the prices of a model: those of short prompts, and `tiers`, or `context_over_200k` where there are none. */
export function collectModelsDevPrices(cost: RowReader, prices: PriceCollector): void {
  addPrices(cost, prices, 'cost.');
  const tiers = cost.objects('tiers').flatMap((tier) => {
    const { start, type } = readTier(tier);
    return start === undefined || type !== 'context' ? [] : [{ tier, start }];
  });
  for (const { tier, start } of tiers) addPrices(tier, prices, 'cost.tiers.', start);
  if (tiers.length === 0) {
    addPrices(cost.object('context_over_200k'), prices, 'cost.context_over_200k.', longContextTokens);
  }
}

function readTier(tier: RowReader): { readonly start: number | undefined; readonly type: unknown } {
  const bounds = tier.object('tier');
  return { start: bounds.count('size'), type: bounds.raw('type') ?? 'context' };
}

function addPrices(cost: RowReader, prices: PriceCollector, path: string, start?: number): void {
  for (const [field, key] of Object.entries(priceKeys)) prices.add(key, `${path}${field}`, cost.raw(field), 1, start);
}
