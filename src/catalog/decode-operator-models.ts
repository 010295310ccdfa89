import type { Capabilities, CatalogModel, Modality, Score, ScoreAxis } from './catalog-model.ts';
import { dropUnknown } from './drop-unknown.ts';
import { parsePrices } from './parse-prices.ts';

/** What an operator writes of a model, checked: an entry of `catalog.models` of the configuration, under the names of the file. */
export interface OperatorModelInput {
  readonly display_name?: string | undefined;
  readonly creator?: string | undefined;
  readonly canonical_name?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly input_modalities?: readonly string[] | undefined;
  readonly output_modalities?: readonly string[] | undefined;
  readonly context_tokens?: number | undefined;
  readonly max_output_tokens?: number | undefined;
  readonly capabilities?:
    | {
        readonly function_calling?: boolean | undefined;
        readonly response_schema?: boolean | undefined;
        readonly reasoning?: boolean | undefined;
        readonly web_search?: boolean | undefined;
        readonly prompt_caching?: boolean | undefined;
      }
    | undefined;
  /** As {@link parsePrices} takes them. */
  readonly prices?: unknown;
  readonly scores?: { readonly [Axis in ScoreAxis]?: number | undefined } | undefined;
  readonly release_date?: string | undefined;
  readonly deprecated?: boolean | undefined;
}

/**
 * Makes models of the catalogue of what an operator wrote.
 *
 * @param models - by `provider/model`.
 * @param today - `YYYY-MM-DD`: the day from which the operator's scores are.
 * @throws Error when the configuration let something through that is no model: a mistake of ours.
 */
export function decodeOperatorModels(
  models: Readonly<Record<string, OperatorModelInput>>,
  today: string,
): CatalogModel[] {
  return Object.entries(models).map(([id, input]) => {
    const slash = id.indexOf('/');
    return dropUnknown<CatalogModel>({
      provider: id.slice(0, slash),
      model: id.slice(slash + 1),
      displayName: input.display_name,
      creator: input.creator,
      // As bare names are compared.
      canonicalName: input.canonical_name?.toLowerCase(),
      aliases: input.aliases,
      inputModalities: decodeModalities(input.input_modalities),
      outputModalities: decodeModalities(input.output_modalities),
      contextTokens: input.context_tokens,
      maxOutputTokens: input.max_output_tokens,
      capabilities: decodeCapabilities(input.capabilities),
      prices: decodePrices(input.prices, id),
      scores: decodeScores(input.scores, today),
      releaseDate: input.release_date,
      isDeprecated: input.deprecated,
      source: 'configuration',
    });
  });
}

const modalities: readonly Modality[] = ['text', 'image', 'audio', 'video', 'file'];

function decodeModalities(names: readonly string[] | undefined): readonly Modality[] | undefined {
  return names && modalities.filter((modality) => names.includes(modality));
}

function decodeCapabilities(input: OperatorModelInput['capabilities']): Capabilities | undefined {
  return (
    input &&
    dropUnknown<Capabilities>({
      functionCalling: input.function_calling,
      responseSchema: input.response_schema,
      reasoning: input.reasoning,
      webSearch: input.web_search,
      promptCaching: input.prompt_caching,
    })
  );
}

function decodePrices(prices: unknown, id: string): CatalogModel['prices'] {
  if (prices === undefined) return undefined;
  const parsed = parsePrices(prices);
  if ('prices' in parsed) return parsed.prices;
  throw new Error(`The configuration took prices of ${id} that the catalogue does not: ${parsed.problems[0]?.text}`);
}

function decodeScores(scores: OperatorModelInput['scores'], today: string): CatalogModel['scores'] {
  if (scores === undefined) return undefined;
  const create = (value: number | undefined): Score | undefined =>
    value === undefined ? undefined : { value, source: 'operator', date: today, isEstimated: false };
  return dropUnknown<NonNullable<CatalogModel['scores']>>({
    intelligence: create(scores.intelligence),
    coding: create(scores.coding),
    math: create(scores.math),
  });
}
