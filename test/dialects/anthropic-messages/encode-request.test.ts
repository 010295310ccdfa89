import { describe, expect, it } from 'vitest';
import { encode, plainModel } from './encode.ts';

const tools = [{ type: 'function', function: { name: 'now' } }];
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const responseFormat = { type: 'json_schema', json_schema: { name: 'thing', schema } };

describe('the token limit', () => {
  it.each([
    [plainModel, {}, 32_000],
    ['claude-3-haiku-20240307', {}, 4096],
    ['claude-3-5-sonnet-latest', {}, 8192],
    ['some-other-model', {}, 8192],
    [plainModel, { max_tokens: 5 }, 5],
    [plainModel, { max_tokens: 5, max_completion_tokens: 7 }, 7],
    [plainModel, { reasoning_effort: 'high' }, 48_384],
    ['claude-opus-4-1', { reasoning_effort: 'high' }, 32_000],
  ])('of %s with %j is %i', (model, fields, expected) => {
    const { body, warnings } = encode(fields, model);
    expect(body['max_tokens']).toBe(expected);
    expect(warnings).toEqual([]);
  });

  it('is lowered to what the model gives, and said so', () => {
    const { body, warnings } = encode({ max_tokens: 200_000 });
    expect(body['max_tokens']).toBe(64_000);
    expect(warnings).toEqual([expect.stringContaining('64000')]);
  });
});

describe('sampling', () => {
  it.each([
    [plainModel, { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }, 0],
    [plainModel, { temperature: 1.5 }, { temperature: 1 }, 1],
    ['claude-sonnet-4-5', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5 }, 1],
    ['claude-sonnet-4-5', { top_p: 0.9, top_k: 3 }, { top_p: 0.9, top_k: 3 }, 0],
    ['claude-opus-4-7', { temperature: 0.5, top_p: 0.9, top_k: 3 }, {}, 1],
    ['claude-opus-4-7', { temperature: 1, top_p: 1 }, {}, 0],
    [plainModel, { temperature: 0.5, top_p: 0.96, reasoning_effort: 'low' }, { top_p: 0.96 }, 1],
    [plainModel, { temperature: 1, top_p: 0.5, reasoning_effort: 'low' }, {}, 1],
  ])('of %s with %j is %j', (model, fields, expected, count) => {
    const { body, warnings } = encode(fields, model);
    const { temperature, top_p, top_k } = body;
    expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(expected);
    expect(warnings).toHaveLength(count);
  });
});

