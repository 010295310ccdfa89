import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { checkRouter } from '../../src/routers/check-router.ts';
import { check, checkVariant, toRecord, variantPath } from './checked-fields.ts';
import { readRouter, routerJson, rules } from './checked-routers.ts';

describe('checkRouter, the model of a variant', () => {
  const router = 'it must be a model, and this is a router';

  test.each([
    'openai/gpt-5',
    'groq/openai/gpt-oss-120b',
    'gpt-oss-120b',
    'auto',
    'inworld/models/own',
    'openrouter/x:free',
    'router',
    'routers/x',
  ])('takes %s', (model) => {
    expect(checkVariant({ model_id: model, model_selection: { models: [model] } })).toEqual({});
  });

  test.each([
    ['inworld/my-router', router],
    ['inworld/other', router],
    ['inworld/', router],
    ['router/x', router],
    ['router/models/x', router],
    ['', 'it is required'],
    ['openai/', 'it must name a model after the slash'],
    ['inworld/models/', 'it must name a model after the slash'],
    [' ', 'it must have no white space around its names'],
    ['openai/gpt-5\n', 'it must have no white space around its names'],
    ['openai/ ', 'it must have no white space around its names'],
    ['openai /gpt-5', 'it must have no white space around its names'],
    ['inworld/models/ own', 'it must have no white space around its names'],
    ['/gpt-5', 'it must name a provider before the slash'],
    ['x'.repeat(513), 'it must have at most 512 characters'],
  ])('refuses %j', (model, description) => {
    expect(checkVariant({ model_id: model })).toEqual({ model_id: description });
    expect(checkVariant({ model_selection: { models: ['a/b', model] } })).toEqual({
      'model_selection.models[1]': description,
    });
  });

  test('knows the prefix of routers that is configured', () => {
    const routerPrefix = 'acme/';
    expect(checkVariant({ model_id: 'acme/x' }, { routerPrefix })).toEqual({ model_id: router });
    expect(checkVariant({ model_id: 'inworld/x' }, { routerPrefix })).toEqual({});
    expect(checkVariant({ model_id: 'router/x' }, { routerPrefix })).toEqual({ model_id: router });
  });

  test('bounds the lists, and needs their elements', () => {
    const list = ['a', 'b', '', 'd'];
    const sort = [{}, { metric: 'SORT_METRIC_PRICE' }, { direction: 'SORT_DIRECTION_ASCENDING' }, {}];
    const tooMany = 'it must have at most 3 elements, not 4';
    const required = 'it is required';
    expect(checkVariant({ model_selection: { models: list, ignore: list, sort, provider: { order: list } } })).toEqual({
      'model_selection.models': tooMany,
      'model_selection.models[2]': required,
      'model_selection.ignore': tooMany,
      'model_selection.ignore[2]': required,
      'model_selection.sort': tooMany,
      'model_selection.sort[0].metric': required,
      'model_selection.sort[2].metric': required,
      'model_selection.provider.order': tooMany,
      'model_selection.provider.order[2]': required,
    });
  });

  test('refuses metrics and directions of a newer client', () => {
    const given = readRouter(routerJson({ model_selection: { sort: [{ metric: 'SORT_METRIC_PRICE' }] } }));
    const [criterion] = given.defaultRoute?.variants[0]?.variant?.modelSelection?.sort ?? [];
    Object.assign(criterion ?? {}, { metric: 99, direction: 99 });
    expect(toRecord(checkRouter(given, rules))).toEqual({
      [`${variantPath}.model_selection.sort[0].metric`]: 'there is no such metric',
      [`${variantPath}.model_selection.sort[0].direction`]: 'there is no such direction',
    });
  });
});

