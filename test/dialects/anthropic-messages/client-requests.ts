import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';

/**
 * Recorded requests of the Messages API in the form that a client of this API would send them, made by hand. Long data and the schemas of
 * tools are taken from the recording.
 */

type ClientRequest = (recorded: JsonObject) => JsonObject;

/** By the beginning of the recording's name. */
export const clientRequests: Readonly<Record<string, ClientRequest>> = {
  'anthropic/stream-citations-claude-haiku-4-5': (recorded) => ({
    messages: [
      user([
        { type: 'text', text: 'Who created Ruby? Use the document.' },
        pick(recorded, 'messages', 0, 'content', 1),
      ]),
    ],
    max_tokens: 64_000,
  }),
  'anthropic/stream-imagein-claude-sonnet-4': (recorded) => ({
    messages: [
      { role: 'system', content: 'You are a helpful assistant' },
      user([
        { type: 'text', text: 'Describe the image briefly in English.' },
        image('image/png', pick(recorded, 'messages', 0, 'content', 1, 'source', 'data')),
      ]),
    ],
    max_completion_tokens: 4000,
  }),
  'anthropic/stream-jsonschema-claude-sonnet-4-5': (recorded) => ({
    messages: [
      user('Return JSON with an ISO 8601 timestamp in created_at.'),
      { role: 'assistant', content: '{"created_at":"2025-01-14T19:23:45Z"}' },
      user('What should I do next?'),
    ],
    max_tokens: 1024,
    response_format: jsonSchema(pick(recorded, 'output_config', 'format', 'schema')),
  }),
  'anthropic/stream-partools-claude-3-5-sonnet-anthropic-tools-streaming-legacy': (recorded) => ({
    messages: [user('What is the weather and current time in San Francisco?')],
    max_tokens: 1024,
    tools: functions(recorded),
  }),
  'anthropic/stream-partools-claude-sonnet-4': (recorded) => ({
    messages: [
      {
        role: 'developer',
        content: [marked('You are a helpful assistant. Always use both add and multiply at the same time.')],
      },
      user([marked('Add and multiply the number 2 and 3')]),
    ],
    max_tokens: 4000,
    tools: functions(recorded),
    tool_choice: 'auto',
    parallel_tool_calls: true,
  }),
  'anthropic/stream-stopseq-claude-sonnet-4': () => ({
    messages: [user('Count to 20.')],
    max_tokens: 1024,
    stop: ['10', 'ten'],
  }),
  'anthropic/stream-tool-claude-3-haiku': (recorded) => ({
    messages: [user('Generate a software engineer profile')],
    max_tokens: 500,
    temperature: 0,
    tools: functions(recorded),
    tool_choice: { type: 'function', function: { name: 'structured_output' } },
  }),
  'anthropic/stream-tool-claude-haiku-4-5': (recorded) => ({
    messages: [
      { role: 'system', content: 'You must use tools whenever possible.' },
      user("What's the best language to learn?"),
      calling(call('toolu_01EcJNDtgucTvxugUxuGcJmF', 'best_language_to_learn', '{}')),
      result('toolu_01EcJNDtgucTvxugUxuGcJmF', 'Ruby'),
      { role: 'assistant', content: pick(recorded, 'messages', 3, 'content', 0, 'text') },
      user("Tell me again: what's the best language to learn?"),
    ],
    max_tokens: 64_000,
    tools: functions(recorded),
  }),
  'anthropic/stream-toolresult-claude-opus-4-6': (recorded) => ({
    messages: [
      { role: 'system', content: 'You are a helpful assistant' },
      user('Take a screenshot of the desktop'),
      calling(call('toolu_01DkSrnHZMNWNEqf7wznra4W', 'computer', '{"action":"screenshot"}')),
      result('toolu_01DkSrnHZMNWNEqf7wznra4W', [
        image('image/png', pick(recorded, 'messages', 2, 'content', 0, 'content', 0, 'source', 'data')),
      ]),
    ],
    max_tokens: 4096,
    // Tools of Anthropic's own go on as they are.
    tools: pick(recorded, 'tools'),
  }),
  'anthropic/stream-toolresult-claude-sonnet-4-anthropiccommon-multi': (recorded) => ({
    messages: [
      { role: 'system', content: 'You are a helpful assistant. Always use both add and multiply at the same time.' },
      user('Add and multiply the number 2 and 3'),
      {
        ...calling(
          call('toolu_01UYxUYC2zRPY8wiutnF48eP', 'add', '{"a":2,"b":3}'),
          call('toolu_01VaRx1jpWCvPhi7L4kywAcd', 'multiply', '{"a": 2, "b": 3}'),
        ),
        content: "I'll add and multiply the numbers 2 and 3 for you.",
      },
      result('toolu_01UYxUYC2zRPY8wiutnF48eP', '5'),
      result('toolu_01VaRx1jpWCvPhi7L4kywAcd', '6'),
    ],
    max_tokens: 4000,
    tools: functions(recorded),
  }),
  'anthropic/stream-toolresult-claude-sonnet-4-anthropicthinkingwithcachecontrol': (recorded) => ({
    messages: [
      { role: 'system', content: [marked('You are a helpful assistant')] },
      user("What's the weather in Florence, Italy?"),
      {
        ...calling(call('toolu_017cWttjFBXZWw8LkJbhpqm1', 'weather', '{"location":"Florence, Italy"}')),
        reasoning_content: pick(recorded, 'messages', 1, 'content', 0, 'thinking'),
        reasoning_details: [
          {
            type: 'reasoning.text',
            text: pick(recorded, 'messages', 1, 'content', 0, 'thinking'),
            signature: pick(recorded, 'messages', 1, 'content', 0, 'signature'),
            format: 'anthropic-claude-v1',
            index: 0,
          },
        ],
      },
      result('toolu_017cWttjFBXZWw8LkJbhpqm1', [marked('40 C')]),
    ],
    max_tokens: 4096,
    reasoning: { max_tokens: 4000 },
    tools: functions(recorded),
  }),
  'anthropic/stream-websearch-claude-sonnet-4-0': (recorded) => ({
    messages: [user(pick(recorded, 'messages', 0, 'content', 0, 'text'))],
    max_tokens: 4096,
    reasoning: { max_tokens: 3000 },
    tools: pick(recorded, 'tools'),
    tool_choice: 'auto',
  }),
  'anthropic/unary-cached-claude-opus-4-8': (recorded) => ({
    messages: [
      { role: 'system', content: 'Reply with OK.' },
      user(pick(recorded, 'messages', 0, 'content', 0, 'text')),
      { role: 'assistant', content: 'OK' },
      user('context'),
      { role: 'system', content: [{ ...marked('S'), cache_control: { type: 'ephemeral', ttl: '5m' } }] },
    ],
    max_tokens: 4096,
  }),
  'anthropic/unary-citations-claude-haiku-4-5-citations-with-anthropic-claude-haiku-4-5-ci-1': (recorded) => ({
    messages: [
      user('Who created Ruby? Search the knowledge base first and cite your sources.'),
      calling(
        call('toolu_01UuQmhVNdKiBJTgzLiXxDwa', 'knowledge_base', '{"query":"Who created Ruby programming language"}'),
      ),
      result('toolu_01UuQmhVNdKiBJTgzLiXxDwa', pick(recorded, 'messages', 2, 'content', 0, 'content')),
    ],
    max_tokens: 64_000,
    tools: functions(recorded),
  }),
  'anthropic/unary-imagein-claude-haiku-4-5': (recorded) => ({
    messages: [
      user([
        { type: 'text', text: 'Analyze these files' },
        image('image/png', pick(recorded, 'messages', 0, 'content', 1, 'source', 'data')),
        {
          type: 'file',
          file: {
            file_data: `data:application/pdf;base64,${pick(recorded, 'messages', 0, 'content', 2, 'source', 'data')}`,
          },
        },
      ]),
    ],
    max_tokens: 64_000,
  }),
  'anthropic/unary-maxtokens-claude-opus-4-1': () => ({
    messages: [user('Write a very long story about dragons and adventures')],
    max_tokens: 3000,
    reasoning_effort: 'minimal',
  }),
  'anthropic/unary-other-claude-haiku-4-5': (recorded) => ({
    messages: [user("What's the weather in Berlin? (52.5200, 13.4050)")],
    max_tokens: 64_000,
    tools: functions(recorded),
    tool_choice: 'none',
  }),
  'anthropic/unary-partools-claude-sonnet-4-5-mixed-tools-native-output': (recorded) => ({
    messages: [user('Give me complete details about Tokyo')],
    max_tokens: 4096,
    response_format: jsonSchema(pick(recorded, 'output_config', 'format', 'schema')),
    tools: functions(recorded),
    tool_choice: 'auto',
  }),
  'anthropic/unary-partools-claude-sonnet-4-5-strict-none': (recorded) => ({
    messages: [user('Give me info about Sydney including its timezone')],
    max_tokens: 4096,
    tools: functions(recorded),
    tool_choice: 'required',
  }),
  'anthropic/unary-stopseq-claude-sonnet-4-stopsequencesparam-followup': () => ({
    messages: [
      user('Count to 20.'),
      { role: 'assistant', content: '1, 2, 3, 4, 5, 6, 7, 8, 9, ' },
      user('What should I do next?'),
    ],
    max_tokens: 1024,
    stop: ['10', 'ten'],
  }),
  'anthropic/unary-text-claude-haiku-4-5': () => ({
    messages: [user('hello')],
    max_tokens: 4096,
    temperature: 0.2,
    top_k: 40,
  }),
  'vertex-anthropic/stream-tool-claude-3-7-sonnet-googlevertexobjectgeneration': (recorded) => ({
    messages: [user('Generate information about a person named Alice who is 30 years old and lives in Paris.')],
    max_tokens: 4000,
    tools: functions(recorded),
    tool_choice: { type: 'function', function: { name: 'Person' } },
  }),
  'vertex-anthropic/unary-toolresult-claude-3-7-sonnet': (recorded) => ({
    messages: [
      { role: 'system', content: 'You are a helpful assistant' },
      user("What's the weather in Florence,Italy?"),
      {
        ...calling(call('toolu_vrtx_01PKrjavVyDh3fufyVCkCJ49', 'weather', '{"location":"Florence,Italy"}')),
        content: "I'll get the current weather information for Florence, Italy for you.",
      },
      result('toolu_vrtx_01PKrjavVyDh3fufyVCkCJ49', '40 C'),
    ],
    max_tokens: 4000,
    tools: functions(recorded),
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
  const tools = pick(recorded, 'tools');
  return (Array.isArray(tools) ? tools : []).filter(isJsonObject).map(({ input_schema: parameters, ...fn }) => ({
    type: 'function',
    function: { ...fn, parameters: parameters ?? {} },
  }));
}

function user(content: JsonValue): JsonObject {
  return { role: 'user', content };
}

function marked(text: string): JsonObject {
  return { type: 'text', text, cache_control: { type: 'ephemeral' } };
}

function image(mediaType: string, data: JsonValue): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${String(data)}` } };
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

function jsonSchema(schema: JsonValue): JsonObject {
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } };
}
