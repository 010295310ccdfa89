import { describe, expect, test } from 'vitest';
import { SortMetric } from '../../gen/signalbox/router/v1/variant_pb.ts';
import { SignalboxError } from '../../src/core/errors.ts';
import type { Plan } from '../../src/routing/plan-chat.ts';
import { createRouterOf, createRouterRig, createSavedRouter } from './router-rig.ts';

function refusalOf(run: () => Plan): SignalboxError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return thrown;
  }
  throw new Error('it was not refused');
}

const variant = (variantId: string) => ({ variant: { variantId, modelId: `first/${variantId}` }, weight: 100 });

describe('a route', () => {
  const tiers = createSavedRouter({
    name: 'tiers',
    routes: [
      {
        route: { routeId: 'premium', variants: [variant('large')] },
        condition: { celExpression: 'tier == "premium"' },
      },
      { route: { routeId: 'free', variants: [variant('small')] }, condition: { celExpression: 'tier == "free"' } },
    ],
    defaultRoute: { routeId: 'rest', variants: [variant('middle')] },
  });
  const strict = createSavedRouter({ ...tiers.createResource(), name: 'strict' });
  const withoutDefault = createSavedRouter({
    name: 'no-default',
    routes: tiers.createResource().routes,
  });
  const rig = createRouterRig([tiers, strict, withoutDefault]);
  const routeFor = (model: string, metadata: Record<string, string | number>): string | undefined =>
    rig.plan({ model, extraBody: { metadata } }).decision?.routeId;

  test.each([
    [{ tier: 'premium' }, 'premium'],
    [{ tier: 'free' }, 'free'],
    [{ tier: 'gold' }, 'rest'],
    [{ tier: 1 }, 'rest'],
    [{}, 'rest'],
  ])('is chosen by metadata: %o', (metadata: Record<string, string | number>, routeId) => {
    expect(routeFor('inworld/tiers', metadata)).toBe(routeId);
    expect(routeFor('router/tiers', metadata)).toBe(routeId);
  });

  test("is chosen by OpenAI's own metadata when extra_body has none", () => {
    const plan = rig.plan({ model: 'router/tiers', metadata: { tier: 'free' } });
    expect(plan.decision).toMatchObject({ router: 'tiers', routeId: 'free', variantId: 'small' });
    const both = rig.plan({ model: 'router/tiers', metadata: { tier: 'free' }, extraBody: { metadata: {} } });
    expect(both.decision?.routeId).toBe('rest');
  });

  test('that no condition leads to is refused in the words that clients know', () => {
    const error = refusalOf(() => rig.plan({ model: 'inworld/no-default', extraBody: { metadata: { tier: 'x' } } }));
    expect(error.message).toBe('No route matched. Configure a default route or adjust conditions.');
    expect([error.reason, error.httpStatus]).toEqual(['NO_ROUTE_MATCHED', 400]);
  });

  test.each([
    ['inworld/nobody', 'ROUTER_UNKNOWN'],
    ['router/routers/tiers', 'ROUTER_UNKNOWN'],
    ['router/', 'INVALID_FIELD'],
  ])('of no router: %s', (model, reason) => {
    expect(refusalOf(() => rig.plan({ model })).reason).toBe(reason);
  });

  test('of another workspace is unknown', () => {
    const foreign = createRouterRig([{ ...tiers, workspace: 'other' }]);
    expect(refusalOf(() => foreign.plan({ model: 'router/tiers' })).reason).toBe('ROUTER_UNKNOWN');
  });
});

