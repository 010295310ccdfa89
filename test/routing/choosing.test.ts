import { describe, expect, test } from 'vitest';
import { SortDirection, SortMetric } from '../../gen/signalbox/router/v1/variant_pb.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import { type ChoosingRequest, type ChoosingRig, createChoosingRig, type TestModel } from './choosing-rig.ts';
import { createRouterOf } from './router-rig.ts';

/** Four models of two makers, some of them at several providers. */
const models: readonly TestModel[] = [
  { id: 'first/small', usd: [0.1, 0.4], intelligence: 30, coding: 10, firstTokenMs: 200, tokensPerSecond: 200 },
  { id: 'first/large', usd: [3, 15], intelligence: 90, coding: 70, firstTokenMs: 900, tokensPerSecond: 60 },
  { id: 'second/maker/large', usd: [2, 12], intelligence: 90, coding: 70, firstTokenMs: 400, tokensPerSecond: 80 },
  { id: 'second/middle', usd: [1, 5], intelligence: 60, coding: 80, firstTokenMs: 500, tokensPerSecond: 90 },
  { id: 'third/large', usd: [4, 20], intelligence: 90, coding: 70, firstTokenMs: 700, tokensPerSecond: 70 },
  { id: 'off/large', usd: [1, 2], intelligence: 90 },
  { id: 'off/only', usd: [1, 2] },
];

const rig = createChoosingRig(models);

function refusalOf(run: () => unknown): SignalboxError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return thrown;
    throw thrown;
  }
  throw new Error('it was not refused');
}

function reasonsOf(source: ChoosingRig, request: ChoosingRequest): Record<string, string> {
  return Object.fromEntries(source.explain(request).candidates.map(({ model, reason }) => [model, reason]));
}

describe('a bare name', () => {
  test('stands for its hosts that are live, the quickest first', () => {
    expect(rig.chain({ model: 'large' })).toEqual(['second/maker/large', 'third/large', 'first/large']);
  });

  test('is ranked by what sort says', () => {
    expect(rig.chain({ model: 'large', extraBody: { sort: ['price'] } })).toEqual([
      ...['second/maker/large', 'first/large', 'third/large'],
    ]);
  });

  test('goes to the providers of an order, which sort does not change, under the name that each has for it', () => {
    const provider = { order: ['third', 'second', 'first'] };
    const expected = ['third/large', 'second/maker/large', 'first/large'];
    expect(rig.chain({ model: 'large', extraBody: { provider } })).toEqual(expected);
    expect(rig.chain({ model: 'large', extraBody: { provider, sort: ['price'] } })).toEqual(expected);
  });

  test('goes to a provider of the order also when nobody knows that it has the model', () => {
    expect(rig.chain({ model: 'new-one', extraBody: { provider: { order: ['premier', 'second'] } } })).toEqual([
      ...['premier/new-one', 'second/new-one'],
    ]);
  });

  test('stops after the first provider without fallbacks', () => {
    const provider = { allowFallbacks: false };
    expect(rig.chain({ model: 'large', extraBody: { provider } })).toEqual(['second/maker/large']);
    expect(rig.chain({ model: 'large', extraBody: { provider: { ...provider, order: ['third', 'first'] } } })).toEqual([
      'third/large',
    ]);
    expect(reasonsOf(rig, { model: 'large', extraBody: { provider } })['first/large']).toContain('allow_fallbacks');
  });

  test('that nobody has is refused with names that are near', () => {
    const error = refusalOf(() => rig.chain({ model: 'larg' }));
    expect(error).toMatchObject({ reason: 'MODEL_UNKNOWN', details: { param: 'model', code: 'model_not_found' } });
    expect(error.message).toContain('Did you mean large?');
  });

  test('that only providers have which are not live is refused with what would make one live', () => {
    const error = refusalOf(() => rig.chain({ model: 'only' }));
    expect(error.reason).toBe('MODEL_NOT_LIVE');
    expect(error.message).toContain('set OFF_API_KEY');
  });

  test('as a fallback is refused at its place', () => {
    const error = refusalOf(() => rig.chain({ model: 'first/large', extraBody: { models: ['nobodys'] } }));
    expect(error).toMatchObject({ reason: 'MODEL_UNKNOWN', details: { param: 'extra_body.models[0]' } });
  });
});

