import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  type CapabilitiesSchema,
  type Model,
  ModelSchema,
  type ModelSpecSchema,
  type PerformanceSchema,
  type PricingSchema,
  type ScoreSchema,
} from '../../gen/signalbox/model/v1/model_pb.ts';
import type { CatalogModel, Score } from '../catalog/catalog-model.ts';
import type { CatalogEntry } from '../catalog/catalog-view.ts';
import type { TokenPrices } from '../catalog/list-prices.ts';
import type { SpeedEstimate } from '../catalog/performance.ts';

/** What is to be told of a model beside what the catalogue has. */
export interface ModelFacts {
  /** What it costs now. `undefined`: not known. */
  readonly prices: TokenPrices | undefined;
  /** How fast it has been here. */
  readonly speed: SpeedEstimate;
}

/** The most tokens that a field holds. */
const maxInt32 = 2 ** 31 - 1;

/** Makes the model of the API out of one of the catalogue. What is not known is absent. */
export function createModel({ providerId, isLive, canonicalName, model }: CatalogEntry, facts: ModelFacts): Model {
  return create(ModelSchema, {
    model: model.model,
    provider: providerId,
    modelCreator: model.creator,
    isSupported: isLive,
    pricing: facts.prices && createPricing(facts.prices),
    spec: createSpec(model, facts.speed),
    displayName: model.displayName,
    canonicalName,
    releaseDate: model.releaseDate,
    source: model.source,
    isDeprecated: model.isDeprecated ?? false,
  });
}

function createPricing(prices: TokenPrices): MessageInitShape<typeof PricingSchema> {
  const { promptToken, completionToken, promptCacheReadToken, promptCacheWriteToken, isVariable } = prices;
  return {
    promptToken,
    completionToken,
    promptCacheReadToken,
    promptCacheWriteToken,
    prompt: promptToken,
    completion: completionToken,
    isVariable,
  };
}

function createSpec(model: CatalogModel, speed: SpeedEstimate): MessageInitShape<typeof ModelSpecSchema> {
  const { inputModalities = [], outputModalities = [], supportedParameters = [] } = model;
  return {
    inputModalities: [...inputModalities],
    outputModalities: [...outputModalities],
    contextLength: fitInt32(model.contextTokens),
    maxCompletionTokens: fitInt32(model.maxOutputTokens),
    supportedParameters: [...supportedParameters],
    capabilities: createCapabilities(model),
    scores: createScores(model),
    performance: createPerformance(speed),
  };
}

function fitInt32(tokens: number | undefined): number | undefined {
  return tokens === undefined ? undefined : Math.min(Math.trunc(tokens), maxInt32);
}

function createCapabilities({
  capabilities = {},
  inputModalities,
}: CatalogModel): MessageInitShape<typeof CapabilitiesSchema> {
  const { functionCalling, webSearch, reasoning, promptCaching, responseSchema, reasoningEfforts = [] } = capabilities;
  const supportedLevels = reasoningEfforts.map((effort) => `EFFORT_${effort.toUpperCase()}`);
  return {
    functionCalling,
    webSearch,
    reasoning,
    promptCaching,
    responseSchema,
    vision: inputModalities?.includes('image'),
    reasoningCapability: reasoning === undefined ? undefined : { supported: reasoning, supportedLevels },
  };
}

function createScores({ scores = {} }: CatalogModel): Record<string, MessageInitShape<typeof ScoreSchema>> {
  const known = Object.entries<Score | undefined>(scores).flatMap(([axis, score]) => {
    if (score === undefined) return [];
    const { value, source, date, isEstimated } = score;
    return [[axis, { value, source, date, estimated: isEstimated }] as const];
  });
  return Object.fromEntries(known);
}

/** Speed that is only assumed is left out: what is here was measured. */
function createPerformance(speed: SpeedEstimate): MessageInitShape<typeof PerformanceSchema> | undefined {
  const { weight, failureRate } = speed;
  if (weight === 0) return undefined;
  if (speed.isAssumed) return { failureRate, weight };
  return {
    timeToFirstTokenMs: speed.timeToFirstTokenMs,
    timeToFirstTokenP50Ms: speed.p50Ms,
    timeToFirstTokenP90Ms: speed.p90Ms,
    timeToFirstTokenP99Ms: speed.p99Ms,
    tokensPerSecond: speed.tokensPerSecond,
    failureRate,
    weight,
  };
}