describe('templates', () => {
  const rig = createRouterRig([
    createRouterOf({
      messageTemplates: [
        { role: 'system', content: 'You speak {{ language }}, {{language}} only.' },
        { role: 'user', contentItems: [{ text: '{{a}}' }, { text: 'and {"b": {"c": 1}}' }] },
        { role: 'assistant', toolCalls: [{ id: 'c1', name: 'f', args: '{"x": "{{a}}"}' }] },
        { role: 'tool', toolCallId: 'c1', content: '' },
      ],
    }),
  ]);
  const ask = (promptVariables: Record<string, string>, content = 'Say {{language}}.') =>
    rig.plan({ model: 'router/only', messages: [{ role: 'user', content }], extraBody: { promptVariables } });

  test("come first, filled in; the request's messages are as they were", () => {
    const { messages } = ask({ language: '$& {{a}}', a: 'A' }).request;
    expect(messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'You speak $& {{a}}, $& {{a}} only.'],
      ['user', undefined],
      ['assistant', undefined],
      ['tool', ''],
      ['user', 'Say {{language}}.'],
    ]);
    expect(messages[1]?.contentParts.map(({ part }) => part.value)).toEqual(['A', 'and {"b": {"c": 1}}']);
    expect(messages[2]?.toolCalls[0]?.function?.arguments).toBe('{"x": "A"}');
    expect([messages[2]?.toolCalls[0]?.id, messages[3]?.toolCallId]).toEqual(['c1', 'c1']);
  });

  test('stay JSON in the arguments of a tool, whatever a value holds', () => {
    const { messages } = ask({ language: '', a: 'a "quoted" line\n' }).request;
    expect(JSON.parse(messages[2]?.toolCalls[0]?.function?.arguments ?? '')).toEqual({ x: 'a "quoted" line\n' });
  });

  test('name every variable that is not given', () => {
    const error = refusalOf(() => ask({ toString: 'x' }));
    expect([error.reason, error.details.param]).toEqual(['PROMPT_VARIABLE_MISSING', 'extra_body.prompt_variables']);
    expect(error.message).toBe(
      'The templates of the router only need language, a. Give them in extra_body.prompt_variables.',
    );
  });

  test('may not become longer than allowed, however often a variable stands in them', () => {
    expect(refusalOf(() => ask({ language: 'x'.repeat(490), a: '' })).details.param).toBe(
      'extra_body.prompt_variables',
    );
    expect(ask({ language: 'x'.repeat(400), a: '' }).request.messages).toHaveLength(5);
  });

  test('are enough of a conversation', () => {
    const plan = rig.plan({
      model: 'router/only',
      messages: [],
      extraBody: { promptVariables: { language: 'L', a: '' } },
    });
    expect(plan.request.messages).toHaveLength(4);
  });

  test('of the defaults are those of a variant that has none', () => {
    const defaults = { messageTemplates: [{ role: 'system', content: 'default' }] };
    const [with_, without] = [[{ role: 'system', content: 'own' }], []].map((messageTemplates) =>
      createRouterRig([createRouterOf({ messageTemplates }, { defaults })]).plan({ model: 'router/only' }),
    );
    expect(with_?.request.messages.map(({ content }) => content)).toEqual(['own', 'Hello!']);
    expect(without?.request.messages.map(({ content }) => content)).toEqual(['default', 'Hello!']);
  });
});

describe('settings', () => {
  const defaults = { textGenerationConfig: { maxTokens: 77, temperature: 0.1 } };
  const plan = (
    config: Parameters<typeof createRouterOf>[0]['textGenerationConfig'],
    request: Parameters<ReturnType<typeof createRouterRig>['plan']>[0] = {},
  ) =>
    createRouterRig([createRouterOf({ ...(config && { textGenerationConfig: config }) }, { defaults })]).plan({
      model: 'router/only',
      ...request,
    }).request;

  test('of a variant replace the defaults whole', () => {
    expect(plan(undefined)).toMatchObject({ maxTokens: 77, temperature: 0.1 });
    const own = plan({ temperature: 0.5 });
    expect([own.temperature, own.maxTokens]).toEqual([0.5, undefined]);
  });

  test('of the request win, one by one', () => {
    const config = {
      maxTokens: 5,
      topP: 0.5,
      temperature: 0.5,
      frequencyPenalty: 1,
      presencePenalty: 1,
      stopSequences: ['a'],
      seed: 5n,
      logitBias: [{ tokenId: '7', biasValue: -5 }],
      repetitionPenalty: 1.1,
    };
    expect(plan(config)).toMatchObject({
      maxTokens: 5,
      topP: 0.5,
      temperature: 0.5,
      frequencyPenalty: 1,
      presencePenalty: 1,
      stop: ['a'],
      seed: 5n,
      logitBias: { 7: -5 },
      extraFields: { repetition_penalty: 1.1 },
    });
    const own = {
      maxTokens: 9,
      topP: 0.9,
      temperature: 0,
      frequencyPenalty: 0,
      presencePenalty: 0,
      stop: ['b'],
      seed: 9n,
      logitBias: { 9: 9 },
      extraFields: { repetition_penalty: 1.9, other: true },
    };
    expect(plan(config, own)).toMatchObject(own);
    const newer = plan(config, { maxCompletionTokens: 9 });
    expect([newer.maxTokens, newer.maxCompletionTokens]).toEqual([undefined, 9]);
  });

  test.each([
    [{ effort: 'low' }, {}, { effort: 'low' }],
    [{ effort: 'low' }, { reasoningEffort: 'high' }, {}],
    [
      { maxTokens: 100, exclude: true },
      { extraBody: { reasoning: { effort: 'high' } } },
      { effort: 'high', exclude: true },
    ],
    [
      { effort: 'low', exclude: true },
      { extraBody: { reasoning: { exclude: false } } },
      { effort: 'low', exclude: false },
    ],
  ])('of reasoning: %o and %o make %o', (reasoning, request, expected) => {
    const { extraBody } = plan({ reasoning }, request);
    const { effort, maxTokens, exclude } = extraBody?.reasoning ?? {};
    expect({ effort, maxTokens, exclude }).toEqual({
      effort: undefined,
      maxTokens: undefined,
      exclude: undefined,
      ...expected,
    });
  });

  test('of a call do not stay with the router', () => {
    const router = createRouterOf({ textGenerationConfig: { stopSequences: ['a'], temperature: 0.5 } });
    const rig = createRouterRig([router]);
    rig.plan({ model: 'router/only' }).request.stop.push('changed');
    expect(rig.plan({ model: 'router/only' }).request.stop).toEqual(['a']);
  });
});