describe('checkRouter, the settings of a variant', () => {
  test.each<[string, readonly JsonValue[], readonly JsonValue[]]>([
    ['max_tokens', [1, 2 ** 31 - 1], [0, -1]],
    ['top_p', [0.0001, 1], [0, 1.1, -1]],
    ['temperature', [0, 2], [-0.1, 2.1]],
    ['repetition_penalty', [0.1, 5], [0, -1]],
    ['frequency_penalty', [-2, 2], [-2.1, 2.1]],
    ['presence_penalty', [-2, 2], [-2.1, 2.1]],
    ['seed', [0, -1, 9007199254740991], ['9007199254740992', '-9007199254740992']],
    ['stop_sequences', [[], ['a', 'b', 'c', 'd']], [['a', 'b', 'c', 'd', 'e']]],
    ['stop_sequences[0]', [['a']], [[''], ['x'.repeat(1025)]]],
    ['logit_bias', [[]], [Array.from({ length: 1025 }, (_, id) => ({ token_id: `${id}` }))]],
    ['logit_bias[0].token_id', [[{ token_id: '1' }]], [[{ token_id: '' }], [{ token_id: 'x'.repeat(65) }]]],
    ['logit_bias[1].token_id', [[{ token_id: '1' }, { token_id: '2' }]], [[{ token_id: '1' }, { token_id: '1' }]]],
    [
      'logit_bias[0].bias_value',
      [[{ token_id: '1', bias_value: -100 }]],
      [[{ token_id: '1', bias_value: 100.1 }], [{ token_id: '1', bias_value: -101 }]],
    ],
    [
      'reasoning.effort',
      ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'].map((effort) => ({ effort })),
      [{ effort: '' }, { effort: 'High' }, { effort: 'EFFORT_LOW' }],
    ],
    ['reasoning.max_tokens', [{ max_tokens: 1 }], [{ max_tokens: 0 }]],
  ])('bounds text_generation_config.%s', (path, valid, invalid) => {
    const field = path.split(/[.[]/, 1)[0] ?? path;
    for (const value of valid) expect(checkVariant({ text_generation_config: { [field]: value } })).toEqual({});
    for (const value of invalid) {
      const config = { text_generation_config: { [field]: value } };
      expect(Object.keys(checkVariant(config))).toEqual([`text_generation_config.${path}`]);
      expect(Object.keys(check(routerJson({}, { defaults: config })))).toEqual([
        `defaults.text_generation_config.${path}`,
      ]);
    }
  });

  test('refuses numbers that are none, which RPC clients can send', () => {
    const given = readRouter(routerJson({ text_generation_config: {} }));
    const numbers = ['topP', 'temperature', 'repetitionPenalty', 'frequencyPenalty', 'presencePenalty'] as const;
    const config = given.defaultRoute?.variants[0]?.variant?.textGenerationConfig;
    for (const name of numbers) if (config !== undefined) config[name] = Number.NaN;
    expect(checkRouter(given, rules)).toHaveLength(numbers.length);
  });

  test.each<[JsonObject, string]>([
    [{ web_search: { engine: 'bing' } }, 'web_search.engine'],
    [{ web_search: { max_results: 0 } }, 'web_search.max_results'],
    [{ web_search: { max_results: 21 } }, 'web_search.max_results'],
    [{ web_search: { max_steps: 0 } }, 'web_search.max_steps'],
    [{ web_search: { max_steps: 6 } }, 'web_search.max_steps'],
    [{ web_search_options: { search_context_size: 'huge' } }, 'web_search_options.search_context_size'],
    [{ web_search: {}, web_search_options: {} }, 'web_search_options'],
    [{ fallback: { ttft_timeout: '299ms' } }, 'fallback.ttft_timeout'],
    [{ fallback: { ttft_timeout: 'soon' } }, 'fallback.ttft_timeout'],
    [{ fallback: { ttft_timeout: '' } }, 'fallback.ttft_timeout'],
    [{ recovery: 'always' }, 'recovery'],
  ])('refuses %j', (variant, path) => {
    expect(Object.keys(checkVariant(variant))).toEqual([path]);
  });

  test.each<JsonObject>([
    { web_search: { engine: 'native', max_results: 20, max_steps: 5 } },
    { web_search_options: {} },
    { fallback: { ttft_timeout: '300ms' } },
    { fallback: {} },
    { recovery: 'restart' },
  ])('takes %j', (variant) => {
    expect(checkVariant(variant)).toEqual({});
  });
});

describe('checkRouter, the templates', () => {
  const call = { id: '1', name: 'f', args: '{}' };

  test.each<JsonObject>([
    { role: 'system', content: 'Hello {{ name }}, {"a": {"b": 1}}' },
    { role: 'developer', content: '' },
    { role: 'user', content_items: [{ text: 'a' }, { text: '{{b}}' }] },
    { role: 'assistant', tool_calls: [call] },
    { role: 'assistant', content: 'x', tool_calls: [call] },
    { role: 'tool', content: 'x', tool_call_id: '1' },
  ])('takes %j', (template) => {
    expect(checkVariant({ message_templates: [template] })).toEqual({});
  });

  test.each<[JsonObject, string, string]>([
    [{ content: 'x' }, 'role', 'it is required'],
    [{ role: 'robot', content: 'x' }, 'role', 'it must be one of system, developer, user, assistant, tool'],
    [{ role: 'user' }, 'content', 'it is required, or content_items'],
    [{ role: 'assistant' }, 'content', 'it is required, or content_items'],
    [
      { role: 'user', content: 'a', content_items: [{ text: 'b' }] },
      'content_items',
      'it excludes content: keep one of them',
    ],
    [{ role: 'tool', content: 'x' }, 'tool_call_id', 'it is required'],
    [
      { role: 'user', content: 'x', tool_call_id: '1' },
      'tool_call_id',
      'only a message of the role tool answers a tool call',
    ],
    [
      { role: 'user', content: 'x', tool_calls: [call] },
      'tool_calls',
      'only a message of the role assistant has tool calls',
    ],
    [{ role: 'assistant', tool_calls: [{ ...call, id: '' }] }, 'tool_calls[0].id', 'it is required'],
    [{ role: 'assistant', tool_calls: [{ ...call, name: '' }] }, 'tool_calls[0].name', 'it is required'],
    [
      { role: 'assistant', tool_calls: [{ ...call, args: '{"a":' }] },
      'tool_calls[0].args',
      'it must be JSON, such as {"city": "Oslo"}',
    ],
    [
      { role: 'assistant', tool_calls: [{ ...call, args: `"${'x'.repeat(100)}"` }] },
      'tool_calls[0].args',
      'it must have at most 100 characters',
    ],
    [{ role: 'user', content: 'Hi {{name' }, 'content', 'at character 4 the {{ is not closed by }}'],
    [
      { role: 'user', content_items: [{ text: 'a' }, { text: '{{' }] },
      'content_items[1].text',
      'at character 1 the {{ is not closed by }}',
    ],
    [{ role: 'user', content: 'x'.repeat(101) }, 'content', 'it must have at most 100 characters, not 101'],
    [
      { role: 'user', content_items: [{ text: 'x'.repeat(60) }, { text: 'x'.repeat(60) }] },
      'content_items',
      'they must have at most 100 characters together, not 120',
    ],
    [
      { role: 'user', content_items: Array.from({ length: 1025 }, () => ({ text: '' })) },
      'content_items',
      'it must have at most 1024 elements, not 1025',
    ],
  ])('refuses %j', (template, path, description) => {
    expect(checkVariant({ message_templates: [template] })).toEqual({ [`message_templates[0].${path}`]: description });
    expect(check(routerJson({}, { defaults: { message_templates: [template] } }))).toEqual({
      [`defaults.message_templates[0].${path}`]: description,
    });
  });

  test('bounds the templates', () => {
    const templates = Array.from({ length: 3 }, () => ({ role: 'user', content: 'x' }));
    expect(checkVariant({ message_templates: templates })).toEqual({
      message_templates: 'it must have at most 2 elements, not 3',
    });
  });
});