describe('auto', () => {
  test('takes the cheapest of those that are not below the median of intelligence, and the others after them', () => {
    expect(rig.chain({ model: 'auto' })).toEqual([
      ...['second/middle', 'second/maker/large', 'first/large', 'third/large', 'first/small'],
    ]);
  });

  test('counts each model once for the median, however many run it and whatever its versions', () => {
    const hosts = ['first', 'second', 'third', 'fourth', 'fifth'];
    const many = hosts.map((host): TestModel => ({ id: `${host}/old`, usd: [1, 1], intelligence: 20 }));
    const others: TestModel[] = [
      { id: 'first/new-20260101', usd: [2, 2], intelligence: 40 },
      { id: 'first/new', usd: [3, 3], intelligence: 70 },
      { id: 'second/other', usd: [4, 4], intelligence: 60 },
    ];
    const [first, second] = createChoosingRig([...many, ...others]).chain({ model: 'auto' });
    expect([first, second]).toEqual(['first/new', 'second/other']);
  });

  test.each<[sort: string[], chain: string[]]>([
    [['price'], ['first/small', 'second/middle', 'second/maker/large', 'first/large', 'third/large']],
    [['latency'], ['first/small', 'second/maker/large', 'second/middle', 'third/large', 'first/large']],
    [['throughput'], ['first/small', 'second/middle', 'second/maker/large', 'third/large', 'first/large']],
    [['intelligence'], ['second/maker/large', 'first/large', 'third/large', 'second/middle', 'first/small']],
    [['coding'], ['second/middle', 'second/maker/large', 'first/large', 'third/large', 'first/small']],
    [
      ['intelligence', 'latency'],
      ['second/maker/large', 'third/large', 'first/large', 'second/middle', 'first/small'],
    ],
    // Nothing has a score: price decides.
    [['math'], ['first/small', 'second/middle', 'second/maker/large', 'first/large', 'third/large']],
  ])('by %j takes %j', (sort, chain) => {
    expect(rig.chain({ model: 'auto', extraBody: { sort } })).toEqual(chain);
  });

  test('takes from its pool, whose entries are models, bare names and providers', () => {
    const pool = (...names: string[]) => rig.chain({ model: 'auto', extraBody: { models: names, sort: ['price'] } });
    expect(pool('first/large', 'second/middle')).toEqual(['second/middle', 'first/large']);
    expect(pool('large')).toEqual(['second/maker/large', 'first/large', 'third/large']);
    expect(pool('second', 'first/small')).toEqual(['first/small', 'second/middle', 'second/maker/large']);
    // Nobody knows what it costs, so it comes last.
    expect(pool('first/new-one', 'first/large')).toEqual(['first/large', 'first/new-one']);
  });

  test('refuses a pool with a name that cannot be resolved', () => {
    const error = refusalOf(() => rig.chain({ model: 'auto', extraBody: { models: ['first/large', 'nobodys'] } }));
    expect(error).toMatchObject({ reason: 'MODEL_UNKNOWN', details: { param: 'extra_body.models[1]' } });
  });

  test('says which names to be ignored nobody has', () => {
    const ignore = ['first/tpyo', 'nobody', 'second', 'large', 'nobody/large', 'first/small', 'off/only'];
    expect(rig.plan({ model: 'auto', extraBody: { ignore: ignore.slice(0, 5) } }).warnings).toEqual([
      'ignore names "first/tpyo", which nobody here has: it excludes nothing.',
      'ignore names "nobody", which nobody here has: it excludes nothing.',
      'ignore names "nobody/large", which nobody here has: it excludes nothing.',
    ]);
    expect(rig.plan({ model: 'first/large', extraBody: { ignore: ignore.slice(5) } }).warnings).toEqual([]);
  });

  test('takes no model that will be switched off, unless there is no other', () => {
    const old: TestModel = { id: 'first/old', usd: [0.01, 0.01], intelligence: 95, isDeprecated: true };
    expect(createChoosingRig([...models, old]).chain({ model: 'auto' })).not.toContain('first/old');
    expect(createChoosingRig([old]).chain({ model: 'auto' })).toEqual(['first/old']);
  });

  test('puts models that are failing after all others', () => {
    const failing = models.map((model) => ({ ...model, isFailing: model.id === 'second/maker/large' }));
    expect(createChoosingRig(failing).chain({ model: 'auto', extraBody: { sort: ['intelligence'] } })).toEqual([
      ...['first/large', 'third/large', 'second/middle', 'first/small', 'second/maker/large'],
    ]);
  });

  test('keeps a place for another provider where one has all of the best', () => {
    const many = Array.from({ length: 5 }, (_, index) => ({ id: `first/m${index}`, usd: [index, index] as const }));
    const others: TestModel[] = [
      { id: 'second/dear', usd: [50, 50] },
      { id: 'third/dearer', usd: [60, 60] },
    ];
    const chain = createChoosingRig([...many, ...others], { maxAttempts: 3 }).chain({
      model: 'auto',
      extraBody: { sort: ['price'] },
    });
    expect(chain).toEqual(['first/m0', 'first/m1', 'second/dear']);
  });

  test('takes a model for trying things out only where there is no other', () => {
    const echo: TestModel = { id: 'toy/echo', usd: [0, 0], isTest: true };
    expect(createChoosingRig([...models, echo]).chain({ model: 'auto' })).not.toContain('toy/echo');
    expect(createChoosingRig([echo]).chain({ model: 'auto' })).toEqual(['toy/echo']);
  });

  test.each(['maker/large:free', 'maker/large-free', 'maker/free'])(
    'takes the free offer %s, which may train on what it is sent, only where it is named or there is no other',
    (name) => {
      const free: TestModel = { id: `second/${name}`, usd: [0, 0], intelligence: 95 };
      const gateway = createChoosingRig([...models, free]);
      expect(gateway.chain({ model: 'auto', extraBody: { sort: ['price'] } })).not.toContain(free.id);
      expect(gateway.chain({ model: 'auto', extraBody: { models: ['second'] } })).not.toContain(free.id);
      expect(gateway.chain({ model: 'first/small', extraBody: { models: ['second'] } })).not.toContain(free.id);
      expect(gateway.chain({ model: 'auto', extraBody: { models: ['second', free.id] } })[0]).toBe(free.id);
      expect(createChoosingRig([free]).chain({ model: 'auto' })).toEqual([free.id]);
      expect(createChoosingRig([...models.slice(0, 2), free]).chain({ model: 'second' })).toEqual([free.id]);
    },
  );

  test('is refused where nothing is live', () => {
    const error = refusalOf(() => createChoosingRig([{ id: 'off/large' }]).chain({ model: 'auto' }));
    expect(error.reason).toBe('SELECTION_UNAVAILABLE');
  });

  test('of a variant goes by the direction that the variant gives', () => {
    const chainOf = (direction: SortDirection): string[] =>
      createChoosingRig(models, {
        routers: [
          createRouterOf({ modelId: 'auto', modelSelection: { sort: [{ metric: SortMetric.PRICE, direction }] } }),
        ],
      }).chain({ model: 'router/only' });
    expect(chainOf(SortDirection.DESCENDING)[0]).toBe('third/large');
    expect(chainOf(SortDirection.ASCENDING)[0]).toBe('first/small');
    expect(chainOf(SortDirection.UNSPECIFIED)[0]).toBe('first/small');
  });
});

