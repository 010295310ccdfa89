import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';

/**
 * Recorded requests of Converse in the form that a client of this API would send them, made by hand, `model` included, which Bedrock has in
 * its path. Long data and the schemas of tools are taken from the recording.
 */

type ClientRequest = (recorded: JsonObject) => JsonObject;

const haiku = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
const sonnet = 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const novaMicro = 'bedrock/us.amazon.nova-micro-v1:0';
const novaLite = 'bedrock/us.amazon.nova-2-lite-v1:0';

/** By the beginning of the recording's name. */
export const clientRequests: Readonly<Record<string, ClientRequest>> = {
  'bedrock/stream-error200-amazon.nova-lite': (recorded) => ({
    model: 'bedrock/amazon.nova-lite-v1:0',
    max_completion_tokens: 16,
    messages: [
      user([
        { type: 'text', text: 'Describe this image.' },
        image('image/png', pick(recorded, 'messages', 0, 'content', 1, 'image', 'source', 'bytes')),
      ]),
    ],
  }),
  'bedrock/stream-maxtokens-anthropic.claude-haiku-4-5': (recorded) => ({
    model: haiku,
    messages: [user(pick(recorded, 'messages', 0, 'content', 0, 'text'))],
    max_tokens: 100,
  }),
  'bedrock/stream-partools-amazon.nova-micro-v1-0-converse-stream-no-content': (recorded) => ({
    model: novaMicro,
    messages: [user('What is the weather in Seattle and San Francisco today?')],
    tools: functions(recorded),
  }),
  'bedrock/stream-partools-anthropic.claude-haiku-4-5-toolcallrequest-followup': (recorded) => ({
    model: haiku,
    messages: [
      user("What's the weather like in San Francisco?"),
      calling(call('tooluse_BdVLcdnxF0Mosfa6fJKgC0', 'get_weather', '{"location":"San Francisco, CA"}')),
      result('tooluse_BdVLcdnxF0Mosfa6fJKgC0', '71 degrees'),
    ],
    tools: functions(recorded),
    tool_choice: 'required',
  }),
  'bedrock/stream-partools-anthropic.claude-sonnet-5-agent-loop': (recorded) => ({
    model: 'bedrock/us.anthropic.claude-sonnet-5',
    messages: [user('What is the weather in San Francisco, CA?')],
    tools: functions(recorded),
  }),
  'bedrock/stream-reasoning-anthropic.claude-sonnet-4': () => ({
    model: 'bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0',
    messages: [user('Hello')],
    reasoning: { max_tokens: 1024 },
  }),
  'bedrock/stream-refusal-amazon.titan-text-express': (recorded) => ({
    model: 'bedrock/amazon.titan-text-express-v1',
    messages: [user('what is the capital of Italy?'), user('what is the capital of Japan?')],
    guardrailConfig: pick(recorded, 'guardrailConfig'),
  }),
  'bedrock/stream-text-anthropic.claude-haiku-4-5-bedrockguardrailstopreasonstreamingparam-fol': (recorded) => ({
    model: haiku,
    messages: [
      user('If a configured Bedrock guardrail intervenes, return the guardrail intervention response.'),
      { role: 'assistant', content: pick(recorded, 'messages', 1, 'content', 0, 'text') },
      user('What should I do next?'),
    ],
  }),
  'bedrock/stream-text-meta.llama3-2-1b': () => ({
    model: 'bedrock/meta.llama3-2-1b-instruct-v1:0',
    messages: [
      { role: 'developer', content: 'You are an app that knows about everything.' },
      user('Tell me a joke about opentelemetry'),
    ],
    temperature: 0.5,
  }),
  'bedrock/stream-tool-amazon.nova-2-lite': (recorded) => ({
    model: novaLite,
    messages: [
      { role: 'system', content: 'You must use tools whenever possible.' },
      user("What's the best language to learn?"),
      calling(call('tooluse_FiC04UZUDhglf3LFbuBaLn', 'best_language_to_learn', '{}')),
      result('tooluse_FiC04UZUDhglf3LFbuBaLn', 'Ruby'),
      { role: 'assistant', content: pick(recorded, 'messages', 3, 'content', 0, 'text') },
      user("Tell me again: what's the best language to learn?"),
    ],
    tools: functions(recorded),
  }),
  'bedrock/stream-toolresult-amazon.nova-micro-v1-0-bedrock-model-iter-stream': (recorded) => ({
    model: novaMicro,
    messages: [
      { role: 'system', content: 'You are a helpful chatbot.' },
      user('What is the temperature of the capital of France?'),
      {
        ...calling(call('tooluse_lAG_zP8QRHmSYOwZzzaCqA', 'get_temperature', '{"city":"Paris"}')),
        content: pick(recorded, 'messages', 1, 'content', 0, 'text'),
      },
      result('tooluse_lAG_zP8QRHmSYOwZzzaCqA', '30°C'),
    ],
    top_p: 0.5,
    tools: functions(recorded),
  }),
  'bedrock/stream-websearch-amazon.nova-2-lite': () => ({
    model: novaLite,
    messages: [user('Search the web: what is the latest stable Ruby version? Cite your source.')],
    web_search_options: {},
  }),
  'bedrock/unary-cachewrite-anthropic.claude-sonnet-4': (recorded) => ({
    model: sonnet,
    messages: [
      { role: 'system', content: [marked(pick(recorded, 'system', 0, 'text'))] },
      user([
        { type: 'text', text: pick(recorded, 'messages', 0, 'content', 0, 'text') },
        {
          ...file(
            'Document 1.txt',
            'text/plain',
            pick(recorded, 'messages', 0, 'content', 1, 'document', 'source', 'bytes'),
          ),
          cache_control: { type: 'ephemeral' },
        },
        marked('What is 10 + 11?'),
      ]),
    ],
    tools: functions(recorded),
    tool_choice: 'auto',
  }),
  'bedrock/unary-docin-anthropic.claude-v2': (recorded) => ({
    model: 'bedrock/anthropic.claude-v2',
    messages: [
      { role: 'system', content: 'You are a helpful chatbot.' },
      user([
        { type: 'text', text: 'What is the main content on this document?' },
        file(
          'Document 1.txt',
          'text/plain',
          pick(recorded, 'messages', 0, 'content', 1, 'document', 'source', 'bytes'),
        ),
      ]),
    ],
  }),
  'bedrock/unary-jsonschema-zai.glm-4.7-flash': () => ({
    model: 'bedrock/zai.glm-4.7-flash',
    messages: [{ role: 'system', content: 'You are a helpful chatbot.' }, user('Where is the Eiffel Tower?')],
    response_format: jsonSchema('City', {
      properties: { city: { type: 'string' }, country: { type: 'string' } },
      required: ['city', 'country'],
      type: 'object',
    }),
  }),
  'bedrock/unary-maxtokens-amazon.nova-micro-v1-0-bedrock-model-max-tokens': () => ({
    model: novaMicro,
    messages: [{ role: 'system', content: 'You are a helpful chatbot.' }, user('What is the capital of France?')],
    max_tokens: 5,
  }),
  'bedrock/unary-maxtokens-amazon.nova-micro-v1-0-bedrock-model-service-tier': () => ({
    model: novaMicro,
    messages: [{ role: 'system', content: 'You are a helpful chatbot.' }, user('What is the capital of France?')],
    service_tier: 'default',
  }),
  'bedrock/unary-partools-anthropic.claude-sonnet-4-bedrock-single-tool-choice': (recorded) => ({
    model: sonnet,
    messages: [
      { role: 'system', content: [marked(pick(recorded, 'system', 0, 'text'))] },
      user('Call `catalog_lookup`, then answer with only its return value.'),
    ],
    tools: functions(recorded),
    tool_choice: { type: 'function', function: { name: 'catalog_lookup' } },
  }),
  'bedrock/unary-partools-anthropic.claude-sonnet-4-bedrock-strict-tool': (recorded) => ({
    model: sonnet,
    messages: [user('Give me details about Paris including its population')],
    tools: functions(recorded),
    tool_choice: 'auto',
    response_format: jsonSchema(
      'CityInfo',
      {
        additionalProperties: false,
        properties: { city: { type: 'string' }, country: { type: 'string' }, population: { type: 'integer' } },
        required: ['city', 'country', 'population'],
        type: 'object',
      },
      'Information about a city.',
    ),
  }),
  'bedrock/unary-partools-anthropic.claude-sonnet-4-tool-choice-matrix-list-single': (recorded) => ({
    model: sonnet,
    messages: [user("What's the weather in Paris?")],
    tools: functions(recorded),
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
  }),
  'bedrock/unary-reasoning-anthropic.claude-sonnet-4': () => ({
    model: 'bedrock/us.anthropic.claude-sonnet-4-6',
    messages: [user('How do I cross the street?')],
    reasoning_effort: 'high',
  }),
  'bedrock/unary-tool-anthropic.claude-3-7-sonne': (recorded) => ({
    model: 'bedrock/us.anthropic.claude-3-7-sonnet-20250219-v1:0',
    messages: [user('What is the largest city in the user country?')],
    tools: functions(recorded),
    reasoning_effort: 'minimal',
  }),
};

