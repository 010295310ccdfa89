import { describe, expect, test } from 'vitest';
import { decodeOperatorModels } from '../../src/catalog/decode-operator-models.ts';
import { priceKeys } from '../../src/catalog/model-prices.ts';
import { parsePrices } from '../../src/catalog/parse-prices.ts';
import { configuredPriceKeys, findPriceProblem } from '../../src/config/find-price-problem.ts';
import { load } from '../config/load-fixture.ts';

function decode(file: string) {
  return decodeOperatorModels(load({ file }).catalog.models.models, '2026-11-23');
}

describe('the models of the configuration', () => {
  test('become models of the catalogue', () => {
    const file = `
catalog:
  models:
    my-vllm/Qwen/Qwen3-32B_fast:
      display_name: Qwen3 32B
      creator: Alibaba
      canonical_name: Qwen3-32B
      aliases: [qwen]
      prices: { input_mtok: 0.1, output_mtok: { base: 0.3, tiers: [{ start: 32000, price: 0.6 }] }, cache_write_1h_mtok: 0.2 }
      context_tokens: 32768
      max_output_tokens: 8192
      input_modalities: [image, text]
      output_modalities: [text]
      capabilities: { function_calling: true, response_schema: false, reasoning: true, web_search: false, prompt_caching: true }
      scores: { intelligence: 41.5, coding: 0, math: 100 }
      release_date: "2025-04-29"
      deprecated: true
`;
    const score = (value: number) => ({ value, source: 'operator', date: '2026-11-23', isEstimated: false });
    expect(decode(file)).toEqual([
      {
        provider: 'my-vllm',
        model: 'Qwen/Qwen3-32B_fast',
        displayName: 'Qwen3 32B',
        creator: 'Alibaba',
        canonicalName: 'qwen3-32b',
        aliases: ['qwen'],
        inputModalities: ['text', 'image'],
        outputModalities: ['text'],
        contextTokens: 32_768,
        maxOutputTokens: 8192,
        capabilities: {
          functionCalling: true,
          responseSchema: false,
          reasoning: true,
          webSearch: false,
          promptCaching: true,
        },
        prices: [
          {
            prices: {
              input_mtok: 0.1,
              output_mtok: { base: 0.3, tiers: [{ start: 32_000, price: 0.6 }] },
              cache_write_1h_mtok: 0.2,
            },
          },
        ],
        scores: { intelligence: score(41.5), coding: score(0), math: score(100) },
        releaseDate: '2025-04-29',
        isDeprecated: true,
        source: 'configuration',
      },
    ]);
  });

  test('say nothing that is not written', () => {
    expect(decode('catalog: { models: { openai/gpt-5: { prices: { input_mtok: 1 } }, "a/b": {} } }')).toEqual([
      { provider: 'openai', model: 'gpt-5', prices: [{ prices: { input_mtok: 1 } }], source: 'configuration' },
      { provider: 'a', model: 'b', source: 'configuration' },
    ]);
    expect(decode('')).toEqual([]);
  });
});

describe('the rules of the configuration for prices', () => {
  test('know what the catalogue knows', () => {
    expect(configuredPriceKeys).toEqual(priceKeys);
  });

  test.each(
    [
      { input_mtok: 1 },
      { input_mtok: { base: 0, tiers: [{ start: 1, price: 0.5 }] } },
      [{ prices: { input_mtok: 1 } }],
      [
        { prices: { input_mtok: 1 } },
        { constraint: { type: 'start_date', start_date: '2026-12-31' }, prices: { input_mtok: 2 } },
        {
          constraint: { type: 'time_of_date', start_time: '16:30:00Z', end_time: '00:30:00Z' },
          prices: { input_mtok: 3 },
        },
      ],
    ].map((value) => ({ value })),
  )('take what the catalogue takes: $value', ({ value: prices }) => {
    expect(findPriceProblem(prices)).toBeUndefined();
    expect(parsePrices(prices)).toHaveProperty('prices');
  });

  const after = { prices: {} };

  test.each(
    [
      1,
      'free',
      null,
      [],
      [1],
      [{}],
      { input: 1 },
      { input_mtok: -1 },
      { input_mtok: Number.NaN },
      { input_mtok: '1' },
      { input_mtok: null },
      { input_mtok: { base: 1, tiers: {} } },
      { input_mtok: { tiers: [{ start: 1, price: 1 }] } },
      { input_mtok: { base: 1, tiers: [{ start: 0, price: 1 }] } },
      { input_mtok: { base: 1, tiers: [{ start: 1.5, price: 1 }] } },
      {
        input_mtok: {
          base: 1,
          tiers: [
            { start: 5, price: 1 },
            { start: 5, price: 1 },
          ],
        },
      },
      { input_mtok: { base: 1, tiers: [{ start: 5, price: 1, more: 1 }] } },
      { input_mtok: { base: 1, tiers: [5] } },
      { input_mtok: { base: 1, tiers: Array.from({ length: 21 }, (_, index) => ({ start: index + 1, price: 1 })) } },
      [{ constraint: { type: 'start_date', start_date: '2026-01-01' }, prices: {} }],
      [after, { constraint: { type: 'start_date', start_date: '2026-02-30' }, prices: {} }],
      [after, { constraint: { type: 'start_date', start_date: 'now' }, prices: {} }],
      [after, { constraint: { type: 'weekend' }, prices: {} }],
      [after, { constraint: null, prices: {} }],
      [after, { constraint: { type: 'time_of_date', start_time: '16:30', end_time: '00:30:00Z' }, prices: {} }],
      [after, { constraint: { type: 'time_of_date', start_time: '01:00:00Z', end_time: '01:00:00Z' }, prices: {} }],
      [after, { prices: {}, more: 1 }],
      Array.from({ length: 101 }, () => after),
    ].map((value) => ({ value })),
  )('refuse what the catalogue refuses: $value', ({ value: prices }) => {
    expect(findPriceProblem(prices)).toMatchObject({ text: expect.stringMatching(/\.$|\?$/) });
    expect(parsePrices(prices)).toHaveProperty('problems');
  });
});
