import { describe, expect, it } from 'vitest';
import { encode, encodeMessages, plainModel } from './encode.ts';

const tools = [{ type: 'function', function: { name: 'now' } }];
const toolSpec = { name: 'now', inputSchema: { json: { type: 'object' } } };
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const responseFormat = { type: 'json_schema', json_schema: { name: 'thing', schema } };
const nova2 = 'us.amazon.nova-2-lite-v1:0';
const gptOss = 'openai.gpt-oss-120b-1:0';
const sonnet45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const opus47 = 'anthropic.claude-opus-4-7';
const profile = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc';

describe('the token limit', () => {
  it.each([
    [plainModel, {}, undefined],
    [plainModel, { max_tokens: 5, max_completion_tokens: 7 }, 7],
    [plainModel, { reasoning_effort: 'high' }, 48_384],
    ['meta.llama3-2-1b-instruct-v1:0', { max_tokens: 5 }, 5],
  ])('of %s with %j is %s', (model, fields, expected) => {
    const { body, warnings } = encode(fields, model);
    expect(body['inferenceConfig']).toEqual(expected === undefined ? undefined : { maxTokens: expected });
    expect(warnings).toEqual([]);
  });

  it('is lowered to what the model gives, and said so', () => {
    const { body, warnings } = encode({ max_tokens: 200_000 });
    expect(body['inferenceConfig']).toEqual({ maxTokens: 64_000 });
    expect(warnings).toEqual([expect.stringContaining('64000')]);
  });
});

describe('sampling', () => {
  it.each([
    [plainModel, { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, topP: 0.9 }, 0],
    [plainModel, { temperature: 1.5 }, { temperature: 1 }, 1],
    [sonnet45, { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5 }, 1],
    [opus47, { temperature: 0.5, top_p: 0.9 }, undefined, 1],
    [opus47, { temperature: 1, top_p: 1 }, undefined, 0],
    [nova2, { temperature: 0.5, reasoning_effort: 'high' }, undefined, 1],
    [nova2, { temperature: 0.5, reasoning_effort: 'low' }, { temperature: 0.5 }, 0],
    [plainModel, { stop: [' \n', 'END'] }, { stopSequences: ['END'] }, 1],
  ])('of %s with %j is %j', (model, fields, expected, count) => {
    const { body, warnings } = encode(fields, model);
    expect(body['inferenceConfig']).toEqual(expected);
    expect(warnings).toHaveLength(count);
  });

  it.each([
    [plainModel, { top_k: 3 }, 0],
    [nova2, { inferenceConfig: { topK: 3 } }, 0],
    [opus47, undefined, 1],
    ['meta.llama3-2-1b-instruct-v1:0', undefined, 1],
  ])('by top_k of %s is %j', (model, expected, count) => {
    const { body, warnings } = encode({ top_k: 3 }, model);
    expect(body['additionalModelRequestFields']).toEqual(expected);
    expect(warnings).toHaveLength(count);
  });
});

