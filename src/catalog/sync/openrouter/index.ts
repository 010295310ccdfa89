import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { type CatalogSource, SourceFormatError } from '../catalog-source.ts';
import { ModelCollector } from '../model-collector.ts';
import { PriceCollector } from '../price-collector.ts';
import { readJson } from '../read-json.ts';
import { RowReader } from '../row-reader.ts';
import { collectOpenrouterPrices } from './collect-prices.ts';

/** OpenRouter's list of its own models (https://openrouter.ai/docs/models). */
export const openrouter: CatalogSource = {
  name: 'openrouter',
  defaultUrl: 'https://openrouter.ai/api/v1/models',

  decode(text, today) {
    const list = readJson(text);
    if (!Array.isArray(list['data'])) throw new SourceFormatError('holds no list "data"');
    const collector = new ModelCollector(`openrouter ${today}`);
    for (const [index, row] of list['data'].entries()) {
      if (isJsonObject(row) && typeof row['id'] === 'string') decodeRow(row['id'], row, collector);
      else collector.leaveOut(`data[${index}]`, 'it has no id');
    }
    const next = isJsonObject(list['links']) ? list['links']['next'] : undefined;
    return collector.end(typeof next === 'string' && next !== '' ? next : undefined);
  },
};

/** Entries of `supported_parameters` that are no fields of a request, but say what a field can do. */
const traits: readonly string[] = ['structured_outputs'];

function decodeRow(id: string, row: JsonObject, collector: ModelCollector): void {
  const reader = new RowReader(row, collector.tellOdd(id));
  const architecture = reader.object('architecture');
  const input = architecture.modalities('input_modalities');
  const output = architecture.modalities('output_modalities');
  // What gives no text, image or sound is no chat, such as embeddings.
  if (output?.length === 0) return;
  const parameters = readParameters(reader);
  const pricing = reader.object('pricing');
  const prices = new PriceCollector();
  collectOpenrouterPrices(pricing, prices);
  collector.add(
    {
      provider: 'openrouter',
      model: id,
      ...splitName(reader.text('name')),
      inputModalities: input,
      outputModalities: output,
      contextTokens: reader.count('context_length'),
      maxOutputTokens: reader.object('top_provider').count('max_completion_tokens'),
      supportedParameters: parameters?.filter((name) => !traits.includes(name)),
      capabilities: {
        functionCalling: parameters?.includes('tools'),
        responseSchema: parameters?.includes('structured_outputs'),
        reasoning: parameters?.includes('reasoning'),
        reasoningEfforts: reader.object('reasoning').texts('supported_efforts'),
        promptCaching: pricing.raw('input_cache_read') === undefined ? undefined : true,
      },
      isDeprecated: reader.date('expiration_date') === undefined ? undefined : true,
    },
    prices,
  );
}

/** An empty list says nothing: models that pass on to others have one. */
function readParameters(reader: RowReader): readonly string[] | undefined {
  const parameters = reader.texts('supported_parameters');
  return parameters?.length === 0 ? undefined : parameters;
}

/** Names begin with who made the model: `Anthropic: Claude Sonnet 4.5`. */
function splitName(name: string | undefined): { readonly displayName?: string; readonly creator?: string } {
  if (name === undefined) return {};
  const [, creator, displayName] = /^([^:]+): (.+)$/.exec(name) ?? [];
  return creator === undefined || displayName === undefined ? { displayName: name } : { displayName, creator };
}
