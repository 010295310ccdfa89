import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { estimateScores } from '../../src/catalog/estimate-scores.ts';
import { priceOfSize } from '../../src/catalog/price-of-size.ts';
import { resolveReleaseDate } from '../../src/catalog/resolve-release-date.ts';

const atMs = Date.UTC(2026, 10, 23);

function model(name: string, fields: Partial<CatalogModel> = {}): CatalogModel {
  return { provider: 'one', model: name, source: 'test', ...fields };
}

function costing(input: number, output: number): Pick<CatalogModel, 'prices'> {
  return { prices: [{ prices: { input_mtok: input, output_mtok: output } }] };
}

function estimate(...models: CatalogModel[]) {
  return estimateScores(models, { canonicalName: ({ model: name, canonicalName }) => canonicalName ?? name, atMs });
}

/** Models as they came out: date, prices of a million tokens of prompt and answer, whether they reason. */
const known: readonly (readonly [name: string, date: string, input: number, output: number, reasons?: 'reasons'])[] = [
  ['gpt-3.5-turbo', '2023-03-01', 1.5, 2],
  ['gpt-4', '2023-03-14', 30, 60],
  ['gpt-4-turbo', '2023-11-06', 10, 30],
  ['gpt-4o', '2024-05-13', 2.5, 10],
  ['gpt-4o-mini', '2024-07-18', 0.15, 0.6],
  ['gpt-4.1', '2025-04-14', 2, 8],
  ['gpt-4.1-mini', '2025-04-14', 0.4, 1.6],
  ['gpt-4.1-nano', '2025-04-14', 0.1, 0.4],
  ['gpt-4.5-preview', '2025-02-27', 75, 150],
  ['o1', '2024-12-05', 15, 60, 'reasons'],
  ['o3', '2025-04-16', 2, 8, 'reasons'],
  ['o4-mini', '2025-04-16', 1.1, 4.4, 'reasons'],
  ['gpt-5', '2025-08-07', 1.25, 10, 'reasons'],
  ['gpt-5-mini', '2025-08-07', 0.25, 2, 'reasons'],
  ['gpt-5-nano', '2025-08-07', 0.05, 0.4, 'reasons'],
  ['claude-3-haiku', '2024-03-07', 0.25, 1.25],
  ['claude-3-sonnet', '2024-02-29', 3, 15],
  ['claude-3-opus', '2024-02-29', 15, 75],
  ['claude-3.5-haiku', '2024-11-04', 0.8, 4],
  ['claude-3.5-sonnet', '2024-06-20', 3, 15],
  ['claude-3.7-sonnet', '2025-02-24', 3, 15, 'reasons'],
  ['claude-sonnet-4', '2025-05-22', 3, 15, 'reasons'],
  ['claude-opus-4', '2025-05-22', 15, 75, 'reasons'],
  ['claude-opus-4.1', '2025-08-05', 15, 75, 'reasons'],
  ['claude-haiku-4.5', '2025-10-15', 1, 5, 'reasons'],
  ['claude-sonnet-4.5', '2025-09-29', 3, 15, 'reasons'],
  ['claude-opus-4.5', '2025-11-24', 5, 25, 'reasons'],
  ['gemini-1.5-flash', '2024-05-24', 0.075, 0.3],
  ['gemini-1.5-pro', '2024-05-24', 1.25, 5],
  ['gemini-2.0-flash', '2025-02-05', 0.1, 0.4],
  ['gemini-2.5-flash', '2025-06-17', 0.3, 2.5, 'reasons'],
  ['gemini-2.5-pro', '2025-06-17', 1.25, 10, 'reasons'],
  ['gemini-3-pro', '2025-11-18', 2, 12, 'reasons'],
  ['mistral-7b', '2023-09-27', 0.25, 0.25],
  ['mistral-large-2', '2024-07-24', 2, 6],
  ['llama-3.1-8b', '2024-07-23', 0.05, 0.08],
  ['llama-3.1-70b', '2024-07-23', 0.4, 0.4],
  ['llama-3.1-405b', '2024-07-23', 3, 3],
  ['deepseek-v3', '2024-12-26', 0.27, 1.1],
  ['deepseek-r1', '2025-01-20', 0.55, 2.19, 'reasons'],
  ['grok-3', '2025-02-17', 3, 15],
  ['grok-4', '2025-07-09', 3, 15, 'reasons'],
];

