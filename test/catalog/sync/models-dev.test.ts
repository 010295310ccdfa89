import { describe, expect, test } from 'vitest';
import { SourceFormatError } from '../../../src/catalog/sync/catalog-source.ts';
import { modelsDev } from '../../../src/catalog/sync/models-dev/index.ts';
import { decodeFile, today } from './source-files.ts';

/** The models of a provider with one row. */
function decodeRow(row: unknown, provider = 'p') {
  return modelsDev.decode(JSON.stringify({ [provider]: { models: { m: row } } }), today);
}

describe('models.dev', () => {
  const { byId, warnings, scores } = decodeFile(modelsDev);

  test('gives what it says of a model', () => {
    expect(byId.get('openai/gpt-5.4')).toEqual({
      provider: 'openai',
      model: 'gpt-5.4',
      displayName: 'GPT-5.4',
      inputModalities: ['text', 'image', 'file'],
      outputModalities: ['text'],
      contextTokens: 1_050_000,
      maxOutputTokens: 128_000,
      capabilities: {
        functionCalling: true,
        responseSchema: true,
        reasoning: true,
        reasoningEfforts: ['none', 'low', 'medium', 'high', 'xhigh'],
        promptCaching: true,
      },
      prices: [
        {
          prices: {
            input_mtok: { base: 2.5, tiers: [{ start: 272_000, price: 5 }] },
            output_mtok: { base: 15, tiers: [{ start: 272_000, price: 22.5 }] },
            cache_read_mtok: { base: 0.25, tiers: [{ start: 272_000, price: 0.5 }] },
          },
        },
      ],
      releaseDate: '2026-03-05',
      source: 'models.dev 2026-11-23',
    });
    expect(scores).toEqual([]);
  });

  test('takes the prices of long prompts from context_over_200k where there are no tiers', () => {
    expect(byId.get('google-ai-studio/gemini-2.5-pro')?.prices).toEqual([
      {
        prices: {
          input_mtok: { base: 1.25, tiers: [{ start: 200_000, price: 2.5 }] },
          output_mtok: { base: 10, tiers: [{ start: 200_000, price: 15 }] },
          cache_read_mtok: { base: 0.31, tiers: [{ start: 200_000, price: 0.625 }] },
        },
      },
    ]);
  });

  test('calls providers as this server does, and leaves those it does not know their names', () => {
    expect([...byId.keys()]).toEqual([
      'openai/gpt-5.4',
      'google-ai-studio/gemini-2.5-pro',
      'together/meta-llama/Llama-3.3-70B-Instruct-Turbo',
      'brand-new/novel-1',
      'brand-new/odd',
    ]);
    for (const [theirs, ours] of [
      ['amazon-bedrock', 'bedrock'],
      ['fireworks-ai', 'fireworks'],
      ['google-vertex-anthropic', 'google-vertex'],
      ['moonshotai', 'moonshot'],
      ['xai', 'xai'],
      ['zai', 'zai'],
    ] as const) {
      expect(decodeRow({}, theirs).models[0]?.provider).toBe(ours);
    }
  });

  test('takes zero as not known, for a number of tokens and for a price of all of them, unless the name says free', () => {
    // Subscriptions and trials are listed so. Taken for a price it would put the model before all others.
    expect(byId.get('brand-new/novel-1')).toBeDefined();
    expect(byId.get('brand-new/novel-1')).not.toHaveProperty('prices');
    const cost = { input: 0, output: 0 };
    const models = { 'novel-1-free': { modalities: { input: ['text'], output: ['text'] }, cost } };
    const { models: found } = modelsDev.decode(JSON.stringify({ 'brand-new': { models } }), today);
    expect(found[0]?.prices).toEqual([{ prices: { input_mtok: 0, output_mtok: 0 } }]);
    const llama = byId.get('together/meta-llama/Llama-3.3-70B-Instruct-Turbo');
    expect(llama).not.toHaveProperty('maxOutputTokens');
    expect(llama).toMatchObject({ isDeprecated: true, contextTokens: 131_072 });
  });

  test('takes no day from a month', () => {
    expect(byId.get('google-ai-studio/gemini-2.5-pro')).not.toHaveProperty('releaseDate');
  });

  test('leaves out rows with wrong prices or names, and fields of wrong types, and tells it', () => {
    expect(warnings).toEqual([
      'brand-new/negative is left out: cost.input is no price.',
      'brand-new/odd: limit.context is no whole number, and is not taken.',
      'brand-new/odd: tool_call is neither true nor false, and is not taken.',
      'brand-new/with space is left out: no model can have this name.',
      'brand-new/nothing is left out: it is no object.',
    ]);
    expect(byId.get('brand-new/odd')).toEqual({
      provider: 'brand-new',
      model: 'odd',
      displayName: 'Odd',
      inputModalities: ['text'],
      outputModalities: ['text'],
      maxOutputTokens: 1000,
      source: 'models.dev 2026-11-23',
    });
  });

  test('leaves out, without a word, what is no chat', () => {
    expect(decodeRow({ modalities: { input: ['audio'], output: ['text'] } })).toMatchObject({
      models: [],
      warnings: [],
    });
    expect(decodeRow({ modalities: { input: ['text'], output: [] } })).toMatchObject({ models: [], warnings: [] });
    expect(byId.has('openai/text-embedding-3-small')).toBe(false);
  });

  test.each(['', '[]', 'null', '{"a":1}', '{', '<html>'])('is not %j', (text) => {
    expect(() => modelsDev.decode(text, today)).toThrow(SourceFormatError);
  });

  test('tells the first of very many warnings, and counts the others', () => {
    const models = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`m${index}`, 1]));
    const decoded = modelsDev.decode(JSON.stringify({ p: { models } }), today);
    expect(decoded.warnings).toHaveLength(51);
    expect(decoded.warnings.at(-1)).toBe('450 more are not shown.');
  });

  test('is not misled by names that objects have anyway', () => {
    const text = `{"__proto__": {"models": {"__proto__": {"limit": {"context": 5}}, "constructor": {"name": "C"}}}, "p": {"models": {"__proto__": {"name": "P"}}}}`;
    const decoded = modelsDev.decode(text, today);
    expect(decoded.models.map(({ provider, model }) => `${provider}/${model}`)).toEqual(['p/__proto__']);
    expect(Object.prototype).not.toHaveProperty('limit');
    expect(decodeRow({}, 'toString').warnings).toEqual(['toString/m is left out: no provider can have this name.']);
  });

  test('shows nothing that would disguise a warning', () => {
    const name = `a\u202e\n${'x'.repeat(300)}`;
    const [warning = ''] = decodeRow({}, name).warnings;
    expect(warning).toMatch(/^a\?\?x+… is left out: no provider can have this name\.$/);
    expect(warning.length).toBeLessThan(200);
  });
});
