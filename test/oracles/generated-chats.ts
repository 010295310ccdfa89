import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';

/**
 * Requests that a client of OpenAI's API would send, and nothing that its API does not have: what the encoders make of them must be
 * what each provider's own SDK lets one send.
 */

/** A 1×1 PNG. */
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const pdf = Buffer.from('%PDF-1.4\n%%EOF').toString('base64');

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).map((said) => `${said}.`);
const toolName = fc.constantFrom('get_weather', 'search', 'now');
const args = fc.constantFrom('{}', '', '{"city":"Berlin","days":[1,2.5,null]}', '{"a":{"b":[]}}', 'no JSON', '[1]');

function optional<Fields extends Record<string, fc.Arbitrary<JsonValue>>>(fields: Fields): fc.Arbitrary<JsonObject> {
  return fc.record(fields, { requiredKeys: [] }).map((record) => {
    const json: JsonObject = {};
    for (const [name, value] of Object.entries<JsonValue | undefined>(record))
      if (value !== undefined) json[name] = value;
    return json;
  });
}

const schema = fc.constantFrom<JsonObject>(
  {},
  { type: 'object' },
  {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'Where', enum: ['Berlin', 'Rome'] },
      when: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
      days: { type: 'array', items: { $ref: '#/$defs/day' }, minItems: 1 },
    },
    required: ['city', 'when', 'days'],
    additionalProperties: false,
    $defs: { day: { type: ['integer', 'null'], minimum: 1 } },
  },
);

