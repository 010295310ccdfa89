import { create, fromJson, type JsonValue } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Usage, UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import { computeCost } from '../../src/catalog/compute-cost.ts';
import { estimateCost } from '../../src/catalog/estimate-cost.ts';
import { type ModelPrices, type PriceKey, priceKeys } from '../../src/catalog/model-prices.ts';
import { parsePrices } from '../../src/catalog/parse-prices.ts';
import vectors from './cost-vectors.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  /** Where the provider publishes its prices. They were such once; what the vector holds is what counts. */
  readonly page: string;
  readonly prices: JsonValue;
  readonly at: string;
  readonly usage: JsonValue;
  /** Tokens x USD per million, added up; or why the cost is not known. */
  readonly arithmetic: string;
  readonly cost: number | null;
}

const cases: readonly Vector[] = vectors;

function read(prices: unknown): ModelPrices {
  const parsed = parsePrices(prices);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.prices;
}

describe('the cost of', () => {
  it.each(cases)('$name', ({ prices, usage, at, cost }) => {
    expect(computeCost(fromJson(UsageSchema, usage), read(prices), Date.parse(at)) ?? null).toBe(cost);
  });
});

describe('the vectors', () => {
  it('are many, each with a name of its own', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThan(60);
  });

  it.each(cases.filter(({ cost }) => cost !== null))('add up: $name', ({ arithmetic, usage, prices, cost }) => {
    const terms = Array.from(
      arithmetic.matchAll(/(\d+) x ([\d.]+)/g),
      ([, count, price]) => Number(count) * Number(price),
    );
    const fee = /and ([\d.]+) \/ 1000/.exec(arithmetic)?.[1] ?? 0;
    const sum = terms.reduce((one, other) => one + other, 0) / 1e6 + Number(fee) / 1000;
    expect(cost).toBeCloseTo(sum, 12);
    // Every token of both sums is in it once.
    const { promptTokens = 0, completionTokens = 0, ...more } = fromJson(UsageSchema, usage);
    const billed = [more.promptTokensDetails?.billedTokens, more.completionTokensDetails?.billedTokens];
    const counted = Array.from(arithmetic.matchAll(/(\d+) x/g), ([, count]) => Number(count)).reduce(
      (a, b) => a + b,
      0,
    );
    expect(counted).toBe((billed[0] ?? promptTokens) + (billed[1] ?? completionTokens));
    expect(read(prices).length).toBeGreaterThan(0);
  });
});

const mtokKeys: readonly PriceKey[] = priceKeys.filter((key) => key.endsWith('_mtok'));
const price = fc.oneof(fc.constantFrom(0, 0.3, 2.5), fc.double({ min: 1e-6, max: 200, noNaN: true }));
const tieredPrice = fc.oneof(
  { weight: 3, arbitrary: price },
  fc.record({ base: price, tiers: fc.array(fc.record({ start: fc.nat(500_000), price }), { maxLength: 3 }) }),
);
const table = fc.record(Object.fromEntries(mtokKeys.map((key) => [key, tieredPrice])), {
  requiredKeys: ['input_mtok', 'output_mtok'],
});
const count = fc.oneof(fc.nat(1000), fc.nat(1_000_000));
const details = {
  prompt: ['cachedTokens', 'cacheWriteTokens', 'cacheWrite1hTokens', 'audioTokens', 'imageTokens'],
  completion: ['reasoningTokens', 'audioTokens', 'imageTokens'],
} as const;

function recordOf<Key extends string>(
  keys: readonly Key[],
  value: fc.Arbitrary<number>,
): fc.Arbitrary<Partial<Record<Key, number>>> {
  return fc.array(fc.tuple(fc.constantFrom(...keys), value), { maxLength: keys.length }).map((entries) => {
    const record: Partial<Record<Key, number>> = {};
    for (const [key, number] of entries) record[key] = number;
    return record;
  });
}

/** Parts that are inside of their sums, each for itself. */
const anyUsage: fc.Arbitrary<Usage> = fc
  .tuple(count, count, recordOf(details.prompt, fc.nat(100)), recordOf(details.completion, fc.nat(60)))
  .map(([prompt, completion, ofPrompt, ofCompletion]) =>
    create(UsageSchema, {
      promptTokens: prompt,
      completionTokens: completion,
      promptTokensDetails: takeShares(prompt, ofPrompt),
      completionTokensDetails: takeShares(completion, ofCompletion),
    }),
  );

function takeShares<Key extends string>(
  whole: number,
  percents: Partial<Record<Key, number>>,
): Partial<Record<Key, number>> {
  const parts: Partial<Record<Key, number>> = {};
  for (const key in percents) parts[key] = Math.floor((whole * (percents[key] ?? 0)) / 100);
  return parts;
}

/** All parts disjoint and inside of their sums. */
function usageOf(parts: readonly number[]): Usage {
  const [fresh = 0, cachedTokens = 0, write = 0, write1h = 0, text = 0, reasoningTokens = 0] = parts;
  return create(UsageSchema, {
    promptTokens: fresh + cachedTokens + write + write1h,
    completionTokens: text + reasoningTokens,
    promptTokensDetails: { cachedTokens, cacheWriteTokens: write + write1h, cacheWrite1hTokens: write1h },
    completionTokensDetails: { reasoningTokens },
  });
}

