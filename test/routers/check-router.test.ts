import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { JsonValue } from '../../src/core/json.ts';
import { encodeRouter } from '../../src/dialects/router-json/encode-router.ts';
import { checkRouter } from '../../src/routers/check-router.ts';
import { generatedRouters } from '../dialects/router-json/generated-routers.ts';
import { check, checkVariant, toRecord } from './checked-fields.ts';
import { listRoutes, readRouter, routeJson, routerJson, rules, validRouters } from './checked-routers.ts';

describe('checkRouter, the router', () => {
  test('takes any router that may be saved', () => {
    fc.assert(
      fc.property(validRouters, (router) => {
        expect(checkRouter(router, rules)).toEqual([]);
      }),
    );
  });

  test('takes or refuses any router at all, with descriptions that end a sentence', () => {
    fc.assert(
      fc.property(generatedRouters(), (router) => {
        for (const { description } of checkRouter(router, rules)) expect(description).toMatch(/[^.]$/);
      }),
    );
  });

  test('tells everything that is wrong at once', () => {
    expect(
      check({
        name: 'My/Router',
        displayName: 'x'.repeat(513),
        defaults: { text_generation_config: { temperature: 3 }, message_templates: [{ role: 'system' }] },
        routes: [
          { route: { route_id: 'a', variants: [] } },
          { condition: { cel_expression: '' } },
          { ...routeJson('a', [50, 40]), condition: { cel_expression: 'tier ==' } },
        ],
        defaultRoute: { variants: [{ weight: 100 }] },
      }),
    ).toEqual({
      name: expect.stringContaining('lower-case letters, digits and hyphens'),
      displayName: 'it must have at most 512 characters',
      'defaults.text_generation_config.temperature': 'it must be from 0 to 2',
      'defaults.message_templates[0].content': 'it is required, or content_items',
      'routes[0].route.variants': 'it must have at least one variant',
      'routes[0].condition': 'it is required',
      'routes[1].route': 'it is required',
      'routes[1].condition.cel_expression': 'it is required',
      'routes[2].route.route_id': 'it must be unique, and routes[0].route.route_id is the same',
      'routes[2].route.variants': 'their weights must sum to 100, not 90',
      'routes[2].condition.cel_expression': expect.stringMatching(/^line 1, column \d+: /),
      'defaultRoute.variants[0].variant': 'it is required',
    });
  });

  test.each(['routers/x', 'a/b', '-a', 'A', 'a b', 'a\n', 'a'.repeat(64)])('refuses the name %j', (name) => {
    const router = readRouter(routerJson());
    router.name = name;
    expect(toRecord(checkRouter(router, rules))).toEqual({
      name: 'it must be of lower-case letters, digits and hyphens, begin with a letter or digit, and have at most 63 characters',
    });
  });

  test('needs a name', () => {
    expect(check(routerJson({}, { name: '', displayName: '日本' }))).toEqual({
      name: 'it is required: displayName has no letters or digits that it could be made from',
    });
  });

  test('needs a route or a default route', () => {
    expect(check({ name: 'a' })).toEqual({ routes: 'a router needs at least one route, or a default route' });
    expect(check({ name: 'a', routes: [routeJson('x')] })).toEqual({});
  });

  test('has ids of routes once each, the default route included', () => {
    const message = 'it must be unique, and routes[0].route.route_id is the same';
    expect(check(routerJson({}, { routes: [routeJson('default')] }))).toEqual({ 'defaultRoute.route_id': message });
    const { route } = routeJson('x');
    expect(check({ name: 'a', routes: [routeJson('default')], defaultRoute: { variants: [] } })).toMatchObject({
      'defaultRoute.route_id': message,
    });
    expect(check({ name: 'a', routes: [routeJson('x')], defaultRoute: route ?? null })).toEqual({
      'defaultRoute.route_id': message,
    });
  });

  test.each<[string, string]>([
    ['', 'it is required'],
    ['x'.repeat(129), 'it must have at most 128 characters'],
    ['a\nb', 'it must not have control characters'],
    ['a\u0000', 'it must not have control characters'],
    ['\u0085', 'it must not have control characters'],
  ])('refuses the id %j', (id, description) => {
    expect(check({ name: 'a', routes: [routeJson(id)] })).toEqual({ 'routes[0].route.route_id': description });
    expect(checkVariant({ variant_id: id })).toEqual({ variant_id: description });
  });

  test.each(['x'.repeat(128), 'Überraschung 🎉', 'a b', ' '])('takes the id %j', (id) => {
    expect(check({ name: 'a', routes: [routeJson(id)] })).toEqual({});
  });

  test.each([
    ['tier == ', /^line 1, column /],
    ['1 + 1', /./],
    ['nonsense(1)', /nonsense/],
    ['x'.repeat(201), /at most 200/],
    ['('.repeat(10_000), /./],
    [' \n', /^it is required$/],
  ])('refuses the condition %j', (expression, description) => {
    const route = { ...routeJson('a'), condition: { cel_expression: expression } };
    expect(check({ name: 'a', routes: [route] })).toEqual({
      'routes[0].condition.cel_expression': expect.stringMatching(description),
    });
  });

  test('bounds the routes, and does not look past the bound', () => {
    const routes = Array.from({ length: 10_000 }, (_, index) => routeJson(`r${index}`, [1]));
    expect(check({ name: 'a', routes })).toEqual({
      routes: 'it must have at most 4 elements, not 10000',
      ...Object.fromEntries(
        [0, 1, 2, 3].map((index) => [`routes[${index}].route.variants`, 'their weights must sum to 100, not 1']),
      ),
    });
  });

  test('tells a thousand violations, and how many more there are', () => {
    const routes = Array.from({ length: 1500 }, () => ({}));
    const violations = checkRouter(readRouter({ name: 'a', routes }), { ...rules, maxRoutes: 5000 });
    expect(violations).toHaveLength(1001);
    expect(violations.at(-1)).toEqual({ field: '', description: 'there are 2000 more violations' });
  });
});

