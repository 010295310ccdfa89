import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { computeCost } from '../../src/catalog/compute-cost.ts';
import { estimateCost } from '../../src/catalog/estimate-cost.ts';
import type { PriceTable } from '../../src/catalog/model-prices.ts';

const amount = fc.double({ min: 0, max: 100, noNaN: true });
const price = fc.oneof(amount, fc.record({ base: amount, price: amount, start: fc.integer({ min: 1, max: 2000 }) }));
const tokens = fc.integer({ min: 0, max: 4000 });

function createPrice(given: number | { base: number; price: number; start: number }) {
  return typeof given === 'number' ? given : { base: given.base, tiers: [{ start: given.start, price: given.price }] };
}

test('is what a call of so many tokens costs when nothing is cached, fees for each call included', () => {
  const table = fc.record(
    { input: price, output: price, request: amount, cacheRead: amount },
    { requiredKeys: ['input', 'output'] },
  );
  fc.assert(
    fc.property(table, tokens, tokens, ({ input, output, request, cacheRead }, promptTokens, completionTokens) => {
      const prices: PriceTable = {
        input_mtok: createPrice(input),
        output_mtok: createPrice(output),
        ...(request !== undefined && { requests_kcount: request }),
        ...(cacheRead !== undefined && { cache_read_mtok: cacheRead }),
      };
      const usage = create(UsageSchema, { promptTokens, completionTokens });
      const estimate = estimateCost([{ prices }], { promptTokens, completionTokens }, 0);
      expect(estimate).toBeCloseTo(computeCost(usage, [{ prices }], 0) ?? Number.NaN, 9);
    }),
  );
});

test('counts a fee for each call', () => {
  const prices = [{ prices: { input_mtok: 1, output_mtok: 2, requests_kcount: 5 } }];
  // 1,000 x 1 / 1,000,000 + 500 x 2 / 1,000,000 + 5 / 1,000
  expect(estimateCost(prices, { promptTokens: 1000, completionTokens: 500 }, 0)).toBeCloseTo(0.007, 12);
});

test.each([
  [{ input_mtok: 1 }, { promptTokens: 1, completionTokens: 1 }],
  [
    { input_mtok: 1, output_mtok: 1 },
    { promptTokens: -1, completionTokens: 1 },
  ],
  [
    { input_mtok: 1, output_mtok: 1 },
    { promptTokens: Number.NaN, completionTokens: 1 },
  ],
])('is not known with the prices %j for %j', (prices, expected) => {
  expect(estimateCost([{ prices }], expected, 0)).toBeUndefined();
});
