import { toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ModelSchema } from '../../gen/signalbox/model/v1/model_pb.ts';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { listPrices } from '../../src/catalog/list-prices.ts';
import type { SpeedEstimate } from '../../src/catalog/performance.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { encodeModel } from '../../src/dialects/model-json/encode-model.ts';
import { createModel } from '../../src/wire/create-model.ts';
import { createLiveEntry, flash, measured, unmeasured } from './listed-models.ts';

function encode(model: CatalogModel, speed: SpeedEstimate = unmeasured): JsonObject {
  const prices = model.prices && listPrices(model.prices, 0);
  const message = createModel(createLiveEntry(model), { prices, speed });
  // Every value fits its field.
  toBinary(ModelSchema, message);
  return JSON.parse(JSON.stringify(encodeModel(message)));
}

const plain: CatalogModel = { provider: 'own', model: 'tiny', source: 'configuration' };

describe('a model', () => {
  test('has every key of the reference, with numbers as numbers, and ours beside them', () => {
    const price = { promptToken: 3e-7, completionToken: 2.5e-6, promptCacheReadToken: 3e-8 };
    expect(encode(flash)).toEqual({
      model: 'gemini-2.5-flash',
      provider: 'google-ai-studio',
      modelCreator: 'Google',
      isSupported: true,
      pricing: { ...price, prompt: 3e-7, completion: 2.5e-6, isVariable: false },
      spec: {
        inputModalities: ['text', 'image', 'audio', 'video'],
        outputModalities: ['text'],
        contextLength: 1_048_576,
        maxCompletionTokens: 65_536,
        supportedParameters: ['temperature', 'tools'],
        capabilities: {
          functionCalling: true,
          webSearch: true,
          reasoning: true,
          promptCaching: true,
          responseSchema: true,
          vision: true,
          reasoningCapability: { supported: true, supportedLevels: ['EFFORT_LOW', 'EFFORT_MEDIUM', 'EFFORT_HIGH'] },
        },
        scores: { intelligence: { value: 58.5, source: 'estimate', date: '2026-11-01', estimated: true } },
      },
      displayName: 'Gemini 2.5 Flash',
      canonicalName: 'gemini-2.5-flash',
      releaseDate: '2025-06-17',
      source: 'pi-ai 1.5.2',
      isDeprecated: false,
    });
  });

  test('that nothing is known of has nothing that is a guess', () => {
    expect(encode(plain)).toEqual({
      model: 'tiny',
      provider: 'own',
      isSupported: true,
      canonicalName: 'tiny',
      source: 'configuration',
      isDeprecated: false,
    });
  });

  test('that is known not to do something says so', () => {
    const capabilities = { functionCalling: false, reasoning: false };
    expect(encode({ ...plain, inputModalities: ['text'], capabilities })['spec']).toEqual({
      inputModalities: ['text'],
      capabilities: {
        functionCalling: false,
        reasoning: false,
        vision: false,
        reasoningCapability: { supported: false },
      },
    });
  });

  test('that costs nothing says so, and one with tiers says that there are other prices', () => {
    expect(encode({ ...plain, prices: [{ prices: { input_mtok: 0, output_mtok: 0 } }] })['pricing']).toEqual({
      promptToken: 0,
      completionToken: 0,
      prompt: 0,
      completion: 0,
      isVariable: false,
    });
    const tiered = { base: 1.25, tiers: [{ start: 200_000, price: 2.5 }] };
    expect(encode({ ...plain, prices: [{ prices: { input_mtok: tiered } }] })['pricing']).toEqual({
      promptToken: 1.25e-6,
      prompt: 1.25e-6,
      isVariable: true,
    });
  });

  test('has the speed that was measured, and none that is assumed', () => {
    expect(encode(plain, measured)['spec']).toEqual({
      performance: {
        timeToFirstTokenMs: 412.5,
        timeToFirstTokenP50Ms: 400,
        timeToFirstTokenP90Ms: 700,
        tokensPerSecond: 120,
        failureRate: 0.01,
        weight: 37.5,
      },
    });
    const failing = { ...measured, isAssumed: true, failureRate: 1, weight: 0.5 };
    expect(encode(plain, failing)['spec']).toEqual({ performance: { failureRate: 1, weight: 0.5 } });
  });

  test('whose context is larger than a field holds has the most that it holds', () => {
    expect(encode({ ...plain, contextTokens: 1e12, maxOutputTokens: 10.5 })['spec']).toEqual({
      contextLength: 2 ** 31 - 1,
      maxCompletionTokens: 10,
    });
  });
});