describe('models', () => {
  const chain = (
    variantFields: Parameters<typeof createRouterOf>[0],
    extraBody: NonNullable<Parameters<ReturnType<typeof createRouterRig>['plan']>[0]['extraBody']> = {},
  ) => {
    const plan = createRouterRig([createRouterOf(variantFields)]).plan({ model: 'router/only', extraBody });
    return { ids: plan.candidates.map(({ id }) => id), warnings: plan.warnings };
  };

  test.each([
    [{}, {}, ['first/a']],
    [{ models: ['second/b', 'first/a', 'second/b'] }, {}, ['first/a', 'second/b']],
    [{ models: ['second/b'] }, { models: ['second/own'] }, ['first/a', 'second/own']],
    [{ models: ['second/b'], ignore: ['first'] }, {}, ['second/b']],
    [{ models: ['second/b', 'second/c'], ignore: ['c'] }, { ignore: ['first/a'] }, ['second/b']],
    [{ models: ['off/x', 'second/b'] }, {}, ['first/a', 'second/b']],
  ])('%o and %o of the request: %o', (modelSelection, extraBody, ids) => {
    expect(chain({ modelSelection }, extraBody).ids).toEqual(ids);
  });

  test('that are not to be had are passed over, with a warning', () => {
    const { ids, warnings } = chain({ modelId: 'off/x', modelSelection: { models: ['nobody/y', 'second/b'] } });
    expect(ids).toEqual(['second/b']);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('off/x, which was passed over: The provider off is not configured.');
    expect(() => chain({ modelId: 'off/x' })).toThrow(
      'The provider off is not configured. To make it live, switch it on.',
    );
  });

  test('that the request itself names are refused when they are not to be had', () => {
    for (const models of [['nobody/y'], ['off/y'], ['router/only']]) {
      expect(() => chain({}, { models })).toThrow(/nobody|off|is a router/);
    }
    const provider = { order: ['off'] };
    expect(() => chain({ modelId: 'gpt' }, { provider })).toThrow('The provider off is not configured.');
  });

  test('are passed over with a few warnings, however many there are', () => {
    const models = Array.from({ length: 64 }, (_, index) => `m${index}`);
    const order = Array.from({ length: 64 }, (_, index) => `nobody${index}`);
    const { ids, warnings } = chain({ modelId: 'first/a', modelSelection: { models, provider: { order } } });
    expect(ids).toEqual(['first/a']);
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toMatch(/^\d+ more models were passed over\.$/);
  });

  test('without a provider go to those of the order', () => {
    const provider = { order: ['second', 'first'] };
    expect(chain({ modelId: 'gpt', modelSelection: { provider } }).ids).toEqual(['second/gpt', 'first/gpt']);
    const first = { order: ['second', 'first'], allowFallbacks: false };
    const selection = { provider: first, models: ['first/b'] };
    expect(chain({ modelId: 'gpt', modelSelection: selection }).ids).toEqual(['second/gpt', 'first/b']);
    expect(chain({ modelId: 'gpt', modelSelection: selection }, { provider }).ids).toEqual([
      ...['second/gpt', 'first/gpt', 'first/b'],
    ]);
    expect(() => chain({ modelId: 'gpt' })).toThrow('The model gpt is not known here.');
  });

  test('of auto are those of the pool', () => {
    expect(chain({ modelId: 'auto', modelSelection: { models: ['second/b', 'first/c'] } }).ids).toEqual([
      ...['second/b', 'first/c'],
    ]);
    expect(() => chain({ modelId: 'auto' })).toThrow('There is no model to choose for auto');
  });

  test('that are named with their providers are not ranked, which is said', () => {
    const sort = [{ metric: SortMetric.PRICE }];
    expect(chain({ modelSelection: { sort } }).warnings).toEqual([
      'sort has no effect: the models are named with their providers, and tried in the order given.',
    ]);
  });

  test('get the time to the first token that the variant gives, or the request', () => {
    const rig = createRouterRig([createRouterOf({ fallback: { ttftTimeout: '1.5s' } })]);
    expect(rig.plan({ model: 'router/only' }).firstTokenTimeoutMs).toBe(1500);
    const own = { fallback: { ttftTimeout: '300ms' } };
    expect(rig.plan({ model: 'router/only', extraBody: own }).firstTokenTimeoutMs).toBe(300);
  });

  test('recover as the variant says, or the request', () => {
    const rig = createRouterRig([createRouterOf({ recovery: 'restart' })]);
    expect(rig.plan({ model: 'router/only' }).request.extraBody?.recovery).toBe('restart');
    const own = { recovery: 'none' };
    expect(rig.plan({ model: 'router/only', extraBody: own }).request.extraBody?.recovery).toBe('none');
  });
});

