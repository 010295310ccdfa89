import { describe, expect, test } from 'vitest';
import { SourceFormatError } from '../../../src/catalog/sync/catalog-source.ts';
import { litellm } from '../../../src/catalog/sync/litellm/index.ts';
import { parseLitellmName } from '../../../src/catalog/sync/litellm/parse-name.ts';
import { decodeFile, today } from './source-files.ts';

describe('litellm', () => {
  const { byId, warnings } = decodeFile(litellm);

  test('gives what it says of a model, per million tokens', () => {
    expect(byId.get('anthropic/claude-sonnet-4-5')).toEqual({
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      inputModalities: ['text', 'image', 'file'],
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      capabilities: {
        functionCalling: true,
        responseSchema: true,
        reasoning: true,
        webSearch: true,
        promptCaching: true,
      },
      prices: [
        {
          prices: {
            input_mtok: { base: 3, tiers: [{ start: 200_000, price: 6 }] },
            output_mtok: { base: 15, tiers: [{ start: 200_000, price: 22.5 }] },
            cache_read_mtok: { base: 0.3, tiers: [{ start: 200_000, price: 0.6 }] },
            cache_write_mtok: { base: 3.75, tiers: [{ start: 200_000, price: 7.5 }] },
            cache_write_1h_mtok: { base: 6, tiers: [{ start: 200_000, price: 12 }] },
            web_searches_kcount: 10,
          },
        },
      ],
      source: 'litellm 2026-11-23',
    });
  });

  test('takes no prices of batches and of priority', () => {
    expect(byId.get('google-ai-studio/gemini-2.5-flash-lite')?.prices).toEqual([
      {
        prices: {
          input_mtok: 0.1,
          output_mtok: 0.4,
          cache_read_mtok: 0.01,
          input_audio_mtok: 0.3,
          output_reasoning_mtok: 0.4,
        },
      },
    ]);
  });

  test('makes tiers of ranges', () => {
    expect(byId.get('alibaba/qwen3-max')?.prices?.[0]?.prices.output_mtok).toEqual({
      base: 6,
      tiers: [
        { start: 32_000, price: 12 },
        { start: 128_000, price: 15 },
      ],
    });
  });

  test('calls a model deprecated when its end is near or past', () => {
    expect(byId.get('cerebras/zai-glm-4.6')).toMatchObject({ isDeprecated: true });
    const decode = (date: string) =>
      litellm.decode(JSON.stringify({ m: { litellm_provider: 'openai', mode: 'chat', deprecation_date: date } }), today)
        .models[0];
    expect(decode('2027-01-31')).toMatchObject({ isDeprecated: true });
    expect(decode('2028-01-31')).not.toHaveProperty('isDeprecated');
  });

  test('leaves out what is no chat without a word, and tells what is wrong', () => {
    expect([...byId.keys()]).toEqual([
      'anthropic/claude-sonnet-4-5',
      'google-ai-studio/gemini-2.5-flash-lite',
      'google-vertex/gemini-2.5-pro',
      'alibaba/qwen3-max',
      'cerebras/zai-glm-4.6',
      'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
    ]);
    expect(warnings).toEqual([
      'broken/negative is left out: input_cost_per_token is no price.',
      'broken/text is left out: input_cost_per_token is no price.',
      'broken/no-mode is left out: it does not say its mode.',
      'broken/no-provider is left out: it names no provider.',
    ]);
  });

  test.each(['', '[]', '{}', '{"sample_spec":{}}', '{"a":{"mode":"chat"}}', '{"a":{"price":NaN}}'])(
    'is not %j',
    (text) => {
      expect(() => litellm.decode(text, today)).toThrow(SourceFormatError);
    },
  );
});

describe('the names of litellm', () => {
  test.each([
    ['gpt-5', 'openai', 'openai/gpt-5'],
    ['azure/gpt-5', 'azure', 'azure/gpt-5'],
    ['azure/eu/gpt-5', 'azure', undefined],
    ['fireworks_ai/accounts/fireworks/models/kimi-k2', 'fireworks_ai', 'fireworks/accounts/fireworks/models/kimi-k2'],
    ['together_ai/meta-llama/Llama-3', 'together_ai', 'together/meta-llama/Llama-3'],
    ['vertex_ai/claude-sonnet-4-5@20250929', 'vertex_ai-anthropic_models', 'google-vertex/claude-sonnet-4-5@20250929'],
    ['command-r-plus', 'cohere_chat', 'cohere/command-r-plus'],
    ['openrouter/anthropic/claude-opus-4', 'openrouter', 'openrouter/anthropic/claude-opus-4'],
    ['anthropic.claude-3-haiku-20240307-v1:0', 'bedrock', 'bedrock/anthropic.claude-3-haiku-20240307-v1:0'],
    ['bedrock/us-gov-west-1/amazon.nova-pro-v1:0', 'bedrock', undefined],
    ['moonshot/kimi-k2.5', 'moonshot', 'moonshot/kimi-k2.5'],
    ['zai/glm-4.6', 'zai', 'zai/glm-4.6'],
    ['sambanova/DeepSeek-R1', 'sambanova', 'sambanova/DeepSeek-R1'],
    ['constructor', 'constructor', 'constructor/constructor'],
  ])('%s of %s is %s', (key, owner, id) => {
    const name = parseLitellmName(key, owner);
    expect(name && `${name.provider}/${name.model}`).toBe(id);
  });
});
