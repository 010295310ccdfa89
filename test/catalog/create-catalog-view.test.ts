import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import type { CatalogProvider } from '../../src/catalog/catalog-provider.ts';
import type { CatalogView } from '../../src/catalog/catalog-view.ts';
import type { CatalogSources } from '../../src/catalog/collect-entries.ts';
import { createCatalogView } from '../../src/catalog/create-catalog-view.ts';

function row(provider: string, model: string, rest: Partial<CatalogModel> = {}): CatalogModel {
  return { provider, model, source: 'shipped', ...rest };
}

function provider(id: string, rest: Partial<CatalogProvider> = {}): CatalogProvider {
  return { id, kind: id, isLive: true, aliases: [], ...rest };
}

function view(sources: Partial<CatalogSources>): CatalogView {
  return createCatalogView({ shipped: [], synced: [], operator: [], providers: [], ...sources });
}

function idsOf(entries: readonly { readonly id: string }[]): string[] {
  return entries.map(({ id }) => id);
}

describe('the models of a provider', () => {
  test('are listed by provider in the order given, then by name, and those of other providers last', () => {
    const shipped = [row('zeta', 'a'), row('alpha', 'b'), row('openai', 'b'), row('openai', 'a'), row('groq', 'c')];
    const { entries } = view({ shipped, providers: [provider('openai'), provider('groq', { isLive: false })] });
    expect(entries.map(({ id, isLive }) => [id, isLive])).toEqual([
      ['openai/a', true],
      ['openai/b', true],
      ['groq/c', false],
      ['alpha/b', false],
      ['zeta/a', false],
    ]);
  });

  test('are those of its kind, for each provider of the kind', () => {
    const providers = [provider('azure-eu', { kind: 'azure' }), provider('azure-us', { kind: 'azure', isLive: false })];
    const { entries, listProvider } = boundView({ shipped: [row('azure', 'gpt-4o')], providers });
    expect(idsOf(entries)).toEqual(['azure-eu/gpt-4o', 'azure-us/gpt-4o']);
    expect(entries.map(({ providerId, isLive, model }) => [providerId, isLive, model.provider])).toEqual([
      ['azure-eu', true, 'azure'],
      ['azure-us', false, 'azure'],
    ]);
    expect(listProvider('azure')).toEqual([]);
  });

  test('are those under its id before those of its kind', () => {
    const shipped = [
      row('azure', 'm', { contextTokens: 1, maxOutputTokens: 2 }),
      row('mine', 'm', { contextTokens: 3 }),
    ];
    const { get } = boundView({ shipped, providers: [provider('mine', { kind: 'azure' })] });
    expect(get('mine/m')?.model).toMatchObject({ contextTokens: 3, maxOutputTokens: 2 });
  });

  test('are only its own when its kind says nothing', () => {
    const shipped = [row('openai-compatible', 'm'), row('mine', 'n')];
    const { entries } = view({ shipped, providers: [provider('mine', { kind: 'openai-compatible' })] });
    expect(idsOf(entries)).toEqual(['mine/n', 'openai-compatible/m']);
  });

  test('may be written under an alias of it', () => {
    const operator = [row('google', 'm', { contextTokens: 5 })];
    const { get } = boundView({ operator, providers: [provider('google-ai-studio', { aliases: ['google'] })] });
    expect(get('google-ai-studio/m')?.model.contextTokens).toBe(5);
  });
});

/** A view whose operations can be taken out of it. */
function boundView(sources: Partial<CatalogSources>): CatalogView {
  const made = view(sources);
  return {
    entries: made.entries,
    get: (id) => made.get(id),
    listProvider: (id) => made.listProvider(id),
    findByName: (name) => made.findByName(name),
    suggest: (name) => made.suggest(name),
  };
}