describe('what a call needs', () => {
  const able: readonly TestModel[] = [
    { id: 'first/plain', usd: [1, 1], contextTokens: 2000, capabilities: {} },
    { id: 'first/tooled', usd: [2, 2], capabilities: { functionCalling: true } },
    { id: 'second/seeing', usd: [3, 3], inputModalities: ['text', 'image'], capabilities: { functionCalling: false } },
    { id: 'third/unknown', usd: [4, 4], capabilities: {} },
  ];
  const needs = createChoosingRig(able);
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const image = { part: { case: 'imageUrl' as const, value: { url: 'https://x.example/y.png' } } };

  test('keeps auto to the models that are known to be able', () => {
    expect(needs.chain({ model: 'auto', tools, extraBody: { sort: ['price'] } })).toEqual(['first/tooled']);
  });

  test('keeps a bare name from the models that are known not to be able', () => {
    const same = able.map((model, index) => ({ ...model, id: `p${index}/it`, canonicalName: 'it' }));
    const chain = createChoosingRig(same).chain({ model: 'it', tools, extraBody: { sort: ['price'] } });
    expect(chain).toEqual(['p0/it', 'p1/it', 'p3/it']);
  });

  test('does not keep a model from a call that names it', () => {
    expect(needs.chain({ model: 'second/seeing', tools })).toEqual(['second/seeing']);
  });

  test('counts tokens', () => {
    const content = 'some words and more '.repeat(1000);
    const messages = [{ role: 'user', content }];
    expect(needs.chain({ model: 'auto', messages, extraBody: { sort: ['price'] } })).not.toContain('first/plain');
    expect(needs.chain({ model: 'auto', extraBody: { sort: ['price'] } })).toContain('first/plain');
  });

  test('that nobody left can do is refused with what removed how many', () => {
    const request = { model: 'auto', tools, messages: [{ role: 'user', contentParts: [image] }] };
    const error = refusalOf(() => needs.chain({ ...request, extraBody: { ignore: ['third'] } }));
    expect(error).toMatchObject({ reason: 'NO_CANDIDATE', details: { param: 'model' } });
    expect(error.message).toContain('1 are to be ignored');
    expect(error.message).toContain('2 take no images');
    expect(error.message).toContain('1 do not call tools');
  });
});

