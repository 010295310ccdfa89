import { create, toJson } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { RouterSchema } from '../../../gen/signalbox/router/v1/router_pb.ts';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { decodeRouter } from '../../../src/dialects/router-json/decode-router.ts';
import { encodeRouter } from '../../../src/dialects/router-json/encode-router.ts';

/** A router with one route and one variant, around what a test is about. */
function withVariant(variant: JsonObject): JsonObject {
  return { routes: [{ route: { variants: [{ variant }] } }] };
}

function withConfig(config: JsonValue): JsonObject {
  return withVariant({ text_generation_config: config });
}

const variantPath = 'routes[0].route.variants[0].variant';
const configPath = `${variantPath}.text_generation_config`;

function violationsOf(json: JsonObject, path?: string): Record<string, string> {
  const { violations } = decodeRouter(json, path);
  return Object.fromEntries(violations.map(({ field, description }) => [field, description]));
}

function configOf(config: JsonObject) {
  const { router, violations } = decodeRouter(withConfig(config));
  expect(violations).toEqual([]);
  return router.routes[0]?.route?.variants[0]?.variant?.textGenerationConfig;
}

describe('decodeRouter', () => {
  test('reads a router as the reference documents write it', () => {
    const json: JsonObject = {
      name: 'routers/my-router',
      displayName: 'My router',
      defaults: { text_generation_config: { max_tokens: 100 } },
      routes: [
        {
          route: {
            route_id: 'premium',
            variants: [
              {
                variant: {
                  variant_id: 'a',
                  model_id: 'openai/gpt-5',
                  model_selection: {
                    models: ['groq/x'],
                    sort: [{ metric: 'SORT_METRIC_PRICE', direction: 'SORT_DIRECTION_ASCENDING' }],
                    provider: { order: ['openai'], allow_fallbacks: false },
                  },
                  message_templates: [{ role: 'system', content: 'Hi {{name}}' }],
                  web_search: { engine: 'exa', max_results: 3 },
                  fallback: { ttft_timeout: '300ms' },
                },
                weight: 70,
              },
            ],
          },
          condition: { cel_expression: 'tier == "premium"' },
        },
      ],
      defaultRoute: { variants: [{ variant: { variant_id: 'b', model_id: 'auto' }, weight: 100 }] },
      etag: 'abc',
    };
    const { router, violations } = decodeRouter(json);
    expect(violations).toEqual([]);
    expect(toJson(RouterSchema, router, { useProtoFieldName: true })).toEqual({
      name: 'my-router',
      display_name: 'My router',
      defaults: json['defaults'],
      routes: json['routes'],
      default_route: json['defaultRoute'],
      etag: 'abc',
    });
  });

  test('takes null as absent everywhere', () => {
    const json = {
      name: null,
      routes: null,
      defaultRoute: null,
      defaults: { text_generation_config: null },
      etag: null,
    };
    const { router, violations } = decodeRouter(json);
    expect(violations).toEqual([]);
    expect(encodeRouter(router)).toEqual({ defaults: {} });
    expect(configOf({ temperature: null, reasoning: null, stop_sequences: null })).toMatchObject({ stopSequences: [] });
  });

  test('ignores what only the server sets, whatever it is', () => {
    const json = { createTime: 'now', update_time: 7, readOnly: 'x', read_only: true, warnings: { a: 1 } };
    expect(decodeRouter(json)).toEqual({ router: create(RouterSchema), violations: [] });
  });

  test('collects everything that is wrong, with paths as the client wrote them', () => {
    expect(
      violationsOf({
        display_name: 7,
        nonsense: 1,
        routes: [
          {
            route: { routeId: 'x', variants: [{ weight: '70' }, { variant: { textGenerationConfig: { topP: 'x' } } }] },
          },
          null,
          { condition: { celExpression: false } },
        ],
        defaultRoute: 'b',
      }),
    ).toEqual({
      display_name: 'it must be a string, not a number',
      nonsense: 'there is no such field',
      'routes[0].route.variants[0].weight': 'it must be a number, not a string',
      'routes[0].route.variants[1].variant.textGenerationConfig.topP': 'it must be a number, not a string',
      'routes[1]': 'it must be an object, not null',
      'routes[2].condition.celExpression': 'it must be a string, not a boolean',
      defaultRoute: 'it must be an object, not a string',
    });
  });

  test('begins paths where the router stands', () => {
    expect(violationsOf({ nam: 'x', routes: 7 }, 'routers[3]')).toEqual({
      'routers[3].nam': 'there is no such field; perhaps name is meant',
      'routers[3].routes': 'it must be an array, not a number',
    });
  });

  test('keeps the index of elements after a wrong one', () => {
    const { router } = decodeRouter({ routes: [7, { condition: { cel_expression: 'true' } }] });
    expect(router.routes[1]?.condition?.celExpression).toBe('true');
  });

  test.each([
    ['DisplayName', 'displayName'],
    ['display-name', 'displayName'],
    ['DEFAULT_ROUTE', 'defaultRoute'],
    ['defaultroute', 'defaultRoute'],
  ])('suggests the name that %s is near to', (key, meant) => {
    expect(violationsOf({ [key]: 'x' })).toEqual({ [key]: `there is no such field; perhaps ${meant} is meant` });
  });

  test.each([
    ['MaxTokens', 'max_tokens'],
    ['max-new-tokens', 'max_tokens'],
    ['stopsequences', 'stop_sequences'],
  ])('suggests the name that %s is near to, inside', (key, meant) => {
    expect(violationsOf(withConfig({ [key]: 1 }))).toEqual({
      [`${configPath}.${key}`]: `there is no such field; perhaps ${meant} is meant`,
    });
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('does not know the field %s', (key) => {
    const json: JsonObject = JSON.parse(`{"${key}": {"polluted": true}}`);
    expect(violationsOf(json)).toEqual(Object.fromEntries([[key, 'there is no such field']]));
    expect({}).not.toHaveProperty('polluted');
  });

  test('shows keys that are no names in quotation marks, and cuts long ones', () => {
    const { violations } = decodeRouter({ 'a\nb': 1, ['x'.repeat(10_000)]: 2, 'a.b': 3 });
    expect(violations.map(({ field }) => field)).toEqual(['"a\\nb"', `"${'x'.repeat(64)}…"`, '"a.b"']);
  });

  test('refuses a field that is there twice', () => {
    expect(violationsOf({ displayName: 'a', display_name: 'a' })).toEqual({
      display_name: 'it is there already, as displayName; give one of them',
    });
    expect(violationsOf(withConfig({ max_tokens: 1, maxNewTokens: 1 }))).toEqual({
      [`${configPath}.maxNewTokens`]: 'it is there already, as max_tokens; give one of them',
    });
    expect(violationsOf({ displayName: null, display_name: 'a' })).toEqual({});
  });

  test.each<[string, JsonValue, string]>([
    ['max_tokens', 1.5, 'it must be a whole number'],
    ['max_tokens', Number.NaN, 'it must be a whole number'],
    ['max_tokens', Number.POSITIVE_INFINITY, 'it must be a whole number'],
    ['max_tokens', 2 ** 31, 'it must be a whole number of at most 32 bits'],
    ['max_tokens', -(2 ** 31) - 1, 'it must be a whole number of at most 32 bits'],
    ['max_tokens', '100', 'it must be a whole number, not a string'],
    ['max_tokens', true, 'it must be a whole number, not a boolean'],
    ['seed', 2 ** 53, 'it must be a whole number of at most 53 bits'],
    ['seed', 0.5, 'it must be a whole number'],
    ['seed', Number.NaN, 'it must be a whole number'],
    ['seed', '9223372036854775808', 'it must be a whole number of at most 64 bits'],
    ['seed', '-9223372036854775809', 'it must be a whole number of at most 64 bits'],
    ['seed', '1e3', 'it must be a whole number of at most 64 bits'],
    ['seed', '', 'it must be a whole number of at most 64 bits'],
    ['seed', '9'.repeat(100_000), 'it must be a whole number of at most 64 bits'],
    ['seed', [], 'it must be a whole number, not an array'],
    ['temperature', Number.NaN, 'it must be a finite number'],
    ['temperature', Number.NEGATIVE_INFINITY, 'it must be a finite number'],
    ['temperature', '0.7', 'it must be a number, not a string'],
    ['stop_sequences', 7, 'it must be an array, not a number'],
    ['stop_sequences', {}, 'it must be an array, not an object'],
    ['reasoning', [], 'it must be an object, not an array'],
    ['logit_bias', { 50256: -100 }, 'it must be an array, not an object'],
  ])('refuses %s: %j', (field, value, problem) => {
    expect(violationsOf(withConfig({ [field]: value }))).toEqual({ [`${configPath}.${field}`]: problem });
  });

  test('refuses half of a character, which no RPC client could be sent', () => {
    expect(violationsOf(withVariant({ model_id: 'a/\ud83d' }))).toEqual({
      [`${variantPath}.model_id`]: 'it has half of a surrogate pair, which is no character',
    });
  });

  test.each<JsonValue>(['price', 'sort_metric_price', 'SORT_METRIC_SPEED', 1, {}])(
    'refuses the metric %j',
    (metric) => {
      expect(violationsOf(withVariant({ model_selection: { sort: [{ metric }] } }))).toEqual({
        [`${variantPath}.model_selection.sort[0].metric`]:
          'it must be one of SORT_METRIC_PRICE, SORT_METRIC_LATENCY, SORT_METRIC_THROUGHPUT, SORT_METRIC_INTELLIGENCE, SORT_METRIC_MATH, SORT_METRIC_CODING',
      });
    },
  );

  test('understands the other forms that callers use', () => {
    expect(configOf({ max_new_tokens: 5 })).toMatchObject({ maxTokens: 5 });
    expect(configOf({ maxNewTokens: 5 })).toMatchObject({ maxTokens: 5 });
    expect(configOf({ stop_sequences: 'END' })).toMatchObject({ stopSequences: ['END'] });
    expect(configOf({ seed: 42 })).toMatchObject({ seed: 42n });
    expect(configOf({ seed: '-9223372036854775808' })).toMatchObject({ seed: -(2n ** 63n) });
  });

  test('only the generation config has max_new_tokens', () => {
    expect(violationsOf(withConfig({ reasoning: { max_new_tokens: 5 } }))).toEqual({
      [`${configPath}.reasoning.max_new_tokens`]: 'there is no such field; perhaps max_tokens is meant',
    });
  });

  test.each<[JsonValue, string]>([
    ['{"a": 1}', '{"a": 1}'],
    [{ a: { b: [1, null] } }, '{"a":{"b":[1,null]}}'],
    [{}, '{}'],
  ])('understands the arguments %j of a tool call', (args, expected) => {
    const { router, violations } = decodeRouter({
      defaults: { message_templates: [{ role: 'assistant', tool_calls: [{ id: '1', name: 'f', args }] }] },
    });
    expect(violations).toEqual([]);
    expect(router.defaults?.messageTemplates[0]?.toolCalls[0]?.args).toBe(expected);
  });

  test('refuses arguments that are neither, or nested without end', () => {
    const path = 'defaults.message_templates[0].tool_calls[0].args';
    const argsOf = (args: JsonValue) => violationsOf({ defaults: { message_templates: [{ tool_calls: [{ args }] }] } });
    expect(argsOf([1])).toEqual({ [path]: 'it must be a string, not an array' });
    const nested: JsonObject = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    expect(argsOf(nested)).toEqual({ [path]: 'it must not nest deeper than 100 levels' });
  });

  test('tells a thousand violations, and how many more there are', () => {
    const json = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${index}`, 1]));
    const { violations } = decodeRouter(json);
    expect(violations).toHaveLength(1001);
    expect(violations.at(-1)).toEqual({ field: '', description: 'there are 4000 more violations' });
  });
});

describe('encodeRouter', () => {
  test('writes camelCase outside, snake_case inside, and only what is there', () => {
    const { router } = decodeRouter({
      name: 'a',
      display_name: 'A',
      default_route: {
        routeId: 'default',
        variants: [
          { variant: { variantId: 'x', modelId: 'a/b', textGenerationConfig: { seed: 7, maxNewTokens: 3 } } },
          {
            variant: { variantId: 'y', modelId: 'a/b', messageTemplates: [{ role: 'user', content: '' }] },
            weight: 100,
          },
        ],
      },
    });
    router.createTime = timestampFromMs(1_772_347_141_924);
    router.updateTime = timestampFromMs(1_772_347_142_000);
    router.etag = 'e';
    router.readOnly = true;
    expect(JSON.stringify(encodeRouter(router))).toBe(
      JSON.stringify({
        name: 'a',
        displayName: 'A',
        defaultRoute: {
          route_id: 'default',
          variants: [
            {
              variant: { variant_id: 'x', model_id: 'a/b', text_generation_config: { max_tokens: 3, seed: 7 } },
              weight: 0,
            },
            {
              variant: { variant_id: 'y', model_id: 'a/b', message_templates: [{ role: 'user', content: '' }] },
              weight: 100,
            },
          ],
        },
        createTime: '2026-03-01T06:39:01.924Z',
        updateTime: '2026-03-01T06:39:02Z',
        etag: 'e',
        readOnly: true,
      }),
    );
  });

  test('leaves read_only out when it is false', () => {
    expect(encodeRouter(create(RouterSchema))).toEqual({});
  });

  test('writes a seed that JSON numbers do not hold as text', () => {
    const { router } = decodeRouter(withConfig({ seed: '9007199254740993' }));
    expect(encodeRouter(router)).toMatchObject({
      routes: [{ route: { variants: [{ variant: { text_generation_config: { seed: '9007199254740993' } } }] } }],
    });
  });
});
