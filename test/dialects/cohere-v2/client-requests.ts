import type { JsonObject, JsonValue } from '../../../src/core/json.ts';

/**
 * Recorded requests of Cohere's API in the form that a client of this API would send them, made by hand. The schemas of tools and long
 * texts are taken from the recording.
 */

type ClientRequest = (recorded: JsonObject) => JsonObject;

/** By the beginning of the recording's name. */
export const clientRequests: Readonly<Record<string, ClientRequest>> = {
  'cohere/stream-cached-command-a-03-streaming-responses-cohere-command-a-03-2025': () => ({
    messages: [user('Count from 1 to 3')],
    stream: true,
  }),
  'cohere/stream-cached-command-a-03-streaming-responses-cohere-command-a-03-2025-v2': () => ({
    messages: [user([{ type: 'text', text: 'Count from 1 to 3' }])],
    temperature: 0,
    stream: true,
  }),
  'cohere/stream-citations-command-a-03': (recorded) => ({
    messages: [
      user("What's the weather in Berlin? (52.5200, 13.4050)"),
      {
        role: 'assistant',
        content: null,
        tool_calls: [call('weather_vvavrb8p34fk', 'weather', '{"latitude":"52.5200","longitude":"13.4050"}')],
      },
      result('weather_vvavrb8p34fk', 'Current weather at 52.5200, 13.4050: 15°C, Wind: 10 km/h'),
    ],
    stream: true,
    tools: pick(recorded, 'tools'),
  }),
  'cohere/stream-partools-command-a-03': (recorded) => ({
    messages: pick(recorded, 'messages'),
    stream: true,
    tools: pick(recorded, 'tools'),
    tool_choice: 'auto',
  }),
  'cohere/stream-text-command-cohere-v2': () => ({ messages: [user('Tell me a joke, pirate style')], stream: true }),
  'cohere/unary-cached-command-a-reasoning-08': () => ({
    messages: [user('What is 5 + 3?')],
    reasoning_effort: 'high',
  }),
  'cohere/unary-citations-command-a-plus-05': (recorded) => ({
    messages: [
      user([
        { type: 'text', text: 'Who created Ruby and when? Use the document.' },
        {
          type: 'file',
          file: {
            filename: 'facts.txt',
            file_data: `data:text/plain;base64,${toBase64(pick(recorded, 'documents', 0, 'data', 'text'))}`,
          },
        },
      ]),
    ],
  }),
  'cohere/unary-error401': () => ({ messages: [user('Hello')] }),
  'cohere/unary-jsonschema-command-a-03-with-schema-with-cohere-command-a-03-2025-ac': (recorded) => ({
    messages: [user('Generate a person named John who is 30 years old')],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'person', schema: pick(recorded, 'response_format', 'json_schema'), strict: true },
    },
  }),
  'cohere/unary-jsonschema-command-a-03-with-schema-with-cohere-command-a-03-2025-ac-v2': (recorded) => ({
    messages: [user('Generate a person named Alice who is 28 years old')],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'person', schema: pick(recorded, 'response_format', 'json_schema') },
    },
  }),
  'cohere/unary-partools-command-a-03': (recorded) => ({
    messages: [
      {
        role: 'developer',
        content: 'You must call the dice_roll tool exactly 3 times when asked to roll dice 3 times.',
      },
      user('Roll the dice 3 times'),
    ],
    tools: pick(recorded, 'tools'),
    parallel_tool_calls: true,
  }),
  'cohere/unary-text-command-r-plus-stop': () => ({
    messages: [
      user(
        'What is the capital of France? Give me an answer that contains the word "Paris", but is not the first word.',
      ),
    ],
    stop: 'Paris',
  }),
  'cohere/unary-tool-command-r7b': (recorded) => ({
    messages: [
      user('Get weather for Paris and summarize'),
      {
        role: 'assistant',
        tool_calls: [call('get_weather_mvsbdckzn39c', 'get_weather', '{"city":"Paris"}')],
      },
      { ...result('get_weather_mvsbdckzn39c', 'Sunny, 22C in Paris'), name: 'get_weather' },
    ],
    tool_choice: 'required',
    tools: pick(recorded, 'tools'),
  }),
};

function user(content: JsonValue): JsonObject {
  return { role: 'user', content };
}

function call(id: string, name: string, args: string): JsonObject {
  return { id, type: 'function', function: { name, arguments: args } };
}

function result(id: string, content: string): JsonObject {
  return { role: 'tool', tool_call_id: id, content };
}

function pick(json: JsonValue, ...steps: readonly (string | number)[]): JsonValue {
  let at: JsonValue = json;
  for (const step of steps) {
    const next: JsonValue | undefined = Array.isArray(at)
      ? at[Number(step)]
      : typeof at === 'object' && at !== null
        ? at[step]
        : undefined;
    if (next === undefined) throw new Error(`the recording has nothing at ${steps.join('.')}`);
    at = next;
  }
  return at;
}

function toBase64(text: JsonValue): string {
  return Buffer.from(String(text), 'utf8').toString('base64');
}