/** What stands at a path of a recording. */
function pick(json: JsonValue, ...path: readonly (string | number)[]): JsonValue {
  let value: JsonValue = json;
  for (const key of path) {
    const next: JsonValue | undefined = Array.isArray(value)
      ? value[Number(key)]
      : isJsonObject(value)
        ? value[key]
        : undefined;
    if (next === undefined) throw new Error(`the recording has nothing at ${path.join('.')}`);
    value = next;
  }
  return value;
}

function functions(recorded: JsonObject): JsonValue[] {
  const tools = pick(recorded, 'toolConfig', 'tools');
  return (Array.isArray(tools) ? tools : []).filter(isJsonObject).flatMap(({ toolSpec }) => {
    if (!isJsonObject(toolSpec)) return [];
    const { inputSchema, ...fn } = toolSpec;
    return [{ type: 'function', function: { ...fn, parameters: pick(inputSchema ?? {}, 'json') } }];
  });
}

function user(content: JsonValue): JsonObject {
  return { role: 'user', content };
}

function marked(text: JsonValue): JsonObject {
  return { type: 'text', text, cache_control: { type: 'ephemeral' } };
}

function image(mediaType: string, data: JsonValue): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${String(data)}` } };
}

function file(filename: string, mediaType: string, data: JsonValue): JsonObject {
  return { type: 'file', file: { filename, file_data: `data:${mediaType};base64,${String(data)}` } };
}

function call(id: string, name: string, args: string): JsonObject {
  return { id, type: 'function', function: { name, arguments: args } };
}

function calling(...calls: JsonObject[]): JsonObject {
  return { role: 'assistant', content: null, tool_calls: calls };
}

function result(id: string, content: JsonValue): JsonObject {
  return { role: 'tool', tool_call_id: id, content };
}

function jsonSchema(name: string, schema: JsonObject, description?: string): JsonObject {
  return { type: 'json_schema', json_schema: { name, schema, ...(description !== undefined && { description }) } };
}