describe('what sources say together', () => {
  const prices = (price: number) => [{ prices: { input_mtok: price } }];

  test('is decided by the operator, then the newest sync, then what was shipped', () => {
    const shipped = [row('p', 'm', { contextTokens: 1, maxOutputTokens: 1, creator: 'a', displayName: 'a' })];
    const synced = [
      [row('p', 'm', { contextTokens: 2, maxOutputTokens: 2, creator: 'b', source: 'old sync' })],
      [row('p', 'm', { contextTokens: 3, maxOutputTokens: 3, source: 'new sync' })],
    ];
    const operator = [row('p', 'm', { contextTokens: 4, source: 'configuration' })];
    const { model } = boundView({ shipped, synced, operator, providers: [provider('p')] }).get('p/m') ?? {};
    expect(model).toMatchObject({ contextTokens: 4, maxOutputTokens: 3, creator: 'b', displayName: 'a' });
    expect(model?.source).toBe('configuration, new sync, old sync, shipped');
  });

  test('names only sources that something is from', () => {
    const shipped = [row('p', 'm', { contextTokens: 1, capabilities: { reasoning: true } })];
    const operator = [row('p', 'm', { contextTokens: 2, capabilities: { reasoning: false }, source: 'configuration' })];
    expect(view({ shipped, operator }).get('p/m')?.model.source).toBe('configuration');
    expect(view({ shipped }).get('p/m')?.model.source).toBe('shipped');
  });

  test('joins capabilities and scores part by part, and takes prices whole', () => {
    const score = (value: number) => ({ value, source: 's', date: '2026-01-01', isEstimated: false });
    const shipped = [
      row('p', 'm', {
        capabilities: { reasoning: true, functionCalling: true },
        scores: { math: score(1), coding: score(2) },
        prices: [{ prices: { input_mtok: 1, output_mtok: 2 } }],
      }),
    ];
    const operator = [
      row('p', 'm', { capabilities: { reasoning: false }, scores: { math: score(3) }, prices: prices(9) }),
    ];
    const entry = view({ shipped, operator }).get('p/m');
    expect(entry?.model.capabilities).toEqual({ reasoning: false, functionCalling: true });
    expect(entry?.model.scores).toEqual({ math: score(3), coding: score(2) });
    expect(entry?.model.prices).toEqual(prices(9));
    expect(entry?.hasOperatorPrices).toBe(true);
    expect(view({ shipped }).get('p/m')?.hasOperatorPrices).toBeUndefined();
  });

  test('has the canonical name and the date that the name tells, unless a row says them', () => {
    const shipped = [
      row('p', 'gpt-4o-2024-08-06'),
      row('p', 'own', { canonicalName: 'Qwen3-32B', snapshot: '20250101' }),
    ];
    const { entries } = view({ shipped });
    expect(entries.map(({ canonicalName, model }) => [canonicalName, model.snapshot])).toEqual([
      ['gpt-4o', '20240806'],
      ['qwen3-32b', '20250101'],
    ]);
  });

  test('is filled with estimated scores where there are none', () => {
    const measured = { value: 90, source: 'epoch', date: '2026-01-01', isEstimated: false };
    const estimated = { value: 50, source: 'estimate', date: '2026-01-01', isEstimated: true };
    const shipped = [row('p', 'a', { scores: { math: measured } }), row('q', 'a'), row('p', 'b')];
    const { get } = boundView({
      shipped,
      estimateScores: (models, canonicalName) => {
        expect(models.map(canonicalName)).toEqual(['a', 'b', 'a']);
        const scores = { intelligence: estimated, coding: estimated, math: estimated };
        return new Map(models.filter((model) => canonicalName(model) === 'a').map((model) => [model, scores]));
      },
    });
    expect(get('p/a')?.model.scores).toEqual({ intelligence: estimated, coding: estimated, math: measured });
    expect(get('q/a')?.model.scores?.math).toEqual(estimated);
    expect(get('p/b')?.model.scores).toBeUndefined();
  });
});

describe('get', () => {
  const shipped = [
    row('google-ai-studio', 'gemini-2.5-pro', { aliases: ['gemini-pro'] }),
    row('google-ai-studio', 'gemini-pro-latest', { aliases: ['gemini-2.5-pro'] }),
    row('openrouter', 'google/gemini-2.5-pro'),
  ];
  const providers = [provider('google-ai-studio', { aliases: ['google', 'openrouter'] }), provider('openrouter')];
  const { get } = boundView({ shipped, providers });

  test.each([
    ['google-ai-studio/gemini-2.5-pro', 'google-ai-studio/gemini-2.5-pro'],
    ['google/gemini-2.5-pro', 'google-ai-studio/gemini-2.5-pro'],
    ['google/gemini-pro', 'google-ai-studio/gemini-2.5-pro'],
    ['openrouter/google/gemini-2.5-pro', 'openrouter/google/gemini-2.5-pro'],
  ])('%s', (name, id) => {
    expect(get(name)?.id).toBe(id);
  });

  test.each(['gemini-2.5-pro', 'google/', '/gemini-2.5-pro', 'nobody/gemini-2.5-pro', 'google/Gemini-2.5-pro', ''])(
    'finds nothing for %j',
    (name) => {
      expect(get(name)).toBeUndefined();
    },
  );
});