/** The weaker one first: what makers say of their own families, and what nobody disputes between them. */
const pairs: readonly (readonly [string, string])[] = [
  ['gpt-3.5-turbo', 'gpt-4'],
  ['gpt-3.5-turbo', 'gpt-4o-mini'],
  ['gpt-4-turbo', 'gpt-4o'],
  ['gpt-4', 'gpt-4o'],
  ['gpt-4o-mini', 'gpt-4o'],
  ['gpt-4o', 'gpt-4.1'],
  ['gpt-4o-mini', 'gpt-4.1-mini'],
  ['gpt-4.1-nano', 'gpt-4.1-mini'],
  ['gpt-4.1-mini', 'gpt-4.1'],
  ['gpt-4.1-nano', 'gpt-4o'],
  ['gpt-4.5-preview', 'gpt-5'],
  ['gpt-4o', 'o1'],
  ['o1', 'o3'],
  ['o1', 'gpt-5'],
  ['o4-mini', 'o3'],
  ['o3', 'gpt-5'],
  ['gpt-4o', 'gpt-5-mini'],
  ['gpt-4.1', 'gpt-5'],
  ['gpt-5-nano', 'gpt-5-mini'],
  ['gpt-5-mini', 'gpt-5'],
  ['claude-3-haiku', 'claude-3-sonnet'],
  ['claude-3-sonnet', 'claude-3-opus'],
  ['claude-3-haiku', 'claude-3.5-haiku'],
  ['claude-3-opus', 'claude-3.5-sonnet'],
  ['claude-3.5-haiku', 'claude-3.5-sonnet'],
  ['claude-3.5-sonnet', 'claude-3.7-sonnet'],
  ['claude-3.7-sonnet', 'claude-sonnet-4'],
  ['claude-sonnet-4', 'claude-opus-4'],
  ['claude-sonnet-4', 'claude-sonnet-4.5'],
  ['claude-opus-4', 'claude-opus-4.1'],
  ['claude-opus-4.1', 'claude-opus-4.5'],
  ['claude-opus-4.1', 'claude-sonnet-4.5'],
  ['claude-haiku-4.5', 'claude-sonnet-4.5'],
  ['claude-sonnet-4.5', 'claude-opus-4.5'],
  ['gemini-1.5-flash', 'gemini-1.5-pro'],
  ['gemini-1.5-flash', 'gemini-2.0-flash'],
  ['gemini-1.5-pro', 'gemini-2.5-pro'],
  ['gemini-2.0-flash', 'gemini-2.5-flash'],
  ['gemini-2.5-flash', 'gemini-2.5-pro'],
  ['gemini-2.5-pro', 'gemini-3-pro'],
  ['mistral-7b', 'llama-3.1-8b'],
  ['mistral-7b', 'mistral-large-2'],
  ['llama-3.1-8b', 'llama-3.1-70b'],
  ['llama-3.1-70b', 'llama-3.1-405b'],
  ['gpt-4o-mini', 'deepseek-v3'],
  ['gpt-4o', 'deepseek-v3'],
  ['deepseek-v3', 'deepseek-r1'],
  ['grok-3', 'grok-4'],
  ['gpt-4o', 'claude-3.7-sonnet'],
  ['llama-3.1-405b', 'gemini-2.5-pro'],
];

