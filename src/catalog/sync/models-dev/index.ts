import { isJsonObject } from '../../../core/json.ts';
import { type CatalogSource, SourceFormatError } from '../catalog-source.ts';
import { ModelCollector } from '../model-collector.ts';
import { PriceCollector } from '../price-collector.ts';
import { readJson } from '../read-json.ts';
import { RowReader } from '../row-reader.ts';
import { collectModelsDevPrices } from './collect-prices.ts';

/** Providers that have another name here. Those that are not in it keep theirs. */
const providerNames: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'bedrock',
  'fireworks-ai': 'fireworks',
  google: 'google-ai-studio',
  'google-vertex-anthropic': 'google-vertex',
  moonshotai: 'moonshot',
  togetherai: 'together',
};

/** models.dev, a list of models that their users keep (https://models.dev, https://github.com/anomalyco/models.dev). */
export const modelsDev: CatalogSource = {
  name: 'models.dev',
  defaultUrl: 'https://models.dev/api.json',

  decode(text, today) {
    const collector = new ModelCollector(`models.dev ${today}`);
    let providerCount = 0;
    for (const [providerId, provider] of Object.entries(readJson(text))) {
      const models = isJsonObject(provider) ? provider['models'] : undefined;
      if (!isJsonObject(models)) {
        collector.leaveOut(providerId, 'it has no models');
        continue;
      }
      providerCount += 1;
      const name = Object.hasOwn(providerNames, providerId) ? (providerNames[providerId] ?? providerId) : providerId;
      for (const [modelId, row] of Object.entries(models)) decodeRow(name, modelId, row, collector);
    }
    if (providerCount === 0) throw new SourceFormatError('holds no providers with models');
    return collector.end();
  },
};

function decodeRow(provider: string, model: string, row: unknown, collector: ModelCollector): void {
  const name = `${provider}/${model}`;
  if (!isJsonObject(row)) {
    collector.leaveOut(name, 'it is no object');
    return;
  }
  const reader = new RowReader(row, collector.tellOdd(name));
  const modalities = reader.object('modalities');
  const [input, output] = [modalities.modalities('input'), modalities.modalities('output')];
  // Transcription, speech and embeddings are listed as well. They are not chats, and not told: there are hundreds.
  if (input?.includes('text') === false || output?.length === 0 || isEmbedding(model, reader)) return;
  const limit = reader.object('limit');
  const prices = new PriceCollector();
  collectModelsDevPrices(reader.object('cost'), prices);
  collector.add(
    {
      provider,
      model,
      displayName: reader.text('name'),
      inputModalities: input,
      outputModalities: output,
      contextTokens: limit.count('context'),
      maxOutputTokens: limit.count('output'),
      capabilities: {
        functionCalling: reader.flag('tool_call'),
        responseSchema: reader.flag('structured_output'),
        reasoning: reader.flag('reasoning'),
        reasoningEfforts: readEfforts(reader),
        promptCaching: reader.object('cost').raw('cache_read') === undefined ? undefined : true,
      },
      releaseDate: reader.date('release_date'),
      isDeprecated: reader.raw('status') === 'deprecated' ? true : undefined,
    },
    prices,
  );
}

function isEmbedding(model: string, reader: RowReader): boolean {
  const family = reader.raw('family');
  return /embed/i.test(typeof family === 'string' ? `${family} ${model}` : model);
}

/** The efforts that `reasoning_options` lists. Models that take a budget or only a switch have none. */
function readEfforts(reader: RowReader): readonly string[] | undefined {
  return reader
    .objects('reasoning_options')
    .find((option) => option.raw('type') === 'effort')
    ?.texts('values');
}