describe('findByName', () => {
  const find = (name: string, shipped: readonly CatalogModel[], providers: readonly CatalogProvider[] = []) =>
    idsOf(view({ shipped, providers }).findByName(name));

  test('finds a model under the names that its providers have for it, in their order', () => {
    const shipped = [
      row('a', 'openai/gpt-oss-120b'),
      row('b', 'gpt-oss-120b'),
      row('c', 'openai.gpt-oss-120b-1:0'),
      row('c', 'gpt-oss-20b'),
    ];
    expect(find('gpt-oss-120b', shipped, [provider('c'), provider('a')])).toEqual([
      'c/openai.gpt-oss-120b-1:0',
      'a/openai/gpt-oss-120b',
      'b/gpt-oss-120b',
    ]);
  });

  test('takes the very name before another version, and an alias like a name', () => {
    expect(find('m-2025-01-02', [row('p', 'm-2025-01-02'), row('p', 'm')])).toEqual(['p/m-2025-01-02']);
    const aliased = [row('p', 'm-20250101', { aliases: ['m'] }), row('p', 'm-20250601')];
    expect(find('m', aliased)).toEqual(['p/m-20250101']);
    expect(find('m', [...aliased, row('p', 'm')])).toEqual(['p/m']);
  });

  test('takes the undated version, or else the latest', () => {
    expect(find('M', [row('p', 'm-20250601'), row('p', 'm'), row('p', 'm-20250101')])).toEqual(['p/m']);
    expect(find('m', [row('p', 'm-20250101'), row('p', 'm-20250601'), row('q', 'm-0301')])).toEqual([
      'p/m-20250601',
      'q/m-0301',
    ]);
    const sameDay = [
      row('p', 'm-0301', { releaseDate: '2024-03-01' }),
      row('p', 'm-0115', { releaseDate: '2025-01-15' }),
    ];
    expect(find('m', sameDay)).toEqual(['p/m-0115']);
  });

  test('takes a version that the provider will switch off last', () => {
    expect(find('m', [row('p', 'm-20250601', { isDeprecated: true }), row('p', 'm-20250101')])).toEqual([
      'p/m-20250101',
    ]);
    expect(find('m', [row('p', 'm-20250601', { isDeprecated: true })])).toEqual(['p/m-20250601']);
  });

  test('takes only the dated version that is named', () => {
    const shipped = [row('a', 'm-2025-06-01'), row('b', 'm-20250601'), row('c', 'm'), row('d', 'm-20250101')];
    expect(find('m-2025-06-01', shipped)).toEqual(['a/m-2025-06-01', 'b/m-20250601']);
    expect(find('m-0601', shipped)).toEqual(['a/m-2025-06-01', 'b/m-20250601']);
  });

  test('takes test models only by their very names', () => {
    const shipped = [row('p', 'org/m', { isTest: true }), row('q', 'org/m')];
    expect(find('m', shipped)).toEqual(['q/org/m']);
    expect(find('org/m', shipped)).toEqual(['p/org/m', 'q/org/m']);
    expect(find('echo', [row('p', 'echo', { isTest: true, canonicalName: 'm' }), row('q', 'm')])).toEqual(['p/echo']);
  });

  test("follows a name that is one provider's own to the same model elsewhere", () => {
    const shipped = [
      row('groq', 'llama-3.3-70b-versatile', { canonicalName: 'llama-3.3-70b-instruct' }),
      row('together', 'meta-llama/Llama-3.3-70B-Instruct'),
    ];
    const both = ['groq/llama-3.3-70b-versatile', 'together/meta-llama/Llama-3.3-70B-Instruct'];
    expect(find('llama-3.3-70b-versatile', shipped)).toEqual(both);
    expect(find('Llama-3.3-70b-Instruct', shipped)).toEqual(both);
  });

  test('finds nothing for what nobody has', () => {
    expect(find('nothing', [row('p', 'm')])).toEqual([]);
    expect(find('', [row('p', 'm')])).toEqual([]);
  });
});