describe('a probe', () => {
  const probing = (index: number | undefined) => createChoosingRig(models, { chooseProbe: () => index });

  test('is tried before the best', () => {
    expect(probing(2).chain({ model: 'large' })).toEqual(['first/large', 'second/maker/large', 'third/large']);
  });

  test('is not made where ranking is not by speed, or by speed only in the second place', () => {
    for (const sort of [['price'], ['price', 'latency'], ['intelligence', 'throughput']]) {
      const request = { model: 'large', extraBody: { sort } };
      expect(probing(2).chain(request)).toEqual(rig.chain(request));
    }
  });

  test('is not made among fallbacks, nor when a call is explained', () => {
    const request = { model: 'first/small', extraBody: { models: ['large'] } };
    expect(probing(2).chain(request)).toEqual(rig.chain(request));
    expect(probing(2).explain({ model: 'large' }).chain).toEqual(rig.chain({ model: 'large' }));
  });
});

describe('a probe of a call that may be tried once', () => {
  test('is not made, since it could only fail the call', () => {
    const once = createChoosingRig(models, { chooseProbe: () => 2, maxAttempts: 1 });
    expect(once.chain({ model: 'large' })).toEqual(['second/maker/large']);
    const probing = createChoosingRig(models, { chooseProbe: () => 2 });
    const provider = { allowFallbacks: false };
    expect(probing.chain({ model: 'large', extraBody: { provider } })).toEqual(['second/maker/large']);
  });
});

describe('a model that keeps failing', () => {
  const failing = createChoosingRig(models.map((model) => ({ ...model, isFailing: model.id === 'first/large' })));

  test('comes after the fallbacks of a chain that names it, and the explanation says why', () => {
    const request = { model: 'first/large', extraBody: { models: ['third/large', 'second/middle'] } };
    expect(failing.chain(request)).toEqual(['third/large', 'second/middle', 'first/large']);
    const { candidates, chain, reasoning } = failing.explain(request);
    expect(chain).toEqual(failing.chain(request));
    expect(reasoning).toBe("Using fallback model: 'third/large', since 'first/large' keeps failing");
    expect(candidates.map(({ model, isUnhealthy }) => [model, isUnhealthy])).toEqual([
      ['third/large', false],
      ['second/middle', false],
      ['first/large', true],
    ]);
  });

  test('is tried all the same where there is no other', () => {
    expect(failing.chain({ model: 'first/large' })).toEqual(['first/large']);
  });
});

describe('an explanation', () => {
  test('shows each candidate with price, speed, scores and reason', () => {
    const request = { model: 'auto', extraBody: { ignore: ['third'] } };
    const { candidates, chain, estimate, reasoning, sort } = rig.explain(request);
    expect(chain).toEqual(rig.chain(request));
    expect(sort).toEqual(['price']);
    expect(reasoning).toBe(
      "Using model: 'second/middle' for 'auto', ranked by price among models of at least median intelligence",
    );
    expect(estimate?.completionTokens).toBe(1000);
    const best = candidates[0];
    expect(best).toMatchObject({ model: 'second/middle', isIncluded: true, isUnhealthy: false });
    const { promptTokens = 0, completionTokens = 0 } = estimate ?? {};
    expect(best?.cost).toBeCloseTo((promptTokens * 1 + completionTokens * 5) / 1e6, 12);
    expect(best?.scores['intelligence']).toMatchObject({ value: 60, source: 'the test', estimated: false });
    expect(best?.timeToFirstTokenMs).toBeGreaterThan(0);
    expect(candidates.find(({ model }) => model === 'third/large')).toMatchObject({
      isIncluded: false,
      reason: 'The model or its provider is to be ignored.',
    });
  });

  test('shows the same of a model that is named', () => {
    const { candidates, estimate, sort } = rig.explain({ model: 'first/large' });
    expect(candidates).toMatchObject([{ model: 'first/large', isIncluded: true, reason: 'The request names it.' }]);
    expect(candidates[0]?.cost).toBeGreaterThan(0);
    expect(estimate?.promptTokens).toBeGreaterThan(0);
    expect(sort).toEqual([]);
  });
});
