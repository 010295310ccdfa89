import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { UsageSchema } from '../../gen/signalbox/chat/v1/usage_pb.ts';
import type { CatalogModel } from '../../src/catalog/catalog-model.ts';
import { createCatalogView } from '../../src/catalog/create-catalog-view.ts';
import { priceUsage } from '../../src/routing/price-usage.ts';
import { createScriptedProvider } from './scripted-provider.ts';

const listed: CatalogModel = {
  provider: 'first',
  model: 'a',
  prices: [{ prices: { input_mtok: 1, output_mtok: 10 } }],
  source: 'the list',
};
const agreed: CatalogModel = { ...listed, prices: [{ prices: { input_mtok: 0.5, output_mtok: 5 } }] };

interface Case {
  readonly shipped?: readonly CatalogModel[];
  readonly operator?: readonly CatalogModel[];
  /** What the provider says that it cost. */
  readonly told?: number;
  readonly completionTokens?: number;
}

/** What 1,000 tokens in and 100 tokens out cost. */
function costOf({ shipped = [], operator = [], told, completionTokens = 100 }: Case): number | undefined {
  const providers = [{ id: 'first', kind: 'first', isLive: true, aliases: [] }];
  const view = createCatalogView({ shipped, synced: [], operator, providers });
  const provider = createScriptedProvider('first', []);
  const candidate = { id: 'first/a', provider, model: 'a', entry: view.get('first/a') };
  const usage = create(UsageSchema, {
    promptTokens: 1000,
    completionTokens,
    ...(told !== undefined && { cost: told }),
  });
  return priceUsage(candidate, usage, 0).cost;
}

test.each<[what: string, given: Case, cost: number | undefined]>([
  ['the catalogue alone', { shipped: [listed] }, 0.002],
  ['the provider before the catalogue', { shipped: [listed], told: 0.003 }, 0.003],
  ['the provider, also when it says that it was free', { shipped: [listed], told: 0 }, 0],
  ['the operator before the catalogue', { shipped: [listed], operator: [agreed] }, 0.001],
  ['the operator before the provider', { shipped: [listed], operator: [agreed], told: 0.003 }, 0.001],
  ['the provider where nobody else knows', { told: 0.003 }, 0.003],
  ['nobody', {}, undefined],
  [
    'an operator whose prices are not enough',
    { operator: [{ ...agreed, prices: [{ prices: { input_mtok: 1 } }] }], told: 3 },
    undefined,
  ],
])('the cost is that of %s', (_, given, cost) => {
  expect(costOf(given)).toBe(cost);
});

test('what the provider counted stays as it is', () => {
  const usage = create(UsageSchema, { promptTokens: 7, completionTokens: 2, totalTokens: 9 });
  const candidate = { id: 'first/a', provider: createScriptedProvider('first', []), model: 'a', entry: undefined };
  expect(priceUsage(candidate, usage, 0)).toEqual(usage);
});
