import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicaliseModelName } from '../../src/catalog/canonicalise-model-name.ts';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { estimateScores } from '../../src/catalog/estimate-scores.ts';
import { priceOfSize } from '../../src/catalog/price-of-size.ts';
import { resolveReleaseDate } from '../../src/catalog/resolve-release-date.ts';
import { knownModels, knownPairs, nearModels } from './known-models.ts';

const atMs = Date.UTC(2026, 10, 23);

function model(name: string, fields: Partial<CatalogModel> = {}): CatalogModel {
  return { provider: 'one', model: name, source: 'test', ...fields };
}

function costing(input: number, output: number): Pick<CatalogModel, 'prices'> {
  return { prices: [{ prices: { input_mtok: input, output_mtok: output } }] };
}

/** By `model`. */
function estimate(...models: CatalogModel[]) {
  const canonicalName = (row: CatalogModel) => row.canonicalName ?? canonicaliseModelName(row.model).name;
  const scores = estimateScores(models.map(nameSnapshot), { canonicalName, atMs });
  return new Map([...scores].map(([{ model: name }, estimated]) => [name, estimated]));
}

/** As the catalogue does it. */
function nameSnapshot(row: CatalogModel): CatalogModel {
  const snapshot = row.snapshot ?? canonicaliseModelName(row.model).snapshot;
  return snapshot === undefined ? row : { ...row, snapshot };
}