describe('the order of estimates', () => {
  const scores = estimate(
    ...known.map(([name, releaseDate, input, output, reasons]) =>
      model(name, { releaseDate, ...costing(input, output), capabilities: { reasoning: reasons !== undefined } }),
    ),
  );
  const intelligence = (name: string) => scores.get(name)?.intelligence.value ?? Number.NaN;

  it.each([
    ['gpt-4o-mini', 'gpt-4o', 'gpt-5'],
    ['gpt-5-nano', 'gpt-5-mini', 'gpt-5'],
    ['claude-3-haiku', 'claude-3-sonnet', 'claude-3-opus'],
    ['claude-haiku-4.5', 'claude-sonnet-4.5', 'claude-opus-4.5'],
    ['llama-3.1-8b', 'llama-3.1-70b', 'llama-3.1-405b'],
    ['gemini-2.0-flash', 'gemini-2.5-flash', 'gemini-2.5-pro'],
  ])('is %s, %s, %s from the worst to the best', (...names) => {
    const values = names.map(intelligence);
    expect(values).toEqual(values.toSorted((one, other) => one - other));
    expect(new Set(values).size).toBe(names.length);
  });

  it('is as good as docs/prices.md says: 44 of 50 pairs', () => {
    const wrong = pairs.filter(([worse, better]) => !(intelligence(worse) < intelligence(better)));
    expect(pairs).toHaveLength(50);
    // Models whose makers asked more than their ability was worth a little later.
    expect(wrong.map((pair) => pair.join(' < '))).toEqual([
      'gpt-4.5-preview < gpt-5',
      'o1 < o3',
      'claude-3-opus < claude-3.5-sonnet',
      'claude-opus-4.1 < claude-opus-4.5',
      'claude-opus-4.1 < claude-sonnet-4.5',
      'gpt-4o < deepseek-v3',
    ]);
  });
});

