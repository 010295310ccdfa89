import { describe, expect, test } from 'vitest';
import type { CatalogModel } from '../../../src/catalog/catalog-model.ts';
import type { PriceTable } from '../../../src/catalog/model-prices.ts';
import type { NamedScores } from '../../../src/catalog/sync/catalog-source.ts';
import { compareSyncs } from '../../../src/catalog/sync/compare-syncs.ts';

function model(name: string, prices: PriceTable, more: Partial<CatalogModel> = {}): CatalogModel {
  return { provider: 'p', model: name, prices: [{ prices }], source: 's', ...more };
}

const catalog = (...models: CatalogModel[]) => ({ models, scores: [] });

describe('two syncs', () => {
  test('differ in what was added, changed and removed', () => {
    const before = catalog(model('same', { input_mtok: 1 }), model('gone', {}), model('other', {}));
    const now = catalog(
      model('same', { input_mtok: 1 }, { source: 'of another day' }),
      model('other', {}, { contextTokens: 5 }),
      model('new', {}),
    );
    expect(compareSyncs(before, now)).toEqual({
      added: ['p/new'],
      changed: ['p/other'],
      removed: ['p/gone'],
      sameCount: 1,
      priceChanges: [],
      jumps: [],
    });
  });

  test('have their price changes in order, the largest first, and jumps among them', () => {
    const before = catalog(
      model('a', { input_mtok: 1, output_mtok: { base: 2, tiers: [{ start: 200_000, price: 4 }] } }),
      model('b', { input_mtok: 3, output_mtok: 0 }),
      model('c', { input_mtok: 9, cache_read_mtok: 1 }),
    );
    const now = catalog(
      model('a', { input_mtok: 1.5, output_mtok: { base: 2, tiers: [{ start: 200_000, price: 16 }] } }),
      model('b', { input_mtok: 1, output_mtok: 0.1 }),
      model('c', { input_mtok: 0, cache_write_mtok: 5 }),
      model('d', { input_mtok: 100 }),
    );
    const { priceChanges, jumps } = compareSyncs(before, now);
    expect(priceChanges.map(({ id, price, before: was, now: is }) => [id, price, was, is])).toEqual([
      ['p/b', 'output_mtok', 0, 0.1],
      ['p/c', 'input_mtok', 9, 0],
      ['p/a', 'output_mtok above 200000', 4, 16],
      ['p/b', 'input_mtok', 3, 1],
      ['p/a', 'input_mtok', 1, 1.5],
    ]);
    // Three times as high is no jump, and a price that was not known has none.
    expect(jumps).toEqual(priceChanges.slice(0, 3));
  });

  test('of scores are compared by name and date, whatever the day of the sync', () => {
    const score = (name: string, value: number, date: string): NamedScores => ({
      name,
      isDated: false,
      scores: { intelligence: { value, source: 'epoch', date, isEstimated: false } },
    });
    const before = { models: [], scores: [score('a', 1, '2026-01-01'), score('b', 1, '2026-01-01')] };
    const now = { models: [], scores: [score('a', 1, '2026-02-02'), score('b', 2, '2026-02-02')] };
    expect(compareSyncs(before, now)).toMatchObject({ changed: ['b'], sameCount: 1, added: [], removed: [] });
  });
});