describe('checkRouter, the variants', () => {
  const path = 'routes[0].route.variants';
  const checkWeights = (...weights: number[]) => check({ name: 'a', routes: [routeJson('a', weights)] });

  test.each([[[100]], [[70, 30]], [[33.3, 33.3, 33.4]], [[100, 0]], [[50.0000000001, 49.9999999999]]])(
    'takes the weights %j',
    (weights) => {
      expect(checkWeights(...weights)).toEqual({});
    },
  );

  test.each([
    [[99.999], 99.999],
    [[50, 50.00000001], 100.00000001],
    [[0, 0], 0],
    [[60, 60], 120],
  ])('refuses the weights %j', (weights, total) => {
    expect(checkWeights(...weights)).toEqual({ [path]: `their weights must sum to 100, not ${total}` });
  });

  test('refuses weights out of their range', () => {
    const description = 'it must be from 0 to 100';
    expect(checkWeights(-10, 110)).toEqual({ [`${path}[0].weight`]: description, [`${path}[1].weight`]: description });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses the weight %d, which RPC clients can send',
    (weight) => {
      const router = readRouter(routerJson());
      const [variant] = router.defaultRoute?.variants ?? [];
      if (variant !== undefined) variant.weight = weight;
      expect(toRecord(checkRouter(router, rules))).toEqual({
        'defaultRoute.variants[0].weight': 'it must be from 0 to 100',
      });
    },
  );

  test('refuses weights of valid routers when one is changed', () => {
    fc.assert(
      fc.property(validRouters, fc.double({ min: 1e-6, max: 50, noNaN: true }), (router, amount) => {
        for (const route of listRoutes(router)) {
          for (const variant of route.variants) variant.weight = Math.max(0, variant.weight - amount);
        }
        const sums = checkRouter(router, rules).filter(({ description }) => description.includes('must sum to 100'));
        expect(sums).toHaveLength(listRoutes(router).length);
      }),
    );
  });

  test('has ids of variants once each in a route, not in the router', () => {
    const { route } = routeJson('x', [50, 50]);
    const twice: JsonValue = JSON.parse(JSON.stringify(route).replaceAll('v1', 'v0'));
    expect(check({ name: 'a', defaultRoute: twice })).toEqual({
      'defaultRoute.variants[1].variant.variant_id':
        'it must be unique, and defaultRoute.variants[0].variant.variant_id is the same',
    });
    expect(check({ name: 'a', routes: [routeJson('a', [50, 50]), routeJson('b', [50, 50])] })).toEqual({});
  });

  test('bounds the variants', () => {
    expect(checkWeights(25, 25, 25, 25)).toEqual({ [path]: 'it must have at most 3 elements, not 4' });
  });
});

test('the paths of violations are those of the JSON that is written', () => {
  const written = (router: Router, path: string): boolean => {
    const [first = ''] = path.split(/[.[]/, 1);
    return first in encodeRouter(router) || ['name', 'routes'].includes(first);
  };
  fc.assert(
    fc.property(generatedRouters(), (router) => {
      for (const { field } of checkRouter(router, rules))
        expect([field, written(router, field)]).toEqual([field, true]);
    }),
  );
});
