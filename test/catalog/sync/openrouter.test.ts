import { describe, expect, test } from 'vitest';
import { SourceFormatError } from '../../../src/catalog/sync/catalog-source.ts';
import { openrouter } from '../../../src/catalog/sync/openrouter/index.ts';
import { decodeFile, today } from './source-files.ts';

function pricesOf(pricing: unknown) {
  const { models, warnings } = openrouter.decode(JSON.stringify({ data: [{ id: 'a/b', pricing }] }), today);
  return { prices: models[0]?.prices?.[0]?.prices, warnings };
}

describe('openrouter', () => {
  const { byId, warnings, nextPage } = decodeFile(openrouter);

  test('gives what it says of a model, per million tokens', () => {
    expect(byId.get('openrouter/anthropic/claude-sonnet-4.5')).toEqual({
      provider: 'openrouter',
      model: 'anthropic/claude-sonnet-4.5',
      displayName: 'Claude Sonnet 4.5',
      creator: 'Anthropic',
      inputModalities: ['text', 'image', 'file'],
      outputModalities: ['text'],
      contextTokens: 1_000_000,
      maxOutputTokens: 64_000,
      supportedParameters: ['max_tokens', 'reasoning', 'response_format', 'tool_choice', 'tools'],
      capabilities: {
        functionCalling: true,
        responseSchema: true,
        reasoning: true,
        reasoningEfforts: ['low', 'medium', 'high'],
        promptCaching: true,
      },
      prices: [
        {
          prices: {
            input_mtok: { base: 3, tiers: [{ start: 200_000, price: 6 }] },
            output_mtok: { base: 15, tiers: [{ start: 200_000, price: 22.5 }] },
            cache_read_mtok: 0.3,
            cache_write_mtok: 3.75,
            cache_write_1h_mtok: 6,
            web_searches_kcount: 10,
          },
        },
      ],
      source: 'openrouter 2026-11-23',
    });
  });

  test('has no prices, and no capabilities, for a model that passes on to others', () => {
    expect(byId.get('openrouter/openrouter/auto')).toEqual({
      provider: 'openrouter',
      model: 'openrouter/auto',
      displayName: 'Auto Router',
      inputModalities: ['text', 'image'],
      outputModalities: ['text'],
      contextTokens: 2_000_000,
      source: 'openrouter 2026-11-23',
    });
  });

  test('takes "0" as free where the name says it, and as no price for what few models have one for', () => {
    expect(byId.get('openrouter/openai/gpt-oss-20b:free')?.prices).toEqual([
      { prices: { input_mtok: 0, output_mtok: 0 } },
    ]);
    expect(pricesOf({ prompt: '0', completion: '0' })).toEqual({ prices: undefined, warnings: [] });
    const nothing = { internal_reasoning: '0', request: '0', web_search: '0' };
    expect(pricesOf({ prompt: '0', completion: '1e-6', ...nothing })).toEqual({
      prices: { input_mtok: 0, output_mtok: 1 },
      warnings: [],
    });
  });

  test.each([
    ['1e-7', 0.1],
    ['0.000003', 3],
    ['3E-06', 3],
    [0.000002, 2],
  ])('reads the price %j', (prompt, expected) => {
    expect(pricesOf({ prompt }).prices).toEqual({ input_mtok: expected });
  });

  test.each(['', ' ', 'NaN', 'Infinity', '-2', '0x10', '1,5', true, {}, []])(
    'leaves out a row with the price %j',
    (prompt) => {
      expect(pricesOf({ prompt })).toEqual({
        prices: undefined,
        warnings: ['openrouter/a/b is left out: pricing.prompt is no price.'],
      });
    },
  );

  test('tells what is wrong, and leaves out what is no chat without a word', () => {
    expect(byId.has('openrouter/some/embedder')).toBe(false);
    expect(warnings).toEqual([
      'openrouter/bad/price is left out: pricing.prompt is no price.',
      'openrouter/bad/negative is left out: pricing.prompt is no price.',
      'data[6] is left out: it has no id.',
    ]);
  });

  test('takes no prices that hold for other cases than long prompts', () => {
    const overrides = [
      { min_prompt_tokens: 1000, time_of_day: 'night', prompt: '0.00001' },
      { min_prompt_tokens: 2000, prompt: '0.000005' },
    ];
    expect(pricesOf({ prompt: '0.000001', overrides }).prices).toEqual({
      input_mtok: { base: 1, tiers: [{ start: 2000, price: 5 }] },
    });
  });

  test('says where the list goes on', () => {
    expect(nextPage).toBeUndefined();
    const links = { next: '/api/v1/models?offset=500' };
    expect(openrouter.decode(JSON.stringify({ data: [], links }), today).nextPage).toBe(links.next);
    expect(openrouter.decode(JSON.stringify({ data: [], links: { next: null } }), today)).not.toHaveProperty(
      'nextPage',
    );
  });

  test.each(['', '[]', '{}', '{"data":{}}'])('is not %j', (text) => {
    expect(() => openrouter.decode(text, today)).toThrow(SourceFormatError);
  });
});
