import { describe, expect, it } from 'vitest';
import type { ErrorReason } from '../../../src/core/error-registry.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { encode, encodeRest, functionTool, plainModel, thinkingModel } from './encode.ts';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [functionTool('get_weather', { description: 'Weather.', parameters: schema }), functionTool('now')];

describe('a request', () => {
  it('has the model, the messages, and nothing that was not asked for', () => {
    expect(encode({}).body).toEqual({ model: plainModel, messages: [{ role: 'user', content: 'Hi' }] });
    expect(encode({}, plainModel, true).body).toMatchObject({ stream: true });
  });

  it('has sampling and limits under Cohere’s names', () => {
    const fields = {
      temperature: 0.3,
      top_p: 0.8,
      top_k: 40,
      max_tokens: 100,
      max_completion_tokens: 200,
      frequency_penalty: 0.5,
      seed: 42,
      stop: ['a', 'b', 'c', 'd'],
      logprobs: true,
      user: 'ada',
    };
    expect(encodeRest(fields)).toEqual({
      temperature: 0.3,
      p: 0.8,
      k: 40,
      max_tokens: 200,
      frequency_penalty: 0.5,
      seed: 42,
      stop_sequences: ['a', 'b', 'c', 'd'],
      logprobs: true,
    });
    expect(encode(fields).warnings).toEqual([]);
  });

  it.each<readonly [JsonObject, JsonObject, string]>([
    [{ temperature: 1.5 }, { temperature: 1 }, 'temperature was sent as 1: the provider takes 0 to 1.'],
    [{ top_p: 1 }, { p: 0.99 }, 'top_p was sent as 0.99: the provider takes 0.01 to 0.99.'],
    [{ top_p: 0.001 }, { p: 0.01 }, 'top_p was sent as 0.01: the provider takes 0.01 to 0.99.'],
    [{ presence_penalty: 2 }, { presence_penalty: 1 }, 'presence_penalty was sent as 1: the provider takes 0 to 1.'],
    [
      { presence_penalty: -1, frequency_penalty: 0.5 },
      { frequency_penalty: 0.5 },
      'Left out, since the provider takes none below 0: presence_penalty.',
    ],
    [
      { presence_penalty: 0.2, frequency_penalty: 0.5 },
      { frequency_penalty: 0.5 },
      'Left out, since the provider takes one penalty at a time: presence_penalty.',
    ],
    [{ seed: -1 }, {}, 'Left out, since the provider takes none below 0: seed.'],
    [{ top_k: 501 }, {}, 'Left out, since the provider’s format has no place for it: top_k.'],
  ])('outside of Cohere’s ranges is brought into them: %j', (fields, expected, warning) => {
    expect(encodeRest(fields)).toEqual(expected);
    expect(encode(fields).warnings).toEqual([warning]);
  });

  it('has no penalty where none was meant', () => {
    expect(encodeRest({ presence_penalty: 0, frequency_penalty: 0 })).toEqual({});
    expect(encode({ presence_penalty: 0 }).warnings).toEqual([]);
  });

  it('keeps fields of Cohere’s own, and adds files to its documents', () => {
    const file = { type: 'file', file: { filename: 'b.txt', file_data: 'data:text/plain,B' } };
    const fields = {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Compare.' }, file] }],
      documents: ['A'],
      citation_options: { mode: 'FAST' },
      extra_body: { safety_mode: 'STRICT' },
    };
    expect(encodeRest(fields)).toEqual({
      documents: ['A', { data: { title: 'b.txt', text: 'B' } }],
      citation_options: { mode: 'FAST' },
      safety_mode: 'STRICT',
    });
    expect(encode(fields).warnings).toEqual([]);
  });

  it('names what has no place', () => {
    const fields = {
      logit_bias: { '1': 1 },
      top_logprobs: 2,
      logprobs: true,
      service_tier: 'flex',
      store: true,
      verbosity: 'low',
      prediction: { type: 'content', content: 'x' },
      modalities: ['text', 'image'],
      image_config: { aspect_ratio: '1:1' },
      web_search_options: { search_context_size: 'low' },
      n: 2,
      future: 1,
      extra_body: { reasoning: { exclude: true, mood: 'good' } },
    };
    expect(encodeRest(fields)).toEqual({ logprobs: true });
    expect(encode(fields).warnings).toEqual([
      'Left out, since the provider does not have it: logit_bias, top_logprobs, service_tier, store, verbosity, prediction, image_config, web_search_options, modalities beside text.',
      'The provider gives one choice for each call: n was left out.',
      'Left out, since the provider’s format has no place for it: future.',
      'Left out, since nothing here reads it: extra_body.reasoning.mood.',
    ]);
  });

  it('does not name what changes nothing', () => {
    const content = [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }];
    const fields = { messages: [{ role: 'user', content }], n: 1, store: false, service_tier: 'auto', user: 'ada' };
    expect(encode(fields).warnings).toEqual([]);
  });
});

