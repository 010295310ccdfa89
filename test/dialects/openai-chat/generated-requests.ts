import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/json.ts';

/**
 * Requests in normal form: as the encoder for a server of which nothing is known writes them, so that decoding and encoding must give
 * them back. Fields that nobody modelled can stand anywhere among them.
 */

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const name = fc.stringMatching(/^[a-z_]{1,10}$/);
/** What stands behind a `~` is another provider's, and is not sent on. */
const callId = text.filter((id) => !id.includes('~memo~'));
const anyObject = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });

/** Fields that the API does not have, some of which every object has by inheritance. */
const unknownFields = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom('top_k', 'x-custom', 'constructor', 'toString', 'valueOf', '$ref', '', '0'),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 3 },
    ),
  },
);

function optional<Fields extends Record<string, fc.Arbitrary<unknown>>>(fields: Fields) {
  return fc.record(fields, { requiredKeys: [] });
}

/** Merges parts of an object; unknown fields lose to the object's own. */
function merge(...parts: fc.Arbitrary<object>[]): fc.Arbitrary<JsonObject> {
  // The arbitraries above make JSON and nothing else.
  return fc.tuple(unknownFields, ...parts).map((objects) => JSON.parse(JSON.stringify(Object.assign({}, ...objects))));
}

const cacheControl = merge(
  fc.record({ type: fc.constant('ephemeral') }),
  optional({ ttl: fc.constantFrom('5m', '1h') }),
).map(({ type, ttl }) => (ttl === undefined ? { cache_control: { type } } : { cache_control: { type, ttl } }));
const cache = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, cacheControl);

const part = fc.oneof(
  merge(fc.record({ type: fc.constant('text'), text }), cache),
  merge(
    fc.record({
      type: fc.constant('image_url'),
      image_url: merge(fc.record({ url: fc.webUrl() }), optional({ detail: fc.constantFrom('low', 'high', 'auto') })),
    }),
    cache,
  ),
  merge(
    fc.record({
      type: fc.constant('input_audio'),
      input_audio: merge(fc.record({ data: fc.base64String(), format: fc.constantFrom('wav', 'mp3') })),
    }),
  ),
  merge(
    fc.record({
      type: fc.constant('file'),
      file: merge(optional({ filename: text, file_data: text, file_id: text })),
    }),
  ),
  merge(fc.record({ type: fc.constant('refusal'), refusal: text })),
  merge(fc.record({ type: fc.constantFrom('video_url', 'thinking', 'document'), video_url: anyObject })),
);

const content = fc.oneof(text, fc.array(part, { minLength: 1, maxLength: 4 }));

const toolCall = fc.oneof(
  merge(
    fc.record({
      id: callId,
      type: fc.constant('function'),
      function: merge(fc.record({ name, arguments: fc.oneof(fc.json(), text) })),
    }),
  ),
  merge(fc.record({ id: callId, type: fc.constant('custom'), custom: merge(fc.record({ name, input: text })) })),
);

const message = fc.oneof(
  merge(fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content }), optional({ name: text })),
  merge(
    fc.record({ role: fc.constant('assistant'), content: fc.oneof(content, fc.constant(null)) }),
    optional({
      name: text,
      refusal: text,
      reasoning_content: text,
      audio: fc.record({ id: text }),
      tool_calls: fc.array(toolCall, { minLength: 1, maxLength: 3 }),
    }),
  ),
  merge(fc.record({ role: fc.constant('tool'), content, tool_call_id: callId })),
);

const tool = fc.oneof(
  merge(
    fc.record({
      type: fc.constant('function'),
      function: merge(
        fc.record({ name }),
        optional({ description: text, parameters: anyObject, strict: fc.boolean() }),
      ),
    }),
  ),
  merge(fc.record({ type: fc.constantFrom('custom', 'web_search', 'mcp'), custom: anyObject })),
);

const toolChoice = fc.oneof(
  fc.constantFrom('none', 'auto', 'required'),
  name.map((value) => ({ type: 'function', function: { name: value } })),
  anyObject.map((allowed) => ({ type: 'allowed_tools', allowed_tools: allowed })),
);

const responseFormat = fc.oneof(
  fc.constantFrom({ type: 'text' }, { type: 'json_object' }),
  merge(
    fc.record({
      type: fc.constant('json_schema'),
      json_schema: merge(fc.record({ name }), optional({ description: text, schema: anyObject, strict: fc.boolean() })),
    }),
  ),
);

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const double = fc.double({ noNaN: true, noDefaultInfinity: true });

const sampling = optional({
  temperature: double,
  top_p: double,
  presence_penalty: double,
  frequency_penalty: double,
  seed: fc.maxSafeInteger(),
  stop: fc.array(text, { minLength: 1, maxLength: 4 }),
  logit_bias: fc.dictionary(fc.stringMatching(/^\d{1,6}$/), double, { minKeys: 1, maxKeys: 3 }),
  n: int32,
  logprobs: fc.boolean(),
  top_logprobs: int32,
  user: text,
  reasoning_effort: text,
  service_tier: text,
  verbosity: text,
  modalities: fc.array(fc.constantFrom('text', 'image', 'audio'), { minLength: 1, maxLength: 3 }),
  prediction: anyObject,
  parallel_tool_calls: fc.boolean(),
});
const tokenLimit = fc.oneof(
  fc.constant({}),
  fc.record({ max_tokens: int32 }),
  fc.record({ max_completion_tokens: int32 }),
);
const storage = fc.oneof(
  optional({ store: fc.constant(false) }),
  merge(fc.record({ store: fc.constant(true) }), optional({ metadata: anyObject })),
);

/** A request in normal form. */
export const generatedRequest: fc.Arbitrary<JsonObject> = merge(
  fc.record({ model: text, messages: fc.array(message, { maxLength: 4 }) }),
  sampling,
  tokenLimit,
  storage,
  optional({
    tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
    tool_choice: toolChoice,
    response_format: responseFormat,
    web_search_options: merge(optional({ search_context_size: fc.constantFrom('low', 'medium', 'high') })),
    image_config: merge(optional({ aspect_ratio: text, image_size: text })),
  }),
);
