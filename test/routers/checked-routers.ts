import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { type Route, type Router, RouterSchema } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { decodeRouter } from '../../src/dialects/router-json/decode-router.ts';
import type { RouterRules } from '../../src/routers/router-limits.ts';

/** What the routers of these tests are checked by. */
export const rules: RouterRules = {
  maxRouters: 10,
  maxRoutes: 4,
  maxVariants: 3,
  maxExpressionChars: 200,
  maxTemplateChars: 100,
  maxTemplates: 2,
  maxModels: 3,
  routerPrefix: 'inworld/',
};

/** A router that has been read without a violation. */
export function readRouter(json: JsonObject): Router {
  const { router, violations } = decodeRouter(json);
  if (violations.length > 0) throw new Error(JSON.stringify(violations));
  return router;
}

/** The JSON of a router with a default route of one variant. */
export function routerJson(variant: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return {
    name: 'my-router',
    defaultRoute: {
      route_id: 'default',
      variants: [{ variant: { variant_id: 'a', model_id: 'openai/gpt-5', ...variant }, weight: 100 }],
    },
    ...more,
  };
}

/** The JSON of a conditional route. */
export function routeJson(routeId: string, weights: readonly number[] = [100]): JsonObject {
  return {
    route: {
      route_id: routeId,
      variants: weights.map((weight, index) => ({
        variant: { variant_id: `v${index}`, model_id: 'openai/gpt-5' },
        weight,
      })),
    },
    condition: { cel_expression: 'tier == "premium"' },
  };
}

function optional<Fields extends Record<string, fc.Arbitrary<unknown>>>(fields: Fields) {
  return fc.record(fields, { requiredKeys: [] });
}

const text = fc.string({ maxLength: 10 }).map((value) => value.replaceAll('{', '('));
const templateText = fc.oneof(text, fc.constantFrom('{{name}}', 'a {{ b.c-d }} {"e": {"f": 1}} }}'));
const model = fc.constantFrom('openai/gpt-5', 'groq/openai/gpt-oss-120b', 'gpt-oss', 'auto', 'inworld/models/own');
const int = (min: number, max: number) => fc.integer({ min, max });
const double = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);

const config = optional({
  maxTokens: int(1, 2 ** 31 - 1),
  topP: double(0.001, 1),
  temperature: double(0, 2),
  repetitionPenalty: double(0.001, 10),
  frequencyPenalty: double(-2, 2),
  presencePenalty: double(-2, 2),
  stopSequences: fc.array(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 4 }),
  seed: fc.maxSafeInteger().map(BigInt),
  logitBias: fc.uniqueArray(fc.record({ tokenId: fc.nat().map(String), biasValue: double(-100, 100) }), {
    maxLength: 3,
    selector: ({ tokenId }) => tokenId,
  }),
  reasoning: optional({ effort: fc.constantFrom('none', 'xhigh'), maxTokens: int(1, 1000), exclude: fc.boolean() }),
});

const toolCall = fc.record({
  id: fc.constant('1'),
  name: fc.constant('f'),
  args: fc.json({ maxDepth: 1 }).filter((json) => json.length <= 100 && !json.includes('{{')),
});
const template = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'developer', 'user', 'assistant'), content: templateText }),
  fc.record({
    role: fc.constant('user'),
    contentItems: fc.array(fc.record({ text: templateText }), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ role: fc.constant('assistant'), toolCalls: fc.array(toolCall, { minLength: 1, maxLength: 1 }) }),
  fc.record({ role: fc.constant('tool'), content: templateText, toolCallId: fc.constant('1') }),
);
const templates = fc.array(template, { maxLength: 2 });

const variantBody = optional({
  modelSelection: optional({
    models: fc.array(model, { maxLength: 3 }),
    sort: fc.array(fc.record({ metric: int(1, 6), direction: int(0, 2) }), { maxLength: 3 }),
    ignore: fc.array(model, { maxLength: 3 }),
    provider: optional({
      order: fc.array(fc.constantFrom('openai', 'groq'), { maxLength: 3 }),
      allowFallbacks: fc.boolean(),
    }),
  }),
  textGenerationConfig: config,
  messageTemplates: templates,
  fallback: optional({ ttftTimeout: fc.constantFrom('300ms', '1.5s') }),
});
const search = fc.oneof(
  fc.constant({}),
  fc.record({ webSearch: optional({ engine: fc.constantFrom('exa', 'native'), maxResults: int(1, 20) }) }),
  fc.record({ webSearchOptions: optional({ searchContextSize: fc.constantFrom('low', 'high') }) }),
);
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((value) => !/\p{Cc}/u.test(value));

/** Weights from cuts of 0 to 100, which makes them sum to 100 but for rounding. */
const weights = fc.array(double(0, 100), { maxLength: 2 }).map((cuts) => {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), 100];
  return edges.slice(1).map((edge, index) => edge - (edges[index] ?? 0));
});

const variants = weights.chain((shares) =>
  fc
    .tuple(
      fc.uniqueArray(id, { minLength: shares.length, maxLength: shares.length }),
      fc.array(fc.tuple(variantBody, search, model), { minLength: shares.length, maxLength: shares.length }),
    )
    .map(([ids, bodies]) =>
      bodies.map(([body, mode, modelId], index) => ({
        weight: shares[index] ?? 0,
        variant: { variantId: ids[index] ?? '', modelId, ...body, ...mode },
      })),
    ),
);

/** Routers that may be saved. */
export const validRouters: fc.Arbitrary<Router> = fc
  .record({
    name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
    displayName: text,
    defaults: fc.option(optional({ textGenerationConfig: config, messageTemplates: templates }), { nil: undefined }),
    ids: fc.uniqueArray(id, { minLength: 1, maxLength: 5 }),
    routes: fc.array(fc.tuple(variants, fc.constantFrom('true', 'tier == "premium"', 'stream')), { maxLength: 4 }),
    defaultVariants: variants,
  })
  .map(({ name, displayName, defaults, ids, routes, defaultVariants }) =>
    create(RouterSchema, {
      name,
      displayName,
      ...(defaults === undefined ? {} : { defaults }),
      routes: routes.slice(0, ids.length - 1).map(([list, celExpression], index) => ({
        route: { routeId: ids[index + 1] ?? '', variants: list },
        condition: { celExpression },
      })),
      defaultRoute: { routeId: ids[0] ?? '', variants: defaultVariants },
    }),
  );

/** Every route of a router. */
export function listRoutes({ routes, defaultRoute }: Router): Route[] {
  return [...routes.map(({ route }) => route), defaultRoute].filter((route) => route !== undefined);
}
