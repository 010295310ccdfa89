import { describe, expect, it } from 'vitest';
import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import { loadShippedCatalog, parseShippedCatalog } from '../../src/catalog/load-shipped-catalog.ts';
import type { CatalogFile } from '../../src/catalog/shipped-file.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { sandboxModels } from '../../src/providers/sandbox/sandbox-models.ts';

const shipped = loadShippedCatalog();

function parse(change: { readonly row?: object; readonly file?: object }) {
  const file: CatalogFile = {
    sources: ['somewhere 1.0.0', 'elsewhere 2.0.0'],
    providers: { fake: { name: 'Fake', supportedParameters: ['max_tokens', 'reasoning_effort', 'tools'] } },
    models: { fake: [{ model: 'plain', sources: [0, 1], ...change.row }] },
  };
  return parseShippedCatalog(JSON.stringify({ ...file, ...change.file }));
}

describe('loadShippedCatalog', () => {
  it('has at least 25 providers and 1,000 models', () => {
    expect(shipped.providers.length).toBeGreaterThanOrEqual(25);
    expect(shipped.models.length).toBeGreaterThanOrEqual(1_000);
  });

  it('has each model once, by provider in the order of the providers', () => {
    const ids = shipped.models.map(({ provider, model }) => `${provider}/${model}`);
    expect(new Set(ids).size).toBe(ids.length);
    const order = [...new Set(shipped.models.map(({ provider }) => provider))];
    expect(order).toEqual(shipped.providers.map(({ id }) => id));
  });

  it('has prices that are amounts of money, and limits that can be', () => {
    for (const { provider, model, contextTokens, maxOutputTokens, prices = [] } of shipped.models) {
      const id = `${provider}/${model}`;
      if (maxOutputTokens !== undefined) expect(maxOutputTokens, id).toBeLessThanOrEqual(contextTokens ?? 0);
      expect(prices[0]?.constraint, id).toBeUndefined();
      for (const { prices: table } of prices) {
        expect(table, id).toHaveProperty('input_mtok');
        for (const price of Object.values(table)) {
          const amounts = typeof price === 'number' ? [price] : [price.base, ...price.tiers.map((tier) => tier.price)];
          // No provider asks for more than 600 USD for a million tokens.
          for (const amount of amounts) expect(amount >= 0 && amount <= 600, `${id} ${amount}`).toBe(true);
        }
      }
    }
  });

  it('has no model that a bare name cannot tell from another of its provider', () => {
    const keys = shipped.models.map(({ provider, model, canonicalName, snapshot }) => {
      return `${provider}: ${canonicalName ?? canonicaliseModelName(model).name}@${snapshot ?? ''}`;
    });
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it('knows where a provider answers that is no kind, and of kinds only what the registry does not', () => {
    const kinds = new Set(providerKinds.map(({ kind }) => kind));
    const ofKinds = shipped.providers.filter(({ id }) => kinds.has(id));
    expect(ofKinds.filter(({ baseUrl }) => baseUrl !== undefined)).toEqual([]);
    const unknown = shipped.providers.filter(({ id, baseUrl }) => !kinds.has(id) && baseUrl === undefined);
    expect(unknown.map(({ id }) => id)).toEqual(['arcee']);
  });

  it('has models of the sandbox that are there, and of no other provider as tests', () => {
    const tests = shipped.models.filter(({ isTest }) => isTest === true);
    expect(tests.map(({ provider }) => provider)).toEqual(tests.map(() => 'sandbox'));
    expect(tests.length).toBeGreaterThan(5);
    expect(tests.filter(({ model }) => !sandboxModels.has(model))).toEqual([]);
  });

  it("knows which DeepSeek Bedrock's name without a minor version is", () => {
    const row = shipped.models.find(({ provider, model }) => provider === 'bedrock' && model === 'deepseek.v3-v1:0');
    expect(row).toMatchObject({ displayName: 'DeepSeek-V3.1', canonicalName: 'deepseek-v3.1' });
  });

  it('tells one model at several providers', () => {
    const providers = shipped.models
      .filter(({ model, canonicalName }) => (canonicalName ?? canonicaliseModelName(model).name) === 'gpt-oss-120b')
      .map(({ provider }) => provider);
    expect(providers).toEqual(
      expect.arrayContaining(['bedrock', 'groq', 'openrouter', 'together', 'cerebras', 'huggingface']),
    );
  });

  it.each([
    [
      'openai',
      'gpt-4o',
      { contextTokens: 128_000, maxOutputTokens: 16_384, creator: 'OpenAI', releaseDate: '2024-05-13' },
    ],
    // pi-ai has 272,000: what costs less.
    ['openai', 'gpt-5.4', { contextTokens: 1_050_000 }],
    [
      'bedrock',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { snapshot: '20250929', canonicalName: 'us.claude-sonnet-4.5' },
    ],
    ['openrouter', 'openrouter/auto', { prices: undefined }],
  ])('has %s/%s', (provider, model, expected) => {
    const found = shipped.models.find((row) => row.provider === provider && row.model === model);
    expect({ prices: undefined, ...found }).toMatchObject(expected);
  });

  it('gives what nobody can change', () => {
    expect(Object.isFrozen(shipped.models)).toBe(true);
    expect(Object.isFrozen(shipped.providers)).toBe(true);
    expect(shipped.models.every((model) => Object.isFrozen(model))).toBe(true);
  });
});

describe('parseShippedCatalog', () => {
  it('derives what the file does not say', () => {
    expect(parse({}).models).toEqual([
      {
        provider: 'fake',
        model: 'plain',
        supportedParameters: ['max_tokens', 'reasoning_effort', 'tools'],
        source: 'somewhere 1.0.0, elsewhere 2.0.0',
      },
    ]);
  });

  it('leaves out parameters for what a model is known not to do', () => {
    const [model] = parse({ row: { capabilities: { functionCalling: false, reasoning: false } } }).models;
    expect(model?.supportedParameters).toEqual(['max_tokens']);
  });

  it('takes the parameters of a row before those of its provider', () => {
    const [model] = parse({ row: { supportedParameters: ['stop'] } }).models;
    expect(model?.supportedParameters).toEqual(['stop']);
  });

  it.each([
    ['a price below 0', { row: { prices: [{ prices: { input_mtok: -1 } }] } }, /"fake\/plain" has a price/],
    ['a price of another name', { row: { prices: [{ prices: { inputs: 1 } }] } }, /"fake\/plain" has a price/],
    ['half a token', { row: { contextTokens: 0.5 } }, /"contextTokens" that is not a whole number above 0/],
    [
      'a modality of its own',
      { row: { inputModalities: ['smell'] } },
      /"inputModalities" that is not a list of text, image/,
    ],
    [
      'a capability that is no flag',
      { row: { capabilities: { reasoning: 'yes' } } },
      /"reasoning" that is not true or false/,
    ],
    ['an unknown field', { row: { colour: 'red' } }, /a field "colour"/],
    ['a source that is not listed', { row: { sources: [2] } }, /does not say where it comes from/],
    ['a row without a model', { row: { model: '' } }, /a row of "fake" has no model/],
    ['a date that is none', { row: { releaseDate: 'May' } }, /"releaseDate"/],
    ['models of no provider', { file: { models: { fake: [], other: [] } } }, /models of "other"/],
    ['no models', { file: { models: [] } }, /has no "models"/],
    ['a provider without models', { file: { models: {} } }, /"fake" has no list of models/],
  ])('refuses %s', (_what, change, message) => {
    expect(() => parse(change)).toThrow(message);
  });

  it('refuses what is no JSON', () => {
    expect(() => parseShippedCatalog('{')).toThrow(SyntaxError);
  });
});