describe('reasoning', () => {
  it.each<readonly [JsonObject, JsonObject | undefined]>([
    [{}, undefined],
    [{ reasoning_effort: 'none' }, { type: 'disabled' }],
    [{ reasoning_effort: 'minimal' }, { type: 'enabled', token_budget: 1024 }],
    [{ reasoning_effort: 'low' }, { type: 'enabled', token_budget: 2048 }],
    [{ reasoning_effort: 'medium' }, { type: 'enabled', token_budget: 8192 }],
    [{ reasoning_effort: 'high' }, { type: 'enabled' }],
    [{ reasoning_effort: 'xhigh' }, { type: 'enabled' }],
    [{ extra_body: { reasoning: { max_tokens: 500 } } }, { type: 'enabled', token_budget: 500 }],
    [{ reasoning_effort: 'low', extra_body: { reasoning: { effort: 'none' } } }, { type: 'disabled' }],
    [{ extra_body: { reasoning: { effort: 'high', max_tokens: 500 } } }, { type: 'enabled', token_budget: 500 }],
    [{ extra_body: { reasoning: { exclude: true } } }, undefined],
    [{ thinking: { type: 'disabled' } }, { type: 'disabled' }],
  ])('%j is %j', (fields, thinking) => {
    expect(encode(fields, thinkingModel).body['thinking']).toEqual(thinking);
    expect(encode(fields, thinkingModel).warnings).toEqual([]);
    // Tuned models have names of their own.
    expect(encode(fields, 'b3a8a2f0-8a6d-4f4c-ft').body['thinking']).toEqual(thinking);
  });

  it.each([plainModel, 'command-r-plus-08-2024', 'command-r7b-12-2024', 'command-r', 'command', 'c4ai-aya-vision-32b'])(
    'is left out for %s, which has none',
    (model) => {
      expect(encodeRest({ reasoning_effort: 'high' }, model)).toEqual({});
      expect(encode({ reasoning_effort: 'high' }, model).warnings).toEqual([
        'Left out, since the model does not reason: reasoning.',
      ]);
      expect(encode({ reasoning_effort: 'none' }, model)).toMatchObject({ warnings: [] });
    },
  );
});