describe('an estimate', () => {
  const releaseDate = '2025-06-01';

  it('says that it is one', () => {
    const scores = estimate(model('m', { releaseDate, ...costing(1, 1) })).get('m');
    expect(Object.keys(scores ?? {})).toEqual(['intelligence', 'coding', 'math']);
    for (const score of Object.values(scores ?? {})) {
      expect(score).toEqual({ value: score.value, source: 'estimate', date: '2026-11-23', isEstimated: true });
      expect(score.value).toBeGreaterThan(0);
      expect(score.value).toBeLessThan(100);
    }
  });

  it('rises with the price, the date and reasoning', () => {
    const days = fc.integer({ min: 0, max: 1400 });
    const price = fc.double({ min: 0.02, max: 50, noNaN: true });
    fc.assert(
      fc.property(
        days,
        price,
        fc.integer({ min: 30, max: 300 }),
        fc.double({ min: 1.5, max: 2, noNaN: true }),
        (day, usd, later, times) => {
          const dated = (offset: number) =>
            new Date(Date.UTC(2022, 10, 30) + (day + offset) * 86_400_000).toISOString().slice(0, 10);
          const scores = estimate(
            model('base', { releaseDate: dated(0), ...costing(usd, usd) }),
            model('newer', { releaseDate: dated(later), ...costing(usd, usd) }),
            model('dearer', { releaseDate: dated(0), ...costing(usd * times, usd * times) }),
            model('reasoning', { releaseDate: dated(0), ...costing(usd, usd), capabilities: { reasoning: true } }),
          );
          for (const axis of ['intelligence', 'coding', 'math'] as const) {
            const value = (name: string) => scores.get(name)?.[axis].value ?? Number.NaN;
            for (const better of ['newer', 'dearer', 'reasoning']) expect(value(better)).toBeGreaterThan(value('base'));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is one for a model, from the median of the prices of those that charge for it, and its first date', () => {
    const offers = [
      model('m', { provider: 'a', releaseDate: '2025-09-01', ...costing(1, 1) }),
      model('m', { provider: 'b', releaseDate, ...costing(2, 2) }),
      model('m', { provider: 'c', ...costing(90, 90) }),
      model('m', { provider: 'd', ...costing(0, 0) }),
      model('m', { provider: 'e' }),
      model('maker/M', { provider: 'f', canonicalName: 'm', capabilities: { reasoning: true } }),
    ];
    const alone = model('alone', { releaseDate, ...costing(2, 2), capabilities: { reasoning: true } });
    const scores = estimate(...offers, alone);
    expect([...scores.keys()]).toEqual(['m', 'alone']);
    expect(scores.get('m')).toEqual(scores.get('alone'));
    expect(estimate(...offers.toReversed(), alone).get('m')).toEqual(scores.get('m'));
  });

  it('of a model that is free everywhere is that of its size', () => {
    const free = (name: string) => model(name, { releaseDate, ...costing(0, 0) });
    const scores = estimate(free('llama-8b'), free('llama-70b'), free('mystery'));
    expect([...scores.keys()]).toEqual(['llama-8b', 'llama-70b']);
    expect(scores.get('llama-8b')?.coding.value).toBeLessThan(scores.get('llama-70b')?.coding.value ?? 0);
  });

  it('takes the prices that hold now, at the lowest tier', () => {
    const prices = [
      { prices: { input_mtok: 50, output_mtok: 50 } },
      {
        constraint: { type: 'start_date', start_date: '2026-01-01' },
        prices: { input_mtok: { base: 2, tiers: [{ start: 200_000, price: 40 }] }, output_mtok: 2 },
      },
    ] as const;
    const scores = estimate(model('m', { releaseDate, prices }), model('alone', { releaseDate, ...costing(2, 2) }));
    expect(scores.get('m')).toEqual(scores.get('alone'));
  });

  it.each([
    ['without a date', model('m', costing(1, 1))],
    ['without a price', model('m', { releaseDate })],
    ['with a price of the prompt alone', model('m', { releaseDate, prices: [{ prices: { input_mtok: 1 } }] })],
    ['that does not write', model('m', { releaseDate, ...costing(1, 1), outputModalities: ['image'] })],
    ['that is a test', model('m', { releaseDate, ...costing(1, 1), isTest: true })],
    ['of no known year', model('m-0905', costing(1, 1))],
  ])('is not given for a model %s', (_, given) => {
    expect(estimate(given).size).toBe(0);
  });
});

describe('resolveReleaseDate', () => {
  it.each<[Partial<CatalogModel> & { model: string }, string | undefined]>([
    [{ model: 'm', releaseDate: '2025-03-04' }, '2025-03-04'],
    [{ model: 'm', releaseDate: '2025-03' }, '2025-03-01'],
    [{ model: 'gpt-4o-2024-08-06', releaseDate: '2024-05-13' }, '2024-05-13'],
    [{ model: 'gpt-4o', snapshot: '20240806' }, '2024-08-06'],
    [{ model: 'command-r', snapshot: '20240800' }, '2024-08-01'],
    [{ model: 'gpt-4o-2024-08-06' }, '2024-08-06'],
    [{ model: 'claude-opus-4@20250514' }, '2025-05-14'],
    [{ model: 'mistral-large-2411' }, '2024-11-01'],
    [{ model: 'kimi-k2', snapshot: '0905' }, undefined],
    [{ model: 'gpt-4-0613' }, undefined],
    [{ model: 'm-2025-02-30' }, undefined],
    [{ model: 'm-20991231' }, undefined],
    [{ model: 'm-12048-tokens', releaseDate: 'soon' }, undefined],
  ])('of %j is %s', (fields, expected) => {
    const time = resolveReleaseDate({ provider: 'one', source: 'test', ...fields }, atMs);
    expect(time && new Date(time).toISOString().slice(0, 10)).toBe(expected);
  });
});

describe('priceOfSize', () => {
  it.each([
    ['llama-3.1-70b-instruct', 0.56],
    ['qwen2.5-0.5b', 0.004],
    ['mixtral-8x7b', 0.448],
    ['qwen3-30b-a3b', 0.0759],
    ['gemma-3n-e4b-it', 0.032],
    ['gpt-4o', undefined],
    ['model-0b', undefined],
    ['b', undefined],
  ])('of %s is %s', (name, expected) => {
    const price = priceOfSize(name);
    expect(price && Number(price.toPrecision(3))).toBe(expected);
  });
});