describe('a cost', () => {
  it('is never negative, and never an error', () => {
    const odd = fc.oneof(count, fc.constantFrom(-1, Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53));
    const usage = fc
      .record({
        prompt: odd,
        completion: odd,
        ofPrompt: recordOf(details.prompt, odd),
        ofCompletion: recordOf(details.completion, odd),
      })
      .map(({ prompt, completion, ofPrompt, ofCompletion }) =>
        create(UsageSchema, {
          promptTokens: prompt,
          completionTokens: completion,
          promptTokensDetails: ofPrompt,
          completionTokensDetails: ofCompletion,
        }),
      );
    fc.assert(
      fc.property(
        fc.oneof(usage, anyUsage),
        table,
        fc.oneof(fc.nat(), fc.constant(Number.NaN)),
        (given, prices, atMs) => {
          const cost = computeCost(
            given,
            [{ prices }, { constraint: { type: 'start_date', start_date: '1970-01-02' }, prices }],
            atMs,
          );
          expect(cost === undefined || (cost >= 0 && Number.isFinite(cost))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  const flat = fc.record(Object.fromEntries(mtokKeys.map((key) => [key, price])));
  const parts = fc.array(fc.nat(100_000), { minLength: 6, maxLength: 6 });

  it('grows with each count', () => {
    fc.assert(
      fc.property(parts, flat, fc.nat(5), fc.nat(1000), (counts, prices, which, more) => {
        const grown = counts.with(which, (counts[which] ?? 0) + more);
        const [less, cost] = [counts, grown].map((each) => computeCost(usageOf(each), [{ prices }], 0) ?? Number.NaN);
        expect(cost).toBeGreaterThanOrEqual(less ?? Number.NaN);
      }),
    );
  });

  it('does not grow when more of the prompt comes from the cache, where that is no dearer', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e6),
        fc.nat(1e6),
        price,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (prompt, one, other, usd, share) => {
          const prices = { input_mtok: usd, output_mtok: usd, cache_read_mtok: usd * share };
          const [few, many] = [one, other].map((cached) => cached % (prompt + 1)).toSorted((a, b) => a - b);
          const [dear, cheap] = [few, many].map((cachedTokens) =>
            computeCost(
              create(UsageSchema, { promptTokens: prompt, completionTokens: 1, promptTokensDetails: { cachedTokens } }),
              [{ prices }],
              0,
            ),
          );
          expect(cheap ?? Number.NaN).toBeLessThanOrEqual((dear ?? Number.NaN) * (1 + 1e-11) + 1e-18);
        },
      ),
    );
  });

  it('is the sum of the costs of its parts', () => {
    fc.assert(
      fc.property(parts, flat, (counts, prices) => {
        const cost = (each: readonly number[]) => computeCost(usageOf(each), [{ prices }], 0) ?? Number.NaN;
        const alone = counts.map((value, index) => cost(counts.map((_, other) => (other === index ? value : 0))));
        const sum = alone.reduce((one, other) => one + other, 0);
        expect(Math.abs(cost(counts) - sum)).toBeLessThanOrEqual(1e-10 * sum);
      }),
    );
  });

  it('has the whole of the prompt and of the answer in one tier', () => {
    fc.assert(
      fc.property(fc.nat(400_000), count, count, fc.nat(100), (prompt, completion, cached, usd) => {
        const tiered = (base: number) => ({
          base,
          tiers: [
            { start: 100_000, price: 2 * base },
            { start: 200_000, price: 3 * base },
          ],
        });
        const keys = ['input_mtok', 'cache_read_mtok', 'output_mtok'];
        const prices = Object.fromEntries(keys.map((key, index) => [key, tiered(usd + index)]));
        const factor = prompt > 200_000 ? 3 : prompt > 100_000 ? 2 : 1;
        const single = Object.fromEntries(keys.map((key, index) => [key, factor * (usd + index)]));
        const usage = create(UsageSchema, {
          promptTokens: prompt,
          completionTokens: completion,
          promptTokensDetails: { cachedTokens: Math.min(cached, prompt) },
        });
        expect(computeCost(usage, [{ prices }], 0)).toBe(computeCost(usage, [{ prices: single }], 0));
      }),
    );
  });

  it('is what was estimated, where the estimate was right', () => {
    const prices = read({
      input_mtok: { base: 3, tiers: [{ start: 200_000, price: 6 }] },
      output_mtok: 15,
      cache_read_mtok: 0.3,
    });
    const expected = { promptTokens: 250_000, completionTokens: 1000 };
    expect(estimateCost(prices, expected, 0)).toBe(1.515);
    expect(computeCost(create(UsageSchema, expected), prices, 0)).toBe(1.515);
    expect(estimateCost(prices, { promptTokens: Number.NaN, completionTokens: 1 }, 0)).toBeUndefined();
    expect(estimateCost(read({ input_mtok: 3 }), expected, 0)).toBeUndefined();
  });
});