describe('reasoning', () => {
  const enabled = (budget: number) => ({ thinking: { type: 'enabled', budget_tokens: budget } });
  const adaptive = (effort?: string, display = 'summarized') => ({
    thinking: { type: 'adaptive', display },
    ...(effort !== undefined && { output_config: { effort } }),
  });
  const nova = (effort: string) => ({ reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } });

  it.each([
    [plainModel, { reasoning_effort: 'minimal' }, enabled(1024)],
    [plainModel, { reasoning_effort: 'xhigh' }, enabled(32_768)],
    [plainModel, { reasoning: { max_tokens: 5000 } }, enabled(5000)],
    [plainModel, { reasoning_effort: 'high', max_tokens: 10_000 }, enabled(8000)],
    [plainModel, { reasoning_effort: 'none' }, undefined],
    [plainModel, {}, undefined],
    ['us.anthropic.claude-opus-4-6-v1', { reasoning_effort: 'xhigh' }, adaptive('max')],
    ['us.anthropic.claude-opus-4-6-v1', { reasoning: { max_tokens: 5000 } }, enabled(5000)],
    [opus47, { reasoning_effort: 'minimal' }, adaptive('low')],
    [opus47, { reasoning: { effort: 'low', exclude: true } }, adaptive('low', 'omitted')],
    ['us.anthropic.claude-sonnet-5', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['anthropic.claude-mythos-preview', { reasoning_effort: 'xhigh' }, adaptive('max')],
    [nova2, { reasoning_effort: 'minimal' }, nova('low')],
    [nova2, { reasoning_effort: 'medium' }, nova('medium')],
    [nova2, { reasoning_effort: 'xhigh' }, nova('high')],
    [nova2, { reasoning_effort: 'none' }, undefined],
    [gptOss, { reasoning_effort: 'xhigh' }, { reasoning_effort: 'high' }],
    [gptOss, { reasoning_effort: 'minimal' }, { reasoning_effort: 'low' }],
  ])('of %s with %j is %j', (model, fields, expected) => {
    const { body, warnings } = encode(fields, model);
    expect(body['additionalModelRequestFields']).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['anthropic.claude-3-5-haiku-20241022-v1:0', { reasoning_effort: 'low' }, undefined, 'does not reason'],
    ['amazon.nova-pro-v1:0', { reasoning_effort: 'low' }, undefined, 'does not reason'],
    [profile, { reasoning_effort: 'low' }, undefined, 'not known'],
    [plainModel, { reasoning_effort: 'low', max_tokens: 1200 }, undefined, 'no room'],
    [plainModel, { reasoning: { max_tokens: 5 } }, enabled(1024), '1024'],
    [plainModel, { reasoning_effort: 'low', tools, tool_choice: 'required' }, undefined, 'must call a tool'],
    [opus47, { reasoning: { max_tokens: 5000 } }, adaptive(), 'not a budget'],
    [nova2, { reasoning_effort: 'high', max_tokens: 100 }, nova('medium'), 'lowered to medium'],
    [gptOss, { reasoning_effort: 'none' }, { reasoning_effort: 'low' }, 'cannot be turned off'],
  ])('of %s with %j is %j, with a warning', (model, fields, expected, warning) => {
    const { body, warnings } = encode(fields, model);
    expect(body['additionalModelRequestFields']).toEqual(expected);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  it('is counted where the model counts it', () => {
    expect(encode({ reasoning_effort: 'low' }).body['additionalModelResponseFieldPaths']).toEqual(['/usage']);
    expect(encode({}).body).not.toHaveProperty('additionalModelResponseFieldPaths');
    expect(encode({ reasoning_effort: 'low' }, nova2).body).not.toHaveProperty('additionalModelResponseFieldPaths');
  });
});

describe('tools', () => {
  it.each([
    [{}, undefined],
    [{ tool_choice: 'auto' }, { auto: {} }],
    [{ tool_choice: 'required' }, { any: {} }],
    [{ tool_choice: { type: 'function', function: { name: 'now' } } }, { tool: { name: 'now' } }],
  ])('with %j are chosen as %j', (fields, toolChoice) => {
    expect(encode({ tools, ...fields }).body['toolConfig']).toEqual({
      tools: [{ toolSpec }],
      ...(toolChoice && { toolChoice }),
    });
  });

  it('are left out where none shall be called', () => {
    const { body, warnings } = encode({ tools, tool_choice: 'none' });
    expect(body).not.toHaveProperty('toolConfig');
    expect(warnings).toEqual([]);
  });

  it.each([{ tool_choice: 'none', tools }, {}])(
    'that earlier messages called are described, with %j, and told of',
    (fields) => {
      const messages = [
        { role: 'user', content: 'When?' },
        { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'now', arguments: '' } }] },
        { role: 'tool', tool_call_id: 'c', content: '12:00' },
      ];
      const { body, warnings } = encode({ messages, ...fields });
      expect(body['toolConfig']).toEqual({ tools: [{ toolSpec }] });
      expect(body['system']).toEqual([{ text: expect.stringContaining('Do not call any tool') }]);
      expect(warnings).toHaveLength(1);
    },
  );

  it.each([
    [{}, undefined, { type: 'auto', disable_parallel_tool_use: true }],
    [{ tool_choice: 'auto' }, undefined, { type: 'auto', disable_parallel_tool_use: true }],
    [{ tool_choice: 'required' }, { any: {} }, { disable_parallel_tool_use: true }],
  ])('are called one at a time, with %j', (fields, toolChoice, expected) => {
    const { body } = encode({ tools, parallel_tool_calls: false, ...fields });
    expect(body['additionalModelRequestFields']).toEqual({ tool_choice: expected });
    expect(body['toolConfig']).toEqual({ tools: [{ toolSpec }], ...(toolChoice && { toolChoice }) });
  });

  it('that do not exist are not forbidden to be called at once', () => {
    expect(encode({ parallel_tool_calls: false }).body).toEqual({
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    });
    expect(encode({ tools, parallel_tool_calls: false }, nova2).warnings).toHaveLength(1);
  });

  it('are not strict where the schema refers to itself', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } };
    const parameters = { type: 'object', properties: { a: { $ref: '#/$defs/node' } }, $defs: { node } };
    const strict = [{ type: 'function', function: { name: 'f', strict: true, parameters } }];
    expect(encode({ tools: strict }, 'us.anthropic.claude-sonnet-4-5-20250929-v1:0').body['toolConfig']).toEqual({
      tools: [{ toolSpec: { name: 'f', inputSchema: { json: parameters } } }],
    });
  });

  it('are strict where the model takes it and the schema fits', () => {
    const strict = [{ type: 'function', function: { name: 'f', strict: true, parameters: schema } }];
    const closed = { ...schema, additionalProperties: false };
    const spec = (model: string) => encode({ tools: strict }, model).body['toolConfig'];
    expect(spec(sonnet45)).toEqual({
      tools: [{ toolSpec: { name: 'f', inputSchema: { json: closed }, strict: true } }],
    });
    expect(spec(plainModel)).toEqual({ tools: [{ toolSpec: { name: 'f', inputSchema: { json: schema } } }] });
  });

  it.each([
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'grammar' } }] }, plainModel],
    ['tool_choice', { tools, tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, plainModel],
    ['tool_choice', { tools, tool_choice: 'required' }, 'anthropic.claude-opus-5-5-v1:0'],
  ])('%s that cannot be carried over are refused', (param, fields, model) => {
    const details = expect.objectContaining({ param });
    expect(() => encode(fields, model)).toThrow(
      expect.objectContaining({ reason: 'REQUEST_UNSUPPORTED', httpStatus: 400, details }),
    );
  });

  it('of the provider search the web where the model has them', () => {
    expect(encode({ web_search_options: {} }, nova2).body['toolConfig']).toEqual({
      tools: [{ systemTool: { name: 'nova_grounding' } }],
    });
    const { body, warnings } = encode({ web_search_options: {} });
    expect(body).not.toHaveProperty('toolConfig');
    expect(warnings).toEqual([expect.stringContaining('web_search_options')]);
  });
});