describe('reasoning', () => {
  const enabled = (budget: number) => ({ type: 'enabled', budget_tokens: budget });
  const adaptive = { type: 'adaptive', display: 'summarized' };

  it.each([
    [plainModel, { reasoning_effort: 'minimal' }, enabled(1024), undefined],
    [plainModel, { reasoning_effort: 'low' }, enabled(2048), undefined],
    [plainModel, { reasoning_effort: 'medium' }, enabled(8192), undefined],
    [plainModel, { reasoning_effort: 'xhigh' }, enabled(32_768), undefined],
    [plainModel, { reasoning: { max_tokens: 5000 } }, enabled(5000), undefined],
    [plainModel, { reasoning_effort: 'high', max_tokens: 10_000 }, enabled(8000), undefined],
    [plainModel, { reasoning_effort: 'none' }, undefined, undefined],
    [plainModel, {}, undefined, undefined],
    ['claude-opus-4-6', { reasoning_effort: 'medium' }, adaptive, 'medium'],
    ['claude-opus-4-6', { reasoning_effort: 'xhigh' }, adaptive, 'max'],
    ['claude-opus-4-6', { reasoning: { max_tokens: 5000 } }, enabled(5000), undefined],
    ['claude-opus-4-7', { reasoning_effort: 'xhigh' }, adaptive, 'xhigh'],
    ['claude-opus-4-7', { reasoning_effort: 'minimal' }, adaptive, 'low'],
    ['claude-opus-4-7', { reasoning_effort: 'none' }, undefined, undefined],
    ['claude-sonnet-5', { reasoning_effort: 'none' }, { type: 'disabled' }, undefined],
    ['claude-sonnet-5-5', { reasoning_effort: 'none' }, { type: 'between_tools' }, undefined],
    [
      'us.anthropic.claude-opus-5-5-v1:0',
      { reasoning: { effort: 'low', exclude: true } },
      { type: 'adaptive', display: 'omitted' },
      'low',
    ],
    ['MiniMax-M2', { reasoning_effort: 'low' }, enabled(2048), undefined],
  ])('of %s with %j is %j, effort %s', (model, fields, thinking, effort) => {
    const { body, warnings } = encode(fields, model);
    expect(body['thinking']).toEqual(thinking);
    expect(body['output_config']).toEqual(effort === undefined ? undefined : { effort });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['claude-3-5-haiku-latest', { reasoning_effort: 'low' }, undefined, 'does not reason'],
    [plainModel, { reasoning_effort: 'low', max_tokens: 1200 }, undefined, 'no room'],
    [plainModel, { reasoning: { max_tokens: 5000 }, max_tokens: 3000 }, enabled(2999), '2999'],
    [plainModel, { reasoning: { max_tokens: 5 } }, enabled(1024), '1024'],
    [plainModel, { reasoning_effort: 'low', tools, tool_choice: 'required' }, undefined, 'must call a tool'],
    ['claude-opus-4-7', { reasoning: { max_tokens: 5000 } }, adaptive, 'not a budget'],
    ['claude-opus-5-5', { reasoning_effort: 'none' }, undefined, 'cannot be turned off'],
  ])('of %s with %j is %j, with a warning', (model, fields, thinking, warning) => {
    const { body, warnings } = encode(fields, model);
    expect(body['thinking']).toEqual(thinking);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  it('has room in every limit', () => {
    for (let limit = 1; limit < 5000; limit += 7) {
      const { body } = encode({ reasoning_effort: 'medium', max_tokens: limit });
      const { thinking } = body;
      if (thinking === undefined) continue;
      expect(thinking).toMatchObject({ type: 'enabled' });
      const budget = Number(Object.entries(thinking ?? {}).find(([key]) => key === 'budget_tokens')?.[1]);
      expect(budget).toBeLessThan(limit);
      expect(budget).toBeGreaterThanOrEqual(1024);
    }
  });
});

describe('tools', () => {
  it.each([
    [{ tool_choice: 'auto' }, { type: 'auto' }],
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: 'required' }, { type: 'any' }],
    [{ tool_choice: { type: 'function', function: { name: 'now' } } }, { type: 'tool', name: 'now' }],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { tool_choice: 'required', parallel_tool_calls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{ tool_choice: 'none', parallel_tool_calls: false }, { type: 'none' }],
    [{ parallel_tool_calls: true }, undefined],
  ])('with %j are chosen as %j', (fields, expected) => {
    expect(encode({ tools, ...fields }).body['tool_choice']).toEqual(expected);
  });

  it('without parameters take an empty object', () => {
    expect(encode({ tools }).body['tools']).toEqual([{ name: 'now', input_schema: { type: 'object' } }]);
  });

  it('are strict where the model takes it and the schema fits', () => {
    const strict = [{ type: 'function', function: { name: 'f', strict: true, parameters: schema } }];
    const fitted = { ...schema, additionalProperties: false };
    expect(encode({ tools: strict }, 'claude-sonnet-4-5').body['tools']).toEqual([
      { name: 'f', input_schema: fitted, strict: true },
    ]);
    expect(encode({ tools: strict }).body['tools']).toEqual([{ name: 'f', input_schema: schema }]);
  });

  it('that earlier messages called are described, and cannot be called again', () => {
    const messages = [
      { role: 'user', content: 'When?' },
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'now', arguments: '' } }] },
      { role: 'tool', tool_call_id: 'c', content: '12:00' },
    ];
    expect(encode({ messages }).body).toMatchObject({
      tools: [{ name: 'now', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    });
  });

  it.each([
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'grammar' } }] }, plainModel],
    ['tool_choice', { tools, tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, plainModel],
    ['tool_choice', { tools, tool_choice: 'required' }, 'claude-opus-5-5'],
  ])('%s that cannot be carried over are refused', (param, fields, model) => {
    expect(() => encode(fields, model)).toThrow(
      expect.objectContaining({
        reason: 'REQUEST_UNSUPPORTED',
        httpStatus: 400,
        details: expect.objectContaining({ param }),
      }),
    );
  });

  it('of the provider search the web', () => {
    const search = (size: string) => encode({ web_search_options: { search_context_size: size } }).body['tools'];
    expect(search('low')).toEqual([{ type: 'web_search_20250305', name: 'web_search', max_uses: 1 }]);
    expect(search('high')).toEqual([{ type: 'web_search_20250305', name: 'web_search', max_uses: 10 }]);
  });
});

