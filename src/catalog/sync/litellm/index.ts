import { isJsonObject } from '../../../core/json.ts';
import type { Modality } from '../../catalog-model.ts';
import { type CatalogSource, SourceFormatError } from '../catalog-source.ts';
import { ModelCollector } from '../model-collector.ts';
import { PriceCollector } from '../price-collector.ts';
import { readJson } from '../read-json.ts';
import { RowReader } from '../row-reader.ts';
import { collectLitellmPrices } from './collect-prices.ts';
import { parseLitellmName } from './parse-name.ts';

/** The row that explains the fields of the others. */
const sampleRow = 'sample_spec';

/** The price list of LiteLLM (https://github.com/BerriAI/litellm). */
export const litellm: CatalogSource = {
  name: 'litellm',
  defaultUrl: 'https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json',

  decode(text, today) {
    const collector = new ModelCollector(`litellm ${today}`);
    let rowCount = 0;
    for (const [key, row] of Object.entries(readJson(text))) {
      if (key === sampleRow) continue;
      if (!isJsonObject(row) || typeof row['litellm_provider'] !== 'string') {
        collector.leaveOut(key, 'it names no provider');
        continue;
      }
      rowCount += 1;
      decodeRow(key, row['litellm_provider'], new RowReader(row, collector.tellOdd(key)), collector, today);
    }
    if (rowCount === 0) throw new SourceFormatError('holds no models with a litellm_provider');
    return collector.end();
  },
};

function decodeRow(key: string, owner: string, reader: RowReader, collector: ModelCollector, today: string): void {
  const mode = reader.raw('mode');
  if (mode === undefined) collector.leaveOut(key, 'it does not say its mode');
  // Images, speech, embeddings and what answers on other paths than chats are not told: there are hundreds.
  if (mode !== 'chat') return;
  const name = parseLitellmName(key, owner);
  if (name === undefined) return;
  const prices = new PriceCollector();
  collectLitellmPrices(reader, prices);
  const switchOff = reader.date('deprecation_date');
  collector.add(
    {
      ...name,
      inputModalities: readInputs(reader),
      outputModalities: readOutputs(reader),
      contextTokens: reader.count('max_input_tokens'),
      maxOutputTokens: reader.count('max_output_tokens'),
      capabilities: {
        functionCalling: reader.flag('supports_function_calling'),
        responseSchema: reader.flag('supports_response_schema'),
        reasoning: reader.flag('supports_reasoning'),
        webSearch: reader.flag('supports_web_search'),
        promptCaching: reader.flag('supports_prompt_caching'),
      },
      // The date may lie ahead by years: a model is called deprecated once there is less than a quarter left.
      isDeprecated: switchOff !== undefined && daysBetween(today, switchOff) < 90 ? true : undefined,
    },
    prices,
  );
}

function readInputs(reader: RowReader): readonly Modality[] | undefined {
  const listed = reader.modalities('supported_modalities');
  const flagged: readonly Modality[] = [
    ...(reader.flag('supports_vision') === true ? ['image' as const] : []),
    ...(reader.flag('supports_audio_input') === true ? ['audio' as const] : []),
    ...(reader.flag('supports_video_input') === true ? ['video' as const] : []),
    ...(reader.flag('supports_pdf_input') === true ? ['file' as const] : []),
  ];
  // Most rows have neither: then it is not known what else than text they take.
  if (listed === undefined && flagged.length === 0) return undefined;
  return [...new Set<Modality>(['text', ...(listed ?? []), ...flagged])];
}

function readOutputs(reader: RowReader): readonly Modality[] | undefined {
  const listed = reader.modalities('supported_output_modalities');
  const hasAudio = reader.flag('supports_audio_output') === true;
  if (listed === undefined && !hasAudio) return undefined;
  return [...new Set<Modality>([...(listed ?? ['text']), ...(hasAudio ? ['audio' as const] : [])])];
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000;
}
