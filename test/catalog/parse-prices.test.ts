import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrices } from '../../src/catalog/parse-prices.ts';

describe('parsePrices', () => {
  it('takes one table for one that always holds', () => {
    expect(parsePrices({ input_mtok: 3, output_mtok: 15 })).toEqual({
      prices: [{ prices: { input_mtok: 3, output_mtok: 15 } }],
    });
    expect(parsePrices({})).toEqual({ prices: [{ prices: {} }] });
  });

  it('gives back a list as it is', () => {
    const list = [
      {
        prices: {
          input_mtok: {
            base: 3,
            tiers: [
              { start: 200_000, price: 6 },
              { start: 500_000, price: 5 },
            ],
          },
        },
      },
      { constraint: { type: 'start_date', start_date: '2024-02-29' }, prices: { input_mtok: 0 } },
      { constraint: { type: 'time_of_date', start_time: '16:30:00Z', end_time: '00:30:00Z' }, prices: {} },
    ];
    expect(parsePrices(list)).toEqual({ prices: list });
  });

  const tiers = (...list: unknown[]) => ({ input_mtok: { base: 1, tiers: list } });
  const later = (constraint: unknown) => [{ prices: {} }, { prices: {}, constraint }];
  it.each<[unknown, string, string]>([
    [null, '', 'It must be a table of prices, or a list of such tables.'],
    [3, '', 'It must be a table of prices, or a list of such tables.'],
    [[], '', 'The list is empty. It must have prices that hold always.'],
    [Array.from({ length: 101 }, () => ({ prices: {} })), '', 'The list must not have more than 100 entries.'],
    [[3], '0', 'It must have "prices".'],
    [[{}], '0.prices', 'It must be a table of prices.'],
    [[{ prices: {}, price: 1 }], '0.price', 'There is no such key. Did you mean prices?'],
    [{ input_mtok: -1 }, 'input_mtok', 'It must be an amount of USD, 0 or more.'],
    [{ input_mtok: '3' }, 'input_mtok', 'It must be an amount of USD, 0 or more.'],
    [{ input_mtok: null }, 'input_mtok', 'It must be an amount of USD, 0 or more.'],
    [{ input_mtok: Number.NaN }, 'input_mtok', 'It must be an amount of USD, 0 or more.'],
    [{ input_mtok: Number.POSITIVE_INFINITY }, 'input_mtok', 'It must be an amount of USD, 0 or more.'],
    [{ inputmtok: 1 }, 'inputmtok', 'There is no such key. Did you mean input_mtok?'],
    [{ input_mtok: { tiers: [] } }, 'input_mtok.base', 'It must be an amount of USD, 0 or more.'],
    [{ input_mtok: { base: 1 } }, 'input_mtok.tiers', 'It must be a list of tiers.'],
    [
      tiers(...Array.from({ length: 21 }, (_, index) => ({ start: index + 1, price: 1 }))),
      'input_mtok.tiers',
      'The list must not have more than 20 tiers.',
    ],
    [tiers(7), 'input_mtok.tiers.0', 'It must have "start" and "price".'],
    [tiers({ start: 5, price: -1 }), 'input_mtok.tiers.0.price', 'It must be an amount of USD, 0 or more.'],
    ...[0, -5, 1.5, '5', undefined].map((start): [unknown, string, string] => [
      tiers({ start, price: 1 }),
      'input_mtok.tiers.0.start',
      'It must be a whole number of tokens, greater than 0 and than the start before.',
    ]),
    [
      tiers({ start: 5, price: 1 }, { start: 5, price: 2 }),
      'input_mtok.tiers.1.start',
      'It must be a whole number of tokens, greater than 0 and than the start before.',
    ],
    [
      [{ prices: {}, constraint: { type: 'start_date', start_date: '2026-01-01' } }],
      '0.constraint',
      'The first prices of the list hold whenever no others do, so they have no constraint.',
    ],
    [later('2026'), '1.constraint', 'It must have a type: "start_date" or "time_of_date".'],
    [later({ type: 'weekday' }), '1.constraint', 'It must have a type: "start_date" or "time_of_date".'],
    ...['2026-02-29', '2026-1-1', '2026-13-01', 20260101, undefined].map((start_date): [unknown, string, string] => [
      later({ type: 'start_date', start_date }),
      '1.constraint.start_date',
      'It must be a day, such as 2026-01-31.',
    ]),
    ...['24:00:00Z', '12:60:00Z', '12:00:00', '12:00Z', '12:00:00+02:00', 12].map((time): [unknown, string, string] => [
      later({ type: 'time_of_date', start_time: '00:00:00Z', end_time: time }),
      '1.constraint.end_time',
      'It must be a time in UTC, such as 16:30:00Z.',
    ]),
    [
      later({ type: 'time_of_date', start_time: '12:00:00Z', end_time: '12:00:00Z' }),
      '1.constraint',
      'It ends when it starts, so it never holds.',
    ],
  ])('of %j finds at "%s": %s', (value, path, text) => {
    const parsed = parsePrices(value);
    const problems = 'problems' in parsed ? parsed.problems : [];
    expect(problems.map((problem) => ({ path: problem.path.join('.'), text: problem.text }))).toEqual([{ path, text }]);
  });

  it('tells all problems at once', () => {
    const parsed = parsePrices([{ prices: { input_mtok: -1, other: 3 } }, { constraint: 1 }]);
    expect('problems' in parsed && parsed.problems.map(({ path }) => path.join('.'))).toEqual([
      '0.prices.other',
      '0.prices.input_mtok',
      '1.prices',
      '1.constraint',
    ]);
  });

  it('never throws, and takes again what it gave', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = parsePrices(value);
        if ('prices' in parsed) expect(parsePrices(parsed.prices)).toEqual(parsed);
        else expect(parsed.problems.length).toBeGreaterThan(0);
      }),
    );
  });
});