describe('tools', () => {
  it('are functions, each with parameters', () => {
    expect(encodeRest({ tools })).toEqual({
      tools: [
        { type: 'function', function: { name: 'get_weather', description: 'Weather.', parameters: schema } },
        { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } },
      ],
    });
  });

  it('have parameters of an object, whatever else they say', () => {
    const parametersOf = (parameters: JsonObject) =>
      encodeRest({ tools: [functionTool('now', { parameters })] })['tools'];
    expect(parametersOf({})).toMatchObject([{ function: { parameters: { type: 'object', properties: {} } } }]);
    expect(parametersOf({ $ref: '#/$defs/a' })).toMatchObject([
      { function: { parameters: { type: 'object', $ref: '#/$defs/a' } } },
    ]);
  });

  it('have names that Cohere takes, and answers the client’s', () => {
    const named = ['get-weather', 'get_weather', '2nd', 'größe'].map((name) => functionTool(name));
    const earlier = { id: 'a', type: 'function', function: { name: 'get-weather', arguments: '{}' } };
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: [earlier] },
      { role: 'tool', tool_call_id: 'a', content: 'Sunny' },
    ];
    const { body, toolNames } = encode({ tools: named, messages });
    expect(body).toMatchObject({
      tools: ['get_weather_1', 'get_weather', '_2nd', 'gr__e'].map((name) => ({ function: { name } })),
      messages: [{}, { tool_calls: [{ function: { name: 'get_weather_1' } }] }, {}],
    });
    expect(['get_weather_1', 'get_weather', '_2nd', 'gr__e', 'other'].map((name) => toolNames.decode(name))).toEqual([
      'get-weather',
      'get_weather',
      '2nd',
      'größe',
      'other',
    ]);
  });

  it.each<readonly [JsonObject, JsonObject]>([
    [{ tool_choice: 'auto' }, {}],
    [{ tool_choice: 'none' }, { tool_choice: 'NONE' }],
    [{ tool_choice: 'required' }, { tool_choice: 'REQUIRED' }],
  ])('are chosen by %j', (fields, expected) => {
    const { tools: sent, ...rest } = encodeRest({ tools, ...fields });
    expect(sent).toHaveLength(2);
    expect(rest).toEqual(expected);
  });

  it('of which one is chosen are that one', () => {
    const toolChoice = { type: 'function', function: { name: 'now' } };
    expect(encodeRest({ tools, tool_choice: toolChoice })).toMatchObject({
      tools: [{ function: { name: 'now' } }],
      tool_choice: 'REQUIRED',
    });
  });

  it('of which some are allowed are those', () => {
    const allowed = { mode: 'required', tools: [functionTool('get_weather'), functionTool('now')] };
    const more = [...tools, functionTool('launch')];
    expect(encodeRest({ tools: more, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } })).toMatchObject({
      tools: [{ function: { name: 'get_weather' } }, { function: { name: 'now' } }],
      tool_choice: 'REQUIRED',
    });
  });

  it('that are not there have no choice', () => {
    expect(encodeRest({ tool_choice: 'none' })).toEqual({});
  });

  it.each<readonly [string, JsonObject, string, ErrorReason]>([
    ['a tool of another type', { tools: [{ type: 'web_search' }] }, 'tools[0]', 'REQUEST_UNSUPPORTED'],
    [
      'a choice of another type',
      { tools, tool_choice: { type: 'custom', custom: { name: 'x' } } },
      'tool_choice',
      'REQUEST_UNSUPPORTED',
    ],
    [
      'a function that is not there',
      { tools, tool_choice: { type: 'function', function: { name: 'x' } } },
      'tool_choice',
      'PROVIDER_REFUSED',
    ],
    [
      'no allowed tools',
      { tools, tool_choice: { type: 'allowed_tools', allowed_tools: { tools: [] } } },
      'tool_choice',
      'REQUEST_UNSUPPORTED',
    ],
  ])('that nobody can run or choose are refused: %s', (_name, fields, param, reason) => {
    let thrown: unknown;
    try {
      encode(fields);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBeInstanceOf(SignalboxError);
    expect(thrown).toMatchObject({ reason, details: { param, code: 'unsupported_value' } });
  });

  it('are strict where one is and all can be', () => {
    const strict = functionTool('a', { parameters: schema, strict: true });
    expect(encodeRest({ tools: [strict, functionTool('now')] })).toMatchObject({ strict_tools: true });
    const optional = functionTool('b', { parameters: { type: 'object', properties: { n: { type: 'integer' } } } });
    const { body, warnings } = encode({ tools: [strict, optional] });
    expect(body['strict_tools']).toBeUndefined();
    expect(warnings).toEqual([
      'Left out, since the provider takes it only where every tool requires a parameter: tools.function.strict.',
    ]);
  });

  it('are called in parallel in any case, and that is said', () => {
    expect(encode({ tools, parallel_tool_calls: false }).warnings).toEqual([
      'Left out, since the model can always call several tools at once: parallel_tool_calls.',
    ]);
    expect(encode({ tools, parallel_tool_calls: true }).warnings).toEqual([]);
  });
});

describe('the form of the answer', () => {
  const jsonSchema = (of: JsonObject) => ({ type: 'json_schema', json_schema: { name: 'city', schema: of } });

  it.each<readonly [JsonObject, JsonObject]>([
    [{ type: 'text' }, {}],
    [{ type: 'json_object' }, { response_format: { type: 'json_object' } }],
    [jsonSchema(schema), { response_format: { type: 'json_object', json_schema: schema } }],
  ])('%j is %j', (format, expected) => {
    expect(encodeRest({ response_format: format })).toEqual(expected);
    expect(encode({ response_format: format }).warnings).toEqual([]);
  });

  it.each<readonly [string, JsonObject, JsonObject]>([
    ['beside tools', { tools }, jsonSchema(schema)],
    ['beside documents', { documents: ['A'] }, jsonSchema(schema)],
    ['of no object', {}, jsonSchema({ type: 'array' })],
  ])('is told in words %s', (_name, fields, format) => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    const { body, warnings } = encode({ ...fields, messages, response_format: format });
    expect(body['response_format']).toBeUndefined();
    const told = expect.stringMatching(/^Give your final answer as JSON alone.*JSON Schema: \{"type":/);
    expect(body['messages']).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Be brief.' },
          { type: 'text', text: told },
        ],
      },
      { role: 'user', content: 'Hi' },
    ]);
    expect(warnings).toEqual([expect.stringMatching(/^response_format was put into the instructions: the provider /)]);
  });
});
