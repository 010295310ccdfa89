import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RouteProgram, VariantProgram } from '../../src/routers/router-program.ts';
import { drawVariant } from '../../src/routing/draw-variant.ts';

function createRoute(routeId: string, weights: Readonly<Record<string, number>>): RouteProgram {
  return {
    routeId,
    variants: Object.entries(weights).map(
      ([variantId, weight]): VariantProgram => ({
        variantId,
        weight,
        modelId: `sandbox/${variantId}`,
        selection: undefined,
        config: undefined,
        templates: [],
        webSearch: undefined,
        webSearchOptions: undefined,
        firstTokenTimeout: undefined,
        recovery: undefined,
      }),
    ),
  };
}

function draw(route: RouteProgram, user: string, router = 'r'): string {
  return drawVariant(route, { router, user, random: refuseChance }).variant.variantId;
}

function refuseChance(): number {
  throw new Error('a user is never drawn by chance');
}

/** A reproducible sequence of numbers from 0, below 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How far counts are from what weights in percent make expected. */
function chiSquare(counts: ReadonlyMap<string, number>, weights: Readonly<Record<string, number>>): number {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return Object.entries(weights).reduce((sum, [id, weight]) => {
    const expected = (total * weight) / 100;
    return sum + (expected === 0 ? 0 : ((counts.get(id) ?? 0) - expected) ** 2 / expected);
  }, 0);
}

function count(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** The 99.99th percentile of chi-square with 4 degrees of freedom, which is above that of fewer. */
const chiSquareLimit = 23.5;

const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);

describe('with a user', () => {
  interface Vector {
    readonly router: string;
    readonly route: string;
    readonly user: string;
    readonly variant: string;
    readonly weight: number;
    readonly hash: number;
    readonly score: number;
    readonly isChosen: boolean;
  }

  const document = readFileSync(join(import.meta.dirname, '../../docs/routers.md'), 'utf8');
  const rows = document.matchAll(
    /^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| `(.+?)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (yes|no) \|$/gm,
  );
  const vectors = Array.from(rows, ([, router = '', route = '', user = '', variant = '', ...rest]): Vector => {
    const [weight, hash, score, chosen] = rest;
    return {
      ...{ router, route, user, variant, isChosen: chosen === 'yes' },
      ...{ weight: Number(weight), hash: Number(hash), score: Number(score) },
    };
  });
  const groups = Map.groupBy(vectors, ({ router, route, user }) => `${router}, ${route}, ${user}`);

  test('the documentation has vectors', () => {
    expect(groups.size).toBeGreaterThanOrEqual(5);
  });

  test.each([...groups])('%s is drawn as the documentation says', (_, group) => {
    const [{ router = '', route = '', user = '' } = {}] = group;
    const weights = Object.fromEntries(group.map(({ variant, weight }) => [variant, weight]));
    const drawn = drawVariant(createRoute(route, weights), { router, user, random: refuseChance });
    expect(drawn.isRandom).toBe(false);
    expect(drawn.variant.variantId).toBe(group.find(({ isChosen }) => isChosen)?.variant);
    group.forEach(({ hash, score }, index) => {
      expect(drawn.draws[index]?.hash).toBe(hash);
      expect(drawn.draws[index]?.score).toBeCloseTo(score, 9);
    });
  });

  test.each([
    [{ a: 70, b: 30 }],
    [{ a: 50, b: 50 }],
    [{ a: 99, b: 1 }],
    [{ a: 20, b: 20, c: 20, d: 20, e: 20 }],
    [{ a: 12.5, b: 37.5, c: 50, none: 0 }],
  ])('the shares of users are the weights: %o', (weights: Record<string, number>) => {
    const route = createRoute('route', weights);
    const counts = count(users.map((user) => draw(route, user)));
    expect(chiSquare(counts, weights)).toBeLessThan(chiSquareLimit);
    expect(counts.get('none')).toBeUndefined();
  });

  test('routes and routers draw independently of each other', () => {
    const route = createRoute('one', { a: 50, b: 50 });
    const other = createRoute('two', { a: 50, b: 50 });
    const pairs = users.map((user) => `${draw(route, user)}${draw(other, user)}${draw(route, user, 'r2')}`);
    const eighths = Object.fromEntries([...count(pairs).keys()].map((pair) => [pair, 12.5]));
    expect(Object.keys(eighths)).toHaveLength(8);
    // The 99.99th percentile with 7 degrees of freedom.
    expect(chiSquare(count(pairs), eighths)).toBeLessThan(29.9);
  });

  test('a change of weights moves only users towards what gained and away from what lost', () => {
    const before = createRoute('route', { a: 40, b: 40, c: 20 });
    const after = createRoute('route', { a: 40, b: 30, c: 30 });
    const moves = users.flatMap((user) => {
      const [from, to] = [draw(before, user), draw(after, user)];
      return from === to ? [] : [`${from}-${to}`];
    });
    expect(new Set(moves)).toEqual(new Set(['a-c', 'b-a', 'b-c']));
    // What must move is a tenth of all. Beside that, b loses some users to a, and a as many to c.
    expect(moves.length / users.length).toBeLessThan(0.15);
  });

  test('a variant that goes moves its own users alone', () => {
    const before = createRoute('route', { a: 50, b: 30, c: 20 });
    const after = createRoute('route', { a: 50, b: 30, c: 0 });
    for (const user of users) if (draw(before, user) !== 'c') expect(draw(after, user)).toBe(draw(before, user));
  });

  test('the order of the variants does not matter', () => {
    const route = createRoute('route', { a: 25, b: 25, c: 25, d: 25 });
    const turned: RouteProgram = { ...route, variants: route.variants.toReversed() };
    fc.assert(fc.property(fc.string({ minLength: 1 }), (user) => draw(route, user) === draw(turned, user)));
  });
});

describe('without a user', () => {
  test.each([undefined, ''])('%o: chance draws by weight', (user) => {
    const weights = { a: 70, none: 0, b: 30 };
    const route = createRoute('route', weights);
    const random = createRandom(7);
    const draws = users.map(() => drawVariant(route, { router: 'r', user, random }));
    const counts = count(draws.map(({ variant }) => variant.variantId));
    expect(chiSquare(counts, weights)).toBeLessThan(chiSquareLimit);
    expect(counts.get('none')).toBeUndefined();
    expect(draws[0]?.isRandom).toBe(true);
    expect(draws[0]?.draws.map(({ hash, score }) => [hash, score])).toEqual(Array(3).fill([undefined, undefined]));
  });

  test.each([
    [0, 'a'],
    [0.3 - 1e-12, 'a'],
    [0.3, 'b'],
    [1 - 2 ** -53, 'b'],
  ])('chance %d draws %s', (chance, variantId) => {
    const route = createRoute('route', { a: 30, b: 70, none: 0 });
    const drawn = drawVariant(route, { router: 'r', user: undefined, random: () => chance });
    expect(drawn.variant.variantId).toBe(variantId);
  });
});
