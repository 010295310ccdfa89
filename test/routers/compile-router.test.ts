import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { compileRouter } from '../../src/routers/compile-router.ts';
import { readRouter, routeJson, routerJson, validRouters } from './checked-routers.ts';

const defaults: JsonObject = {
  text_generation_config: { max_tokens: 100, temperature: 1 },
  message_templates: [{ role: 'system', content: 'default' }],
};

/** The one variant of a router's default route. */
function compileVariant(variant: JsonObject, more: JsonObject = {}) {
  const compiled = compileRouter(readRouter(routerJson(variant, more))).defaultRoute?.variants[0];
  if (compiled === undefined) throw new Error('there is no variant');
  return compiled;
}

describe('compileRouter', () => {
  test('keeps routes in order, with their conditions', () => {
    const program = compileRouter(readRouter(routerJson({}, { routes: [routeJson('b', [70, 30]), routeJson('a')] })));
    expect(program.name).toBe('my-router');
    expect(program.routes.map(({ routeId }) => routeId)).toEqual(['b', 'a']);
    expect(program.routes[0]?.condition.expression).toBe('tier == "premium"');
    expect(program.routes[0]?.condition.variables).toEqual(['tier']);
    expect(program.routes[0]?.variants.map(({ variantId, weight }) => [variantId, weight])).toEqual([
      ['v0', 70],
      ['v1', 30],
    ]);
    expect(program.defaultRoute?.routeId).toBe('default');
  });

  test('has no default route when there is none', () => {
    expect(compileRouter(readRouter({ name: 'a', routes: [routeJson('x')] })).defaultRoute).toBeUndefined();
  });

  test('gives the defaults to variants that have nothing of their own', () => {
    const { config, templates } = compileVariant({}, { defaults });
    expect(config).toMatchObject({ maxTokens: 100, temperature: 1 });
    expect(templates).toMatchObject([{ role: 'system', content: [{ kind: 'text', text: 'default' }] }]);
  });

  test('never merges defaults with what a variant has', () => {
    const variant = { text_generation_config: { temperature: 0.5 } };
    const { config, templates } = compileVariant(variant, { defaults });
    expect(config).toMatchObject({ temperature: 0.5 });
    expect(config?.maxTokens).toBeUndefined();
    expect(templates).toHaveLength(1);

    const own = compileVariant({ message_templates: [{ role: 'user', content: 'own' }] }, { defaults });
    expect(own.templates).toMatchObject([{ role: 'user', content: [{ kind: 'text', text: 'own' }] }]);
    expect(own.config).toMatchObject({ maxTokens: 100 });
  });

  test('takes settings that are there and empty for the variant’s own', () => {
    const { config } = compileVariant({ text_generation_config: {} }, { defaults });
    expect(config).toBeDefined();
    expect(config?.maxTokens).toBeUndefined();
  });

  test('has no settings and no templates when nobody has', () => {
    expect(compileVariant({})).toMatchObject({ config: undefined, templates: [], firstTokenTimeout: undefined });
  });

  test('carries on what a variant says', () => {
    expect(
      compileVariant({
        model_selection: { models: ['a/b'] },
        web_search_options: { search_context_size: 'low' },
        fallback: { ttft_timeout: '300ms' },
        recovery: 'restart',
      }),
    ).toMatchObject({
      modelId: 'openai/gpt-5',
      selection: { models: ['a/b'] },
      webSearch: undefined,
      webSearchOptions: { searchContextSize: 'low' },
      firstTokenTimeout: '300ms',
      recovery: 'restart',
    });
  });

  test('parses texts, those of the arguments of tools too', () => {
    const args = '{"city": "{{city}}"}';
    const parsedArgs = [
      { kind: 'text', text: '{"city": "' },
      { kind: 'variable', name: 'city' },
      { kind: 'text', text: '"}' },
    ];
    const { templates } = compileVariant({
      message_templates: [
        { role: 'system', content: 'Hi {{name}}' },
        { role: 'user', content_items: [{ text: 'a' }, { text: '{{b}}' }] },
        { role: 'assistant', tool_calls: [{ id: '1', name: 'f', args }] },
        { role: 'tool', content: '', tool_call_id: '1' },
      ],
    });
    expect(templates).toMatchObject([
      {
        content: [
          { kind: 'text', text: 'Hi ' },
          { kind: 'variable', name: 'name' },
        ],
        contentItems: [],
      },
      { content: undefined, contentItems: [[{ kind: 'text', text: 'a' }], [{ kind: 'variable', name: 'b' }]] },
      { content: undefined, contentItems: [], toolCalls: [{ id: '1', name: 'f', args: parsedArgs }] },
      { content: [], toolCallId: '1' },
    ]);
  });

  test.each<[string, JsonObject]>([
    ['a route', { routes: [{ condition: { cel_expression: 'true' } }] }],
    ['a condition', { routes: [{ route: {} }] }],
    ['a variant', { defaultRoute: { variants: [{ weight: 100 }] } }],
    ['the end of a template', { defaults: { message_templates: [{ role: 'user', content: '{{' }] } }],
  ])('refuses a router without %s, which no check let through', (_name, json) => {
    expect(() => compileRouter(readRouter({ name: 'a', ...json }))).toThrow(TypeError);
  });

  test('compiles whatever may be saved, with a variant for each', () => {
    fc.assert(
      fc.property(validRouters, (router) => {
        const program = compileRouter(router);
        expect(program.routes.map(({ variants }) => variants.length)).toEqual(
          router.routes.map(({ route }) => route?.variants.length),
        );
        expect(program.defaultRoute?.variants.map(({ weight }) => weight)).toEqual(
          router.defaultRoute?.variants.map(({ weight }) => weight),
        );
      }),
    );
  });
});