describe('an explanation', () => {
  test('has the settings that a provider would see, and nothing that only the gateway reads', () => {
    const config = { repetitionPenalty: 1.2, reasoning: { effort: 'high' }, temperature: 0.5 };
    const rig = createRouterRig([createRouterOf({ textGenerationConfig: config })]);
    const { request } = rig.explain({
      model: 'router/only',
      extraBody: { metadata: { tier: 'x' }, promptVariables: { a: 'b' }, models: ['second/b'] },
    });
    expect(request).toMatchObject({ temperature: 0.5, extraFields: { repetition_penalty: 1.2 }, messages: [] });
    expect(request?.extraBody).toMatchObject({ reasoning: { effort: 'high' }, models: [], promptVariables: {} });
    expect(request?.extraBody?.metadata).toBeUndefined();
  });

  test('tells what a condition saw, in short', () => {
    const route = { routeId: 'long', variants: [{ variant: { variantId: 'v', modelId: 'first/a' }, weight: 100 }] };
    const condition = { celExpression: 'note.contains("x") || missing == 1' };
    const router = createSavedRouter({ name: 'seen', routes: [{ route, condition }] });
    const note = 'y'.repeat(10_000);
    const { routes, refusal } = createRouterRig([router]).explain({
      model: 'router/seen',
      extraBody: { metadata: { note } },
    });
    expect(refusal?.reason).toBe('NO_ROUTE_MATCHED');
    expect(routes).toMatchObject([
      { routeId: 'long', isTaken: false, result: false, error: expect.stringContaining('missing') },
    ]);
    expect(JSON.stringify(routes[0]?.values['note']?.kind.value).length).toBeLessThan(500);
  });
});

describe('web search', () => {
  test('of a variant is carried on, unless the request has its own', () => {
    const rig = createRouterRig([createRouterOf({ webSearchOptions: { searchContextSize: 'low' } })]);
    expect(rig.plan({ model: 'router/only' }).request.webSearchOptions?.searchContextSize).toBe('low');
    const own = rig.plan({ model: 'router/only', extraBody: { webSearchOptions: { searchContextSize: 'high' } } });
    expect(own.request.webSearchOptions).toBeUndefined();
    expect(own.request.extraBody?.webSearchOptions?.searchContextSize).toBe('high');
    const gateway = createRouterRig([createRouterOf({ webSearch: { maxSteps: 2 } })]);
    const error = refusalOf(() => gateway.plan({ model: 'router/only' }));
    expect([error.reason, error.details.param]).toEqual(['VARIANT_UNUSABLE', 'model']);
    expect(error.message).toContain(
      'the variant v of its route default, which cannot be called: This server has no search engine',
    );
  });
});
