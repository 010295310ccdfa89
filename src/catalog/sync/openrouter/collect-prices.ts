import type { PriceKey } from '../../model-prices.ts';
import type { PriceCollector } from '../price-collector.ts';
import type { RowReader } from '../row-reader.ts';

const perMillion = 1_000_000;
const perThousand = 1000;

/**
 * Prices of the object `pricing`, in USD for one token, search or request, with what makes ours of them. `image` is missing: for some models
 * it is the price of an image, for others that of a token.
 */
const priceKeys: Readonly<Record<string, readonly [PriceKey, number]>> = {
  prompt: ['input_mtok', perMillion],
  completion: ['output_mtok', perMillion],
  input_cache_read: ['cache_read_mtok', perMillion],
  input_cache_write: ['cache_write_mtok', perMillion],
  input_cache_write_1h: ['cache_write_1h_mtok', perMillion],
  audio: ['input_audio_mtok', perMillion],
  input_audio_cache: ['cache_audio_read_mtok', perMillion],
  audio_output: ['output_audio_mtok', perMillion],
  image_token: ['input_image_mtok', perMillion],
  image_output: ['output_image_mtok', perMillion],
  internal_reasoning: ['output_reasoning_mtok', perMillion],
  web_search: ['web_searches_kcount', perThousand],
  request: ['requests_kcount', perThousand],
};

/** Prices that many models list as "0" where they mean that there is no such price. */
const zeroMeansNone: ReadonlySet<string> = new Set(['internal_reasoning', 'web_search', 'request', 'image_token']);

/** The price of models that pass on to others, such as openrouter/auto: it depends on which one. */
const variablePrice = -1;

/** Collects the prices of a model. `overrides` say those of long prompts; what they say of other cases is not taken. */
export function collectOpenrouterPrices(pricing: RowReader, prices: PriceCollector): void {
  addPrices(pricing, prices, 'pricing.');
  for (const override of pricing.objects('overrides')) {
    const start = override.count('min_prompt_tokens');
    const isOnlyLength = override.keys.every((name) => name === 'min_prompt_tokens' || Object.hasOwn(priceKeys, name));
    if (start !== undefined && isOnlyLength) addPrices(override, prices, 'pricing.overrides.', start);
  }
}

function addPrices(pricing: RowReader, prices: PriceCollector, path: string, start?: number): void {
  for (const [field, [key, scale]] of Object.entries(priceKeys)) {
    const price = readPrice(pricing.raw(field));
    if (price === variablePrice || (price === 0 && zeroMeansNone.has(field))) continue;
    prices.add(key, `${path}${field}`, price, scale, start);
  }
}

/** Prices are text, "0.000003". What is no number stays what it is, and is told. */
function readPrice(value: unknown): unknown {
  return typeof value === 'string' && /^-?(?:\d+\.?\d*|\.\d+)(?:e-?\d{1,3})?$/i.test(value.trim())
    ? Number(value)
    : value;
}