describe('the order of estimates', () => {
  const scores = estimate(
    ...knownModels.map(([name, releaseDate, input, output, reasons]) =>
      model(name, { releaseDate, ...costing(input, output), capabilities: { reasoning: reasons !== undefined } }),
    ),
  );
  const intelligence = (name: string) => scores.get(name)?.intelligence.value ?? Number.NaN;

  it.each([
    ['gpt-4o-mini', 'gpt-4o', 'gpt-5', 'gpt-5.5', 'gpt-6-astra'],
    ['gpt-5-nano', 'gpt-5-mini', 'gpt-5'],
    ['gpt-6-luna', 'gpt-6-sol', 'gpt-6-astra'],
    ['claude-3-haiku', 'claude-3-sonnet', 'claude-3-opus', 'claude-opus-4', 'claude-opus-4.5', 'claude-opus-5.5'],
    ['claude-haiku-5.5', 'claude-sonnet-5.5', 'claude-opus-5.5'],
    ['llama-3.1-8b', 'llama-3.1-70b', 'llama-3.1-405b'],
    ['gemini-2.0-flash', 'gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-3.1-pro', 'gemini-4-argon'],
    ['granite-4.2-8b', 'ternary-bonsai-2-27b', 'gemini-2.5-pro', 'gpt-5'],
  ])('is %s, %s, %s ... from the worst to the best', (...names) => {
    const values = names.map(intelligence);
    expect(values).toEqual(values.toSorted((one, other) => one - other));
    expect(new Set(values).size).toBe(names.length);
  });

  it('is on the scale of the scores of Epoch', () => {
    expect(intelligence('claude-3.5-sonnet')).toBeCloseTo(34, -0.5);
    expect(intelligence('gpt-5')).toBeCloseTo(66, -0.5);
  });

  const isWrong = ([worse, better]: readonly [string, string]) => !(intelligence(worse) < intelligence(better));
  const listWrong = (pairs: typeof knownPairs) => pairs.filter(isWrong).map((pair) => pair.join(' < '));
  const isHeldOut = (_: unknown, index: number) => index % 3 === 2;

  it('is as good as docs/prices.md says: 132 of the 138 pairs by which the numbers were chosen', () => {
    const fitted = knownPairs.filter((pair, index) => !isHeldOut(pair, index));
    expect(fitted).toHaveLength(138);
    expect(listWrong(fitted)).toEqual([
      'claude-3-opus < deepseek-v3',
      'claude-3.5-haiku < claude-3.5-sonnet',
      'claude-opus-4.1 < claude-sonnet-4.5',
      'gpt-oss-120b < qwen3-235b-a22b-2507',
      'grok-4 < gpt-5',
      'o3-mini < gpt-oss-120b',
    ]);
  });

  it('is as good as docs/prices.md says: 68 of the 69 others', () => {
    const heldOut = knownPairs.filter(isHeldOut);
    expect(heldOut).toHaveLength(69);
    expect(listWrong(heldOut)).toEqual(['gpt-4o < deepseek-v3']);
  });

  it('is as good as docs/prices.md says: 56 of 71 pairs of models that are near to each other', () => {
    const pairs = nearModels.flatMap((betters, row) =>
      betters.flatMap((better) =>
        nearModels.slice(row + 1).flatMap((worses) => worses.map((worse): [string, string] => [worse, better])),
      ),
    );
    expect([pairs.length - listWrong(pairs).length, pairs.length]).toEqual([56, 71]);
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
      model('b/m', { provider: 'b', releaseDate, ...costing(2, 2) }),
      model('c/m', { provider: 'c', ...costing(90, 90) }),
      model('d/m', { provider: 'd', ...costing(0, 0) }),
      model('e/m', { provider: 'e' }),
      model('maker/own', { provider: 'f', canonicalName: 'm', capabilities: { reasoning: true } }),
    ];
    const alone = model('alone', { releaseDate, ...costing(2, 2), capabilities: { reasoning: true } });
    for (const order of [offers, offers.toReversed()]) {
      const scores = estimate(...order, alone);
      expect(scores.size).toBe(7);
      for (const { model: name } of offers) expect(scores.get(name)).toEqual(scores.get('alone'));
    }
  });

  it('is one for each version of a model, and that of the newest for a name that moves with it', () => {
    const scores = estimate(
      model('large-2512', { releaseDate: '2025-12-02', ...costing(0.5, 1.5) }),
      model('large-2411', { releaseDate: '2024-11-18', ...costing(2, 6) }),
      model('large-latest', { releaseDate: '2024-02-01', ...costing(0.5, 1.5) }),
      model('elsewhere/large', { provider: 'two', releaseDate: '2024-02-26', ...costing(4, 12) }),
      model('alone', { releaseDate: '2025-12-02', ...costing(0.5, 1.5) }),
      model('first', { releaseDate: '2024-02-26', ...costing(4, 12) }),
    );
    expect(scores.get('large-2512')).toEqual(scores.get('alone'));
    expect(scores.get('large-latest')).toEqual(scores.get('alone'));
    expect(scores.get('elsewhere/large')).toEqual(scores.get('first'));
    expect(scores.get('large-2411')).not.toEqual(scores.get('alone'));
  });

  it('of a name that moves is by what its row says where nothing has a date', () => {
    const scores = estimate(
      model('m-latest', { releaseDate, ...costing(1, 1) }),
      model('alone', { releaseDate, ...costing(1, 1) }),
    );
    expect(scores.get('m-latest')).toEqual(scores.get('alone'));
  });

  it('of a name that nobody says the date of is that of the newest version, wherever it runs', () => {
    const scores = estimate(
      model('m', { provider: 'two', ...costing(1, 1) }),
      model('m-20250601', costing(1, 1)),
      model('m-20240601', costing(1, 1)),
    );
    expect(scores.get('m')).toEqual(scores.get('m-20250601'));
    expect(scores.get('m')).not.toEqual(scores.get('m-20240601'));
  });

  it('is that of the model for an offer elsewhere, for nothing, or faster', () => {
    const offers = ['m', 'eu.m', 'm-fast', 'm-highspeed', 'm:free', 'm-fp8'];
    const prices = [1, 1.1, 2, 4, 0, 0.8];
    const scores = estimate(
      ...offers.map((name, index) =>
        model(name, { canonicalName: name, releaseDate, ...costing(prices[index] ?? 0, prices[index] ?? 0) }),
      ),
    );
    for (const name of offers) expect(scores.get(name)).toEqual(scores.get('m'));
    expect(scores.get('m')).toEqual(estimate(model('alone', { releaseDate, ...costing(1, 1) })).get('alone'));
  });

  it('is its own for a model that is called fast and is cheaper, or that there is no slower one of', () => {
    const scores = estimate(
      model('m', { releaseDate, ...costing(3, 3) }),
      model('m-fast', { releaseDate, ...costing(0.2, 0.2) }),
      model('n-fast', { releaseDate, ...costing(3, 3) }),
    );
    expect(scores.get('m-fast')?.math.value).toBeLessThan(scores.get('m')?.math.value ?? 0);
    expect(scores.get('n-fast')).toEqual(scores.get('m'));
  });

  it('is at most that of the size in the name, however dear it is, and that where it is free', () => {
    const scores = estimate(
      ...['llama-8b', 'llama-70b', 'mystery'].map((name) => model(name, { releaseDate, ...costing(0, 0) })),
      model('dear-8b', { releaseDate, ...costing(5, 5) }),
      model('cheap-70b', { releaseDate, ...costing(0.1, 0.1) }),
    );
    expect([...scores.keys()]).toEqual(['llama-8b', 'llama-70b', 'dear-8b', 'cheap-70b']);
    const coding = (name: string) => scores.get(name)?.coding.value ?? Number.NaN;
    expect(coding('llama-8b')).toBeLessThan(coding('llama-70b'));
    expect(coding('dear-8b')).toBe(coding('llama-8b'));
    expect(coding('cheap-70b')).toBeLessThan(coding('llama-70b'));
  });

  it('of a model that is nearly free and a year newer is below that of a flagship', () => {
    const flagship = { releaseDate: '2025-08-07', ...costing(1.25, 10), capabilities: { reasoning: true } };
    const newer = { releaseDate: '2026-11-20', ...costing(0.05, 0.2), capabilities: { reasoning: true } };
    const scores = estimate(model('flagship', flagship), model('newer', newer));
    expect(scores.get('newer')?.intelligence.value).toBeLessThan(scores.get('flagship')?.intelligence.value ?? 0);
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
    [{ model: 'gpt-4o-2024-08-06', releaseDate: '2024-05-13' }, '2024-08-06'],
    [{ model: 'mistral-large-2512', snapshot: '20251200', releaseDate: '2025-12-02' }, '2025-12-02'],
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
    ['llama-3.1-70b-instruct', 0.21],
    ['qwen2.5-0.5b', 0.0015],
    ['mixtral-8x7b', 0.168],
    ['qwen3-30b-a3b', 0.0285],
    ['gemma-3n-e4b-it', 0.012],
    ['qwen3.8-2.4t-a95b', 1.43],
    ['gpt-4o', undefined],
    ['model-0b', undefined],
    ['b', undefined],
  ])('of %s is %s', (name, expected) => {
    const price = priceOfSize(name);
    expect(price && Number(price.toPrecision(3))).toBe(expected);
  });
});
