import { expect, test } from 'vitest';
import { createChoosingRig, type TestModel } from './choosing-rig.ts';

test('speeds that are nearly the same leave the choice to the next criterion, and decide where there is none', () => {
  const models: TestModel[] = [
    { id: 'first/slow', usd: [1, 1], tokensPerSecond: 50, firstTokenMs: 900 },
    { id: 'first/dear', usd: [9, 9], tokensPerSecond: 100, firstTokenMs: 100 },
    { id: 'second/cheap', usd: [2, 2], tokensPerSecond: 99, firstTokenMs: 101 },
  ];
  const chainOf = (...sort: string[]) => createChoosingRig(models).chain({ model: 'auto', extraBody: { sort } });
  expect(chainOf('throughput')).toEqual(['first/dear', 'second/cheap', 'first/slow']);
  expect(chainOf('throughput', 'price')).toEqual(['second/cheap', 'first/dear', 'first/slow']);
  expect(chainOf('latency')).toEqual(['first/dear', 'second/cheap', 'first/slow']);
  expect(chainOf('latency', 'price')).toEqual(['second/cheap', 'first/dear', 'first/slow']);
});

test('what is said of a choice is true of a fallback that was named', () => {
  const models: TestModel[] = [
    { id: 'first/large', usd: [1, 1] },
    { id: 'second/small', usd: [2, 2] },
  ];
  const extraBody = { models: ['second/small'], ignore: ['large'] };
  const { chain, reasoning, sort } = createChoosingRig(models).explain({ model: 'large', extraBody });
  expect([chain, sort]).toEqual([['second/small'], []]);
  expect(reasoning).not.toContain('ranked by');
});

test('a model that is named in two ways is tried once', () => {
  const rig = createChoosingRig([{ id: 'first/a', usd: [1, 1] }]);
  const chainOf = (model: string, ...models: string[]) => rig.chain({ model, extraBody: { models } });
  expect(chainOf('premier/a', 'first/a', 'a')).toEqual(['premier/a']);
  expect(chainOf('first/unheard', 'premier/unheard', 'first/a')).toEqual(['first/unheard', 'first/a']);
});

test('a list that has two providers already keeps its last place for the next best', () => {
  const models: TestModel[] = [
    { id: 'first/a', usd: [1, 1] },
    { id: 'second/b', usd: [2, 2] },
    { id: 'first/c', usd: [3, 3] },
    { id: 'second/d', usd: [4, 4] },
  ];
  const chain = createChoosingRig(models, { maxAttempts: 3 }).chain({ model: 'auto', extraBody: { sort: ['price'] } });
  expect(chain).toEqual(['first/a', 'second/b', 'first/c']);
});