describe('the answer’s form', () => {
  it('is kept to by the model where it can', () => {
    const { body, answerTool } = encode({ response_format: responseFormat }, sonnet45);
    const jsonSchema = { name: 'thing', schema: JSON.stringify({ ...schema, additionalProperties: false }) };
    expect(body['outputConfig']).toEqual({ textFormat: { type: 'json_schema', structure: { jsonSchema } } });
    expect(answerTool).toBeUndefined();
  });

  it.each([
    { properties: { a: { type: 'integer', minimum: 3 } } },
    { properties: { a: { type: 'object' } } },
    { properties: { a: {} } },
    { properties: { a: { $ref: 'https://example.com/other.json' } } },
    { additionalProperties: { type: 'string' } },
  ])('is the arguments of a tool where the schema is none that Bedrock holds a model to: %j', (fields) => {
    const wide = { type: 'object', ...fields };
    const format = { type: 'json_schema', json_schema: { name: 'thing', schema: wide } };
    const { body, answerTool } = encode({ response_format: format }, sonnet45);
    expect(answerTool).toBe('answer');
    expect(body['toolConfig']).toMatchObject({
      tools: [{ toolSpec: { name: 'answer', inputSchema: { json: wide } } }],
      toolChoice: { tool: { name: 'answer' } },
    });
  });

  it('leaves room for other tools', () => {
    const named = [{ type: 'function', function: { name: 'answer' } }];
    const { body, answerTool } = encode({ response_format: responseFormat, tools: named });
    expect(answerTool).toBe('answer_');
    expect(body['toolConfig']).toMatchObject({
      tools: [{ toolSpec: { name: 'answer' } }, { toolSpec: { name: 'answer_' } }],
      toolChoice: { any: {} },
    });
  });

  it('is asked for in words where nothing holds the model to it', () => {
    const { body } = encode({ response_format: { type: 'json_object' } });
    expect(body['system']).toEqual([{ text: expect.stringContaining('JSON object') }]);
    const told = encode({ response_format: responseFormat }, 'meta.llama3-2-1b-instruct-v1:0');
    expect(told.body['system']).toEqual([{ text: expect.stringContaining('"required":["a"]') }]);
    expect(told.warnings).toEqual([expect.stringContaining('cannot be held')]);
  });
});