describe('the answer’s form', () => {
  it('is kept to by the model where it can', () => {
    const { body, answerTool } = encode({ response_format: responseFormat }, 'claude-sonnet-4-5');
    expect(body['output_config']).toEqual({
      format: { type: 'json_schema', schema: { ...schema, additionalProperties: false } },
    });
    expect(answerTool).toBeUndefined();
  });

  it('is the arguments of a tool elsewhere', () => {
    const { body, answerTool } = encode({ response_format: responseFormat });
    expect(answerTool).toBe('answer');
    expect(body).toMatchObject({
      tools: [{ name: 'answer', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'answer' },
    });
  });

  it('leaves room for other tools', () => {
    const named = [{ type: 'function', function: { name: 'answer' } }];
    const { body, answerTool } = encode({ response_format: responseFormat, tools: named });
    expect(answerTool).toBe('answer_');
    expect(body).toMatchObject({ tools: [{ name: 'answer' }, { name: 'answer_' }], tool_choice: { type: 'any' } });
  });

  it('is asked for in words where there is no schema, or one that nothing can be held to', () => {
    const { body } = encode({ response_format: { type: 'json_object' } });
    expect(body['system']).toEqual([{ type: 'text', text: expect.stringContaining('JSON object') }]);
    const open = {
      type: 'json_schema',
      json_schema: { name: 'map', schema: { type: 'object', additionalProperties: { type: 'string' } } },
    };
    const told = encode({ response_format: open }, 'claude-opus-5-5');
    expect(told.body['system']).toEqual([{ type: 'text', text: expect.stringContaining('additionalProperties') }]);
    expect(told.warnings).toEqual([expect.stringContaining('cannot be held')]);
  });
});

describe('the rest', () => {
  it('has a place for the user, the tier and what stops', () => {
    const { body, warnings } = encode({ user: 'u', service_tier: 'default', stop: [' \n', 'END'] });
    expect(body).toMatchObject({ metadata: { user_id: 'u' }, service_tier: 'standard_only', stop_sequences: ['END'] });
    expect(warnings).toEqual([expect.stringContaining('stop')]);
  });

  it('asks for a stream', () => {
    expect(encode({}, plainModel, true).body['stream']).toBe(true);
    expect(encode({}).body).not.toHaveProperty('stream');
  });

  it('is left out and named', () => {
    const { body, warnings } = encode({
      n: 2,
      seed: 1,
      presence_penalty: 1,
      frequency_penalty: 1,
      logit_bias: { 1: 1 },
      logprobs: true,
      top_logprobs: 2,
      user: 'x'.repeat(257),
      min_p: 0.5,
      modalities: ['text', 'audio'],
      service_tier: 'flex',
      store: false,
    });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model']);
    const said = warnings.join('\n');
    for (const field of [
      'n was',
      'seed',
      'presence_penalty',
      'frequency_penalty',
      'logit_bias',
      'logprobs',
      'user',
      'min_p',
      'modalities',
      'service_tier',
    ]) {
      expect(said).toContain(field);
    }
    expect(said).not.toContain('store');
  });

  it('is named inside messages and tools, once', () => {
    const { warnings } = encode({
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', mood: 1 }], weight: 0 },
        { role: 'user', content: [{ type: 'document', source: { type: 'url', url: 'https://a.example' } }], weight: 0 },
      ],
      tools: [
        { type: 'function', function: { name: 'now', kind: 1 }, cache_control: { type: 'ephemeral' } },
        { type: 'web_fetch_20250910', name: 'web_fetch' },
      ],
    });
    const [warning] = warnings;
    expect(warnings).toHaveLength(1);
    expect(warning).toMatch(
      /: messages\.weight, messages\.content\.mood, tools\.cache_control, tools\.function\.kind\.$/,
    );
  });

  it('counts marks on tools among them, which come first', () => {
    const part = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
    const tools = [{ type: 'bash_20250124', name: 'bash', cache_control: { type: 'ephemeral' } }];
    const { body } = encode({ messages: [{ role: 'user', content: [part, part, part, part] }], tools });
    expect(body['tools']).toEqual([{ type: 'bash_20250124', name: 'bash' }]);
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
  });

  it('keeps the last four marks for the cache', () => {
    const part = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
    const { body, warnings } = encode({ messages: [{ role: 'user', content: [part, part, part, part, part] }] });
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4);
    expect(JSON.stringify(body)).toContain('[{"type":"text","text":"x"},');
    expect(warnings).toHaveLength(1);
  });
});
