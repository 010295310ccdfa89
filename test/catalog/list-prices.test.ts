import { calcPrice } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listPrices } from '../../src/catalog/list-prices.ts';
import type { ModelPrices, PriceConstraint } from '../../src/catalog/model-prices.ts';
import { resolvePriceTable } from '../../src/catalog/resolve-price-table.ts';

const noonMs = Date.UTC(2026, 10, 23, 12);

describe('listPrices', () => {
  it('lists what one token costs, to the digit', () => {
    const prices = {
      input_mtok: 0.3,
      output_mtok: 2.5,
      cache_read_mtok: 0.03,
      cache_write_mtok: 3.75,
      input_audio_mtok: 1,
    };
    expect(listPrices([{ prices }], noonMs)).toEqual({
      promptToken: 3e-7,
      completionToken: 2.5e-6,
      promptCacheReadToken: 3e-8,
      promptCacheWriteToken: 3.75e-6,
      isVariable: false,
    });
  });

  it('says nothing of what is not known, and zero of what is free', () => {
    expect(listPrices([{ prices: { input_mtok: 0 } }], noonMs)).toEqual({
      promptToken: 0,
      completionToken: undefined,
      promptCacheReadToken: undefined,
      promptCacheWriteToken: undefined,
      isVariable: false,
    });
  });

  it('moves the decimal point and no digit', () => {
    const digits = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: -9, max: 3 }));
    fc.assert(
      fc.property(digits, ([mantissa, exponent]) => {
        const { promptToken } = listPrices([{ prices: { input_mtok: Number(`${mantissa}e${exponent}`) } }], noonMs);
        expect(promptToken).toBe(Number(`${mantissa}e${exponent - 6}`));
      }),
    );
  });

  const [day, night] = [{ input_mtok: 2 }, { input_mtok: 1 }];
  const byNight: PriceConstraint = { type: 'time_of_date', start_time: '16:00:00Z', end_time: '04:00:00Z' };
  const since = (start_date: string): PriceConstraint => ({ type: 'start_date', start_date });
  it.each<[string, ModelPrices, number, boolean]>([
    ['a tier', [{ prices: { input_mtok: { base: 2, tiers: [{ start: 200_000, price: 4 }] } } }], 2e-6, true],
    ['no tier', [{ prices: { input_mtok: { base: 2, tiers: [] } } }], 2e-6, false],
    ['another price at night', [{ prices: day }, { constraint: byNight, prices: night }], 2e-6, true],
    ['a price that has gone', [{ prices: day }, { constraint: since('2026-11-23'), prices: night }], 1e-6, false],
    ['a price that will come', [{ prices: day }, { constraint: since('2026-11-24'), prices: night }], 2e-6, true],
    [
      'an hour that has no more its own price',
      [{ prices: day }, { constraint: byNight, prices: day }, { constraint: since('2026-01-01'), prices: night }],
      1e-6,
      false,
    ],
  ])('with %s', (_, prices, promptToken, isVariable) => {
    expect(listPrices(prices, noonMs)).toMatchObject({ promptToken, isVariable });
  });
});

describe('resolvePriceTable', () => {
  it('takes what the calculator takes', () => {
    const time = fc.nat(86_399).map((second) => `${new Date(second * 1000).toISOString().slice(11, 19)}Z`);
    const constraint: fc.Arbitrary<PriceConstraint> = fc.oneof(
      fc.record({ type: fc.constant('time_of_date' as const), start_time: time, end_time: time }),
      fc.record({
        type: fc.constant('start_date' as const),
        start_date: fc.nat(20_000).map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10)),
      }),
    );
    fc.assert(
      fc.property(fc.array(constraint, { maxLength: 4 }), fc.nat(20_000 * 86_400_000), (constraints, atMs) => {
        const prices = [undefined, ...constraints].map((each, index) => ({
          prices: { input_mtok: index },
          ...(each !== undefined && { constraint: each }),
        }));
        const models = [{ id: 'm', match: { equals: 'm' }, prices }];
        const provider = { id: 'p', name: 'p', api_pattern: '', models };
        const price = calcPrice({ input_tokens: 1e6 }, 'm', { provider, timestamp: new Date(atMs) });
        expect(resolvePriceTable(prices, atMs)?.input_mtok).toBe(price?.total_price);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('knows no prices at %d', (atMs) => {
    const prices: ModelPrices = [
      { prices: {} },
      { constraint: { type: 'start_date', start_date: '2026-01-01' }, prices: {} },
    ];
    expect(resolvePriceTable(prices, atMs)).toBeUndefined();
    expect(resolvePriceTable([], noonMs)).toBeUndefined();
  });
});
