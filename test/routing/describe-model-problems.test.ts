import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import { SortMetric } from '../../gen/signalbox/router/v1/variant_pb.ts';
import { ProviderDirectory } from '../../src/providers/provider-directory.ts';
import { describeModelProblems } from '../../src/routing/describe-model-problems.ts';
import { planningStandIns } from './planning-stand-ins.ts';
import { createRouterOf } from './router-rig.ts';
import { createScriptedProvider } from './scripted-provider.ts';

const providers = new ProviderDirectory([
  { id: 'first', kind: 'scripted', live: true, provider: createScriptedProvider('first', []) },
  { id: 'off', kind: 'scripted', live: false, remedy: 'switch it on' },
]);
const names = { ...planningStandIns, providers, routerPrefix: 'inworld/' };

function describeVariant(fields: Parameters<typeof createRouterOf>[0]): string[] {
  return describeModelProblems(createRouterOf(fields).createResource(), names, 100);
}

test.each<[what: string, fields: Parameters<typeof createRouterOf>[0], problems: (string | RegExp)[]]>([
  ['what can be called', { modelSelection: { models: ['first/b'] } }, []],
  ['a provider that is off', { modelId: 'off/x' }, ['off/x cannot be called now. The provider off is not configured.']],
  ['a fallback of nobody', { modelSelection: { models: ['nobody/x', 'first/b'] } }, ['nobody/x cannot be called now.']],
  ['a bare model', { modelId: 'gpt' }, ['gpt cannot be called now. The model gpt is not known here.']],
  ['one with an order', { modelId: 'gpt', modelSelection: { provider: { order: ['first'] } } }, []],
  [
    'one with an order of others',
    { modelId: 'gpt', modelSelection: { provider: { order: ['first', 'off'] } } },
    ['off/gpt'],
  ],
  ['auto', { modelId: 'auto' }, ['auto cannot be called now.']],
  ['auto with a pool', { modelId: 'auto', modelSelection: { models: ['first/b'] } }, []],
  [
    'models that it ignores',
    { modelSelection: { models: ['first/b'], ignore: ['first'] } },
    ['it ignores every model'],
  ],
  ['some that it ignores', { modelSelection: { models: ['first/b'], ignore: ['first/b'] } }, []],
  ['a search', { webSearch: { maxSteps: 2 } }, ['This server has no search engine']],
  ['a ranking', { modelSelection: { sort: [{ metric: SortMetric.PRICE }] } }, ['sort has no effect']],
])('%s', (_what, fields, problems) => {
  const found = describeVariant(fields);
  expect(found).toHaveLength(problems.length);
  problems.forEach((problem, index) => {
    expect(found[index]).toContain(problem);
    expect(found[index]).toContain("Route 'default', variant 'v': ");
  });
});

test('it looks no further than it is asked to', () => {
  const variants = Array.from({ length: 50 }, (_, index) => ({
    variant: { variantId: `v${index}`, modelId: 'off/x' },
    weight: 2,
  }));
  const router: Router = create(RouterSchema, { name: 'wide', defaultRoute: { routeId: 'r', variants } });
  expect(describeModelProblems(router, names, 10)).toHaveLength(11);
  expect(describeModelProblems(router, names, 100)).toHaveLength(50);
});