describe('suggest', () => {
  const names = [
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-5',
    'claude-sonnet-4.5',
    'claude-opus-4.5',
    'deepseek-v3',
    'deepseek-r1',
  ];
  const suggestFrom = view({
    shipped: names.map((name) => row('p', name)),
    providers: [provider('p')],
  });

  test.each<[string, readonly string[]]>([
    ['gpt4o', ['gpt-4o']],
    ['claude-sonet-4.5', ['claude-sonnet-4.5']],
    ['deepseek', ['deepseek-r1', 'deepseek-v3']],
    ['gpt-4o-mni', ['gpt-4o-mini']],
    ['something-else-entirely', []],
    ['', []],
    ['x'.repeat(512), []],
  ])('%s', (name, suggestions) => {
    expect(suggestFrom.suggest(name)).toEqual(suggestions);
  });

  test('offers at most three, of models that can be called if there are any', () => {
    const many = view({ shipped: Array.from({ length: 9 }, (_, number) => row('p', `llama-x${number}`)) });
    expect(many.suggest('llama-x')).toHaveLength(3);
    const shipped = [row('live', 'model-aa'), row('dead', 'model-ab'), row('live', 'model-test', { isTest: true })];
    expect(view({ shipped, providers: [provider('live')] }).suggest('model-')).toEqual(['model-aa']);
  });
});

describe('a view', () => {
  const modelNames = fc.constantFrom('m', 'M', 'm-20250101', 'm-20250601', 'org/m', 'n', 'n-0301', 'echo');
  const anyRow = fc.record(
    {
      provider: fc.constantFrom('a', 'b', 'kind', 'other'),
      model: modelNames,
      source: fc.constantFrom('one', 'two'),
      contextTokens: fc.nat(9),
      aliases: fc.array(modelNames, { maxLength: 2 }),
      isDeprecated: fc.boolean(),
      isTest: fc.boolean(),
    },
    { requiredKeys: ['provider', 'model', 'source'] },
  );
  const rows = fc.array(anyRow, { maxLength: 12 });
  const providers = [provider('a', { kind: 'kind' }), provider('b', { kind: 'kind', aliases: ['bee'] })];

  test('agrees with looking through its entries', () => {
    fc.assert(
      fc.property(rows, rows, rows, modelNames, (shipped, sync, operator, name) => {
        const made = createCatalogView({ shipped, synced: [sync], operator, providers });
        expect(new Set(idsOf(made.entries)).size).toBe(made.entries.length);
        for (const entry of made.entries) {
          expect(made.get(entry.id)).toBe(entry);
          expect(made.listProvider(entry.providerId)).toContain(entry);
        }
        const found = made.findByName(name);
        expect(new Set(found.map(({ providerId }) => providerId)).size).toBe(found.length);
        for (const providerId of new Set(made.entries.map((entry) => entry.providerId))) {
          const own = made.listProvider(providerId);
          const exact =
            own.find(({ model }) => model.model === name) ?? own.find(({ model }) => model.aliases?.includes(name));
          const chosen = found.find((entry) => entry.providerId === providerId);
          if (exact !== undefined) expect(chosen).toBe(exact);
          else if (chosen !== undefined) expect(chosen.model.isTest).not.toBe(true);
          const wanted = canonicaliseModelName(name);
          const isThere = own.some(
            ({ canonicalName, model }) =>
              model.isTest !== true &&
              canonicalName === wanted.name &&
              (wanted.snapshot === undefined || model.snapshot === wanted.snapshot),
          );
          if (isThere) expect(chosen).toBeDefined();
        }
      }),
    );
  });

  test('has the first value that the sources give, the operator first', () => {
    fc.assert(
      fc.property(rows, rows, rows, (shipped, sync, operator) => {
        const { entries } = createCatalogView({ shipped, synced: [sync], operator, providers });
        for (const { providerId, model } of entries) {
          const names = providerId === 'other' ? ['other'] : [providerId, 'kind'];
          const said = [operator, sync, shipped].flatMap((source) =>
            names.flatMap((name) =>
              source.filter((one) => one.provider === name && one.model === model.model).toReversed(),
            ),
          );
          expect(model.contextTokens).toBe(
            said.find(({ contextTokens }) => contextTokens !== undefined)?.contextTokens,
          );
        }
      }),
    );
  });
});