describe('the cache', () => {
  const part = (ttl?: string) => ({
    type: 'text',
    text: 'x',
    cache_control: { type: 'ephemeral', ...(ttl && { ttl }) },
  });
  const user = (...parts: object[]) => [{ role: 'user', content: parts.map((one) => ({ ...one })) }];
  const point = { cachePoint: { type: 'default' } };

  it('keeps the last four marks', () => {
    const { body, warnings } = encode({ messages: user(part(), part(), part(), part(), part()) });
    const marked = [{ text: 'x' }, point];
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ text: 'x' }, ...marked, ...marked, ...marked, ...marked] },
    ]);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    [sonnet45, '1h', { cachePoint: { type: 'default', ttl: '1h' } }, 0],
    [plainModel, '1h', point, 1],
    [nova2, undefined, point, 0],
    [profile, '1h', { cachePoint: { type: 'default', ttl: '1h' } }, 0],
    ['meta.llama3-2-1b-instruct-v1:0', undefined, undefined, 1],
  ])('of %s, asked for %s, is %j', (model, ttl, mark, count) => {
    const { body, warnings } = encode({ messages: user(part(ttl)) }, model);
    expect(body['messages']).toEqual([{ role: 'user', content: [{ text: 'x' }, ...(mark ? [mark] : [])] }]);
    expect(warnings).toHaveLength(count);
  });

  it('has something between a document and its mark, and nothing where there is no mark', () => {
    const marked = { cache_control: { type: 'ephemeral' } };
    const file = { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' }, ...marked };
    const document = { document: { name: 'document', format: 'pdf', source: { bytes: 'JVBERi0=' } } };
    const messages = user({ type: 'text', text: 'x' }, file);
    const content = [{ text: 'x' }, document];
    expect(encode({ messages }).body['messages']).toEqual([
      { role: 'user', content: [...content, { text: '\n' }, point] },
    ]);
    const { body } = encode({ messages }, 'meta.llama3-2-1b-instruct-v1:0');
    expect(body['messages']).toEqual([{ role: 'user', content }]);
  });

  it('has marks behind results of tools, not inside them', () => {
    const turns = encodeMessages([
      { role: 'user', content: 'When?' },
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'now', arguments: '{}' } }] },
      { role: 'user', content: 'Well?' },
      { role: 'tool', tool_call_id: 'c', content: [part()] },
    ])['messages'];
    const result = { toolResult: { toolUseId: 'c', content: [{ text: 'x' }] } };
    expect(turns).toMatchObject([{}, {}, { role: 'user', content: [result, point, { text: 'Well?' }] }]);
  });
});

describe('the rest', () => {
  it('has a place for guardrails, the tier and fields of models', () => {
    const guardrailConfig = { guardrailIdentifier: 'g', guardrailVersion: '1' };
    const fields = {
      guardrailConfig,
      service_tier: 'flex',
      additionalModelRequestFields: { seed: 7 },
      performanceConfig: { latency: 'optimized' },
    };
    const { body, warnings } = encode(fields);
    expect(body).toMatchObject({
      guardrailConfig,
      serviceTier: { type: 'flex' },
      additionalModelRequestFields: { seed: 7 },
      performanceConfig: { latency: 'optimized' },
    });
    expect(warnings).toEqual([]);
  });

  it('is named where it has none', () => {
    const fields = {
      seed: 1,
      n: 2,
      logprobs: true,
      frequency_penalty: 1,
      service_tier: 'scale',
      surprise: 1,
      store: false,
    };
    const said = encode(fields).warnings.join(' ');
    for (const field of ['seed', 'n was', 'logprobs', 'frequency_penalty', 'service_tier', 'surprise'])
      expect(said).toContain(field);
    expect(said).not.toContain('store');
  });
});
