import type { PriceKey } from '../../model-prices.ts';
import type { PriceCollector } from '../price-collector.ts';
import type { RowReader } from '../row-reader.ts';

/** Prices in USD per token, and their keys here, which are per million. */
const priceKeys: Readonly<Record<string, PriceKey>> = {
  input_cost_per_token: 'input_mtok',
  output_cost_per_token: 'output_mtok',
  cache_read_input_token_cost: 'cache_read_mtok',
  cache_creation_input_token_cost: 'cache_write_mtok',
  cache_creation_input_token_cost_above_1hr: 'cache_write_1h_mtok',
  input_cost_per_audio_token: 'input_audio_mtok',
  cache_read_input_audio_token_cost: 'cache_audio_read_mtok',
  output_cost_per_audio_token: 'output_audio_mtok',
  input_cost_per_image_token: 'input_image_mtok',
  cache_read_input_image_token_cost: 'cache_image_read_mtok',
  output_cost_per_image_token: 'output_image_mtok',
  output_cost_per_reasoning_token: 'output_reasoning_mtok',
};

const perMillion = 1_000_000;
const perThousand = 1000;

/** The field of a price for long prompts, such as `input_cost_per_token_above_200k_tokens`. Prices of other services end otherwise. */
const tierPattern = /^(.+)_above_(\d{1,5})k_tokens$/;

/**
 * Collects the prices of a model. Those of batches, of priority and of flexible service are not taken: they are of other calls than ours.
 */
export function collectLitellmPrices(row: RowReader, prices: PriceCollector): void {
  for (const field of row.keys) {
    const [, base = field, thousands] = tierPattern.exec(field) ?? [];
    const key = Object.hasOwn(priceKeys, base) ? priceKeys[base] : undefined;
    if (key === undefined) continue;
    prices.add(key, field, row.raw(field), perMillion, thousands === undefined ? undefined : Number(thousands) * 1000);
  }
  collectRanges(row, prices);
  const perQuery = row.object('search_context_cost_per_query');
  prices.add(
    'web_searches_kcount',
    'search_context_cost_per_query',
    perQuery.raw('search_context_size_medium'),
    perThousand,
  );
  prices.add('requests_kcount', 'input_cost_per_request', row.raw('input_cost_per_request'), perThousand);
}

/** `tiered_pricing`: prices each of which holds for prompts in a `range` of tokens. */
function collectRanges(row: RowReader, prices: PriceCollector): void {
  for (const tier of row.objects('tiered_pricing')) {
    const range = tier.raw('range');
    const start: unknown = Array.isArray(range) ? range[0] : undefined;
    if (typeof start !== 'number' || !Number.isSafeInteger(start) || start < 0) continue;
    for (const [field, key] of Object.entries(priceKeys)) {
      prices.add(key, `tiered_pricing.${field}`, tier.raw(field), perMillion, start === 0 ? undefined : start);
    }
  }
}