const cache = fc.constantFrom<JsonObject>(
  {},
  {},
  {},
  { cache_control: { type: 'ephemeral' } },
  { cache_control: { type: 'ephemeral', ttl: '1h' } },
);
const textPart = fc.tuple(text, cache).map(([said, mark]) => ({ type: 'text', text: said, ...mark }));
const mediaPart = fc.constantFrom<JsonObject>(
  { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}`, detail: 'low' } },
  { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
  { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
  { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } },
);
const parts = fc.array(fc.oneof({ weight: 3, arbitrary: textPart }, mediaPart), { minLength: 1, maxLength: 3 });
const instructions = fc
  .tuple(fc.constantFrom('system', 'developer'), fc.oneof(text, fc.array(textPart, { minLength: 1, maxLength: 2 })))
  .map(([role, content]): JsonObject => ({ role, content }));
const question = fc
  .tuple(fc.oneof(text, parts), optional({ name: fc.constant('ada') }))
  .map(([content, name]): JsonObject => ({ role: 'user', content, ...name }));

/** What answers of these providers were given to keep: one of them means something to each, the others nothing. */
const kept = fc.constantFrom<JsonObject>(
  {},
  { reasoning_content: 'Hm.' },
  { reasoning_content: 'Hm.', reasoning_details: [thoughtOf('anthropic-claude-v1')] },
  { reasoning_content: 'Hm.', reasoning_details: [thoughtOf('amazon-bedrock-v1')] },
  { reasoning_details: [{ type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index: 0, data: 'c2ln' }] },
  { reasoning_details: [{ type: 'reasoning.encrypted', format: 'amazon-bedrock-v1', index: 0, data: 'c2ln' }] },
  {
    reasoning_details: [
      { type: 'reasoning.encrypted', format: 'google-gemini-v1', index: 0, data: 'c2ln', id: 'call_0' },
    ],
  },
);

function thoughtOf(format: string): JsonObject {
  return { type: 'reasoning.text', format, index: 0, text: 'Hm.', signature: 'c2ln' };
}

/** A question, calls of tools and their results, and an answer. */
const toolTurn = fc
  .record({
    asked: question,
    calls: fc.array(fc.record({ name: toolName, arguments: args }), { minLength: 1, maxLength: 3 }),
    said: fc.option(text),
    thought: kept,
    result: fc.oneof(text, fc.array(textPart, { minLength: 1, maxLength: 2 })),
    answer: fc.option(text),
  })
  .map(({ asked, calls, said, thought, result, answer }): JsonObject[] => [
    asked,
    {
      role: 'assistant',
      content: said,
      ...thought,
      tool_calls: calls.map((call, index) => ({ id: `call_${index}`, type: 'function', function: call })),
    },
    ...calls.map((_, index) => ({ role: 'tool', tool_call_id: `call_${index}`, content: result })),
    ...(answer === null
      ? []
      : [
          { role: 'assistant', content: answer },
          { role: 'user', content: 'Go on.' },
        ]),
  ]);
const plainTurn = question.map((asked): JsonObject[] => [asked]);

const messages = fc
  .tuple(fc.array(instructions, { maxLength: 2 }), fc.oneof(toolTurn, plainTurn), fc.oneof(toolTurn, plainTurn))
  .map(([first, ...turns]): JsonObject[] => [...first, ...turns.flat()]);

const tool = fc
  .tuple(toolName, optional({ description: text, parameters: schema, strict: fc.boolean() }))
  .map(([name, more]): JsonObject => ({ type: 'function', function: { name, ...more } }));
const tools = fc.record({
  tools: fc.uniqueArray(tool, {
    minLength: 1,
    maxLength: 3,
    selector: (one) => JSON.stringify(one['function']).slice(0, 20),
  }),
});
const toolSettings = fc
  .tuple(
    tools,
    optional({
      tool_choice: fc.constantFrom<JsonValue>('auto', 'none', 'required'),
      parallel_tool_calls: fc.boolean(),
    }),
    fc.boolean(),
  )
  .map(([declared, settings, names]): JsonObject => {
    const [first] = declared.tools;
    return { ...declared, ...settings, ...(names && { tool_choice: nameTool(first) }) };
  });
const allowedTools: JsonObject = {
  tools: [{ type: 'function', function: { name: 'now' } }],
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'now' } }] },
  },
};

function nameTool(first: JsonObject | undefined): JsonValue {
  const { function: fn } = first ?? {};
  const name = fn !== null && typeof fn === 'object' && 'name' in fn ? fn['name'] : 'now';
  return { type: 'function', function: { name: name ?? 'now' } };
}

const form = fc.constantFrom<JsonObject>(
  {},
  {},
  { response_format: { type: 'text' } },
  { response_format: { type: 'json_object' } },
  {
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'place',
        strict: true,
        schema: {
          type: 'object',
          properties: { name: { type: 'string' }, size: { type: 'number', minimum: 0 } },
          required: ['name', 'size'],
          additionalProperties: false,
        },
      },
    },
  },
);

const sampling = optional({
  temperature: fc.constantFrom(0, 0.5, 1, 1.7),
  top_p: fc.constantFrom(0.1, 0.97, 1),
  presence_penalty: fc.constantFrom(-1, 0.5),
  frequency_penalty: fc.constantFrom(-1, 0.5),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  stop: fc.constantFrom<JsonValue>('END', ['END', 'STOP'], [' ']),
  logit_bias: fc.constant({ '50256': -100 }),
  n: fc.constantFrom(1, 2),
  logprobs: fc.boolean(),
  top_logprobs: fc.constantFrom(1, 5),
  user: fc.constant('u-1'),
  service_tier: fc.constantFrom('auto', 'default', 'flex', 'priority'),
  store: fc.boolean(),
  verbosity: fc.constantFrom('low', 'high'),
  web_search_options: fc.constantFrom({}, { search_context_size: 'low' }),
});
const tokenLimit = fc.constantFrom<JsonObject>(
  {},
  { max_tokens: 4000 },
  { max_completion_tokens: 64_000 },
  { max_tokens: 100 },
);
const reasoning = fc.constantFrom<JsonObject>(
  {},
  { reasoning_effort: 'none' },
  { reasoning_effort: 'minimal' },
  { reasoning_effort: 'medium' },
  { reasoning: { effort: 'high', exclude: true } },
  { reasoning: { effort: 'xhigh' } },
  { reasoning: { max_tokens: 2000 } },
);

/** A request without its model. */
export const generatedChat: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.record({ messages }),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant({}) },
      { weight: 5, arbitrary: toolSettings },
      fc.constant(allowedTools),
    ),
    form,
    sampling,
    tokenLimit,
    reasoning,
  )
  .map((fields): JsonObject => Object.assign({}, ...fields));
