import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { packSignature } from '../../../src/dialects/gemini/thought-signature.ts';

/** One recorded request as a client of OpenAI's API would have made it. */
export interface ClientForm {
  /** The recording's folder. */
  readonly name: string;
  readonly model: string;
  /** What the client sends, but for what is too long to repeat, which is taken from the recording. */
  readonly request: (recorded: JsonObject) => JsonObject;
}

const weatherByPlace = createTool('weather', 'Get weather information for a location', {
  location: { type: 'string', description: 'the city' },
});
const weatherByCoordinates = createTool('weather', 'Gets current weather for a location', {
  latitude: { type: 'string', description: 'Latitude (e.g., 52.5200)' },
  longitude: { type: 'string', description: 'Longitude (e.g., 13.4050)' },
});
const numbers = {
  a: { type: 'integer', description: 'first number' },
  b: { type: 'integer', description: 'second number' },
};
const arithmetic = [
  createTool('add', 'Add two numbers', numbers),
  createTool('multiply', 'Multiply two numbers', numbers),
];
const helpful = { role: 'system', content: 'You are a helpful assistant' };
const florence = "What's the weather in Florence, Italy?";
const person = {
  type: 'object',
  properties: {
    name: { description: "The person's name", type: 'string' },
    age: { description: "The person's age", type: 'integer' },
    city: { description: 'The city where the person lives', type: 'string' },
  },
  required: ['name', 'age', 'city'],
};
const askForAlice = {
  max_tokens: 4000,
  messages: [user('Generate information about a person named Alice who is 30 years old and lives in Paris.')],
  response_format: { type: 'json_schema', json_schema: { name: 'person', schema: person } },
};

/** Recorded requests in the form of OpenAI's API, made by hand. */
export const clientForms: readonly ClientForm[] = [
  {
    name: 'gemini/stream-imagein-gemini-2.5-pro-imageuploadagentstreaming-gemini-2.5-pro-str',
    model: 'gemini-2.5-pro',
    request: (recorded) => ({
      max_tokens: 4000,
      messages: [
        helpful,
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Describe the image briefly in English.' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${findText(recorded, 'data')}` } },
          ],
        },
      ],
    }),
  },
  {
    name: 'gemini/stream-jsonschema-gemini-2.5-flash-googleobjectgeneration-simple-object-streami',
    model: 'gemini-2.5-flash',
    request: () => askForAlice,
  },
  {
    name: 'vertex/stream-jsonschema-gemini-2.5-pro-googlevertexobjectgeneration-simple-object-s',
    model: 'gemini-2.5-pro',
    request: () => askForAlice,
  },
  {
    name: 'vertex/unary-jsonschema-gemini-3-flash-preview-with-schema-with-vertexai-gemini-3-flash-pre-1',
    model: 'gemini-3-flash-preview',
    request: () => ({
      messages: [user('Generate a person named Bob')],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'person',
          strict: true,
          schema: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    }),
  },
  {
    name: 'gemini/stream-maxtokens-gemini-2.5-flash-lite-streaming',
    model: 'gemini-2.5-flash-lite',
    request: () => ({
      n: 1,
      max_completion_tokens: 200,
      temperature: 0.9,
      top_p: 0.8,
      extra_body: { reasoning: { max_tokens: 4096 } },
      messages: [
        { role: 'system', content: 'You are a helpful, creative assistant.' },
        user('Say hello in one short, imaginative sentence.'),
      ],
    }),
  },
  {
    name: 'gemini/unary-reasoning-gemini-2.5-flash-lite-prev-reasoning-basic',
    model: 'gemini-2.5-flash-lite-preview-06-17',
    request: () => ({
      n: 1,
      max_tokens: 2048,
      temperature: 1,
      reasoning: { max_tokens: 4096 },
      messages: [user('Solve 12*7 and show your internal thinking (brief).')],
    }),
  },
  {
    name: 'gemini/stream-maxtokens-gemini-2.5-flash-preview-0-object-streaming',
    model: 'gemini-2.5-flash-preview-05-20',
    request: () => ({
      n: 1,
      max_tokens: 200,
      temperature: 0,
      reasoning: { max_tokens: 4096 },
      messages: [user('Generate a software engineer profile')],
      tool_choice: { type: 'function', function: { name: 'structured_output' } },
      tools: [
        {
          type: 'function',
          function: {
            name: 'structured_output',
            description: 'Generate structured output matching the provided schema',
            parameters: {
              type: 'object',
              properties: {
                name: { type: 'string', description: "Person's full name" },
                age: { type: 'integer', description: "Person's age in years", minimum: 1 },
                occupation: { type: 'string', description: "Person's job or profession" },
              },
              required: ['name', 'age'],
            },
          },
        },
      ],
    }),
  },
  {
    name: 'gemini/stream-text-gemini-2.5-flash-streaming-responses-gemini-gemini-2-5-flash',
    model: 'gemini-2.5-flash',
    request: () => ({ stream: true, messages: [user('Count from 1 to 3')] }),
  },
  {
    name: 'gemini/stream-tool-gemini-2.0-flash-google-model-iter-stream-1',
    model: 'gemini-2.0-flash',
    request: () => ({
      messages: [
        { role: 'developer', content: 'You are a helpful chatbot.' },
        user('What is the temperature of the capital of France?'),
        calls(['pyd_ai_0e1a07b3c2b64d2ab3ad2efbe18e1b97', 'get_capital', '{"country": "France"}']),
        result('pyd_ai_0e1a07b3c2b64d2ab3ad2efbe18e1b97', '{"return_value": "Paris"}'),
      ],
      tools: [
        createTool('get_capital', 'Get the capital of a country.', {
          country: { type: 'string', description: 'The country name.' },
        }),
        createTool('get_temperature', 'Get the temperature in a city.', {
          city: { type: 'string', description: 'The city name.' },
        }),
      ],
    }),
  },
  {
    name: 'gemini/stream-tool-gemini-2.5-flash-function-calling-gemini-gemini-2-5-flash-can-2',
    model: 'gemini-2.5-flash',
    request: (recorded) => {
      const id = packSignature('call_a', findText(recorded, 'thoughtSignature'));
      const spoken = 'Current weather at 52.5200, 13.4050: 15°C, Wind: 10 km/h';
      return {
        messages: [
          user("What's the weather in Berlin? (52.5200, 13.4050)"),
          calls([id, 'weather', '{"latitude":"52.5200","longitude":"13.4050"}']),
          result(id, JSON.stringify({ name: 'weather', content: [{ text: spoken }] })),
          { role: 'assistant', content: 'The weather in Berlin is 15°C with a wind of 10 km/h.' },
          user("What's the weather in Paris? (48.8575, 2.3514)"),
        ],
        tools: [weatherByCoordinates],
      };
    },
  },
  {
    name: 'gemini/stream-tool-gemini-2.5-flash-googlethinking-thinking-streaming',
    model: 'gemini-2.5-flash',
    request: () => ({
      messages: [helpful, user(florence)],
      tools: [weatherByPlace],
      tool_choice: 'auto',
      reasoning: { max_tokens: 128 },
    }),
  },
  {
    name: 'gemini/stream-toolresult-gemini-2.5-pro-googlethinking-thinking-streaming-1',
    model: 'gemini-2.5-pro',
    request: (recorded) => ({
      messages: [
        helpful,
        user(florence),
        {
          ...calls(['1', 'weather', '{"location":"Florence, Italy"}']),
          reasoning_content: 'The user wants the weather.',
          reasoning_details: [
            {
              type: 'reasoning.encrypted',
              format: 'google-gemini-v1',
              id: '1',
              index: 0,
              data: findText(recorded, 'thoughtSignature'),
            },
          ],
        },
        result('1', '{"result":"40 C"}'),
      ],
      tools: [weatherByPlace],
      tool_choice: 'auto',
      reasoning: { max_tokens: 128 },
    }),
  },
  {
    name: 'gemini/unary-citations-gemini-2.5-flash-citations-with-gemini-gemini-2-5-flash-retur',
    model: 'gemini-2.5-flash',
    request: () => ({ messages: [user('What is the latest stable version of Ruby?')], web_search_options: {} }),
  },
  {
    name: 'gemini/unary-text-gemini-1.5-flash-stop-settings-google',
    model: 'gemini-1.5-flash',
    request: () => ({
      stop: 'Paris',
      messages: [
        user(
          'What is the capital of France? Give me an answer that contains the word "Paris", but is not the first word.',
        ),
      ],
    }),
  },
  {
    name: 'gemini/unary-text-gemini-2.5-flash-tool-choice-and-calls-control-gemini-gemini',
    model: 'gemini-2.5-flash',
    request: () => ({
      messages: [user("What's the weather in Berlin? (52.5200, 13.4050)")],
      tools: [weatherByCoordinates],
      tool_choice: 'none',
    }),
  },
  {
    name: 'gemini/unary-tool-gemini-2.5-flash-tool-choice-and-calls-control-gemini-gemini',
    model: 'gemini-2.5-flash',
    request: () => ({
      messages: [user("What's the fall of Rome?")],
      tools: [weatherByCoordinates],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    }),
  },
  {
    name: 'vertex/unary-partools-gemini-2.5-pro-googlecommon-multi-tool',
    model: 'gemini-2.5-pro',
    request: () => ({
      max_tokens: 4000,
      messages: [
        {
          role: 'system',
          content: 'You are a helpful assistant. CRITICAL: Always use both add and multiply at the same time ALWAYS.',
        },
        user('Add and multiply the number 2 and 3'),
      ],
      tools: arithmetic,
      tool_choice: 'auto',
    }),
  },
  {
    name: 'vertex/stream-partools-gemini-2.5-pro-googlecommon-multi-tool-streaming',
    model: 'gemini-2.5-pro',
    request: () => ({
      max_tokens: 4000,
      messages: [
        {
          role: 'system',
          content: 'You are a helpful assistant. Always use both add and multiply at the same time.',
        },
        user('Add and multiply the number 2 and 3'),
      ],
      tools: arithmetic,
      tool_choice: 'auto',
    }),
  },
  {
    name: 'vertex/unary-reasoning-gemini-3-flash-preview-with-extended-thinking-vertexai-gemini-3-fla-1',
    model: 'gemini-3-flash-preview',
    request: () => ({ messages: [user('What is 5 + 3?')], reasoning_effort: 'medium' }),
  },
  {
    name: 'vertex/unary-other-gemini-2.5-pro-generate-content-extra-params',
    model: 'gemini-2.5-pro',
    request: () => ({
      messages: [user('Say this is a test')],
      temperature: 0.2,
      top_p: 0.95,
      top_k: 2,
      max_tokens: 5,
      stop: ['\n\n\n'],
      presence_penalty: -1.5,
      frequency_penalty: 1,
      seed: 12_345,
    }),
  },
  {
    name: 'vertex/unary-logprobs-gemini-2.5-flash-google-vertex-logprobs-without-top-logprobs',
    model: 'gemini-2.5-flash',
    request: () => ({ messages: [user('What is 2+2?')], logprobs: true, modalities: ['text'] }),
  },
];

function user(content: string): JsonObject {
  return { role: 'user', content };
}

function calls(...made: readonly (readonly [string, string, string])[]): JsonObject {
  return {
    role: 'assistant',
    content: null,
    tool_calls: made.map(([id, name, text]) => ({ id, type: 'function', function: { name, arguments: text } })),
  };
}

function result(id: string, content: string): JsonObject {
  return { role: 'tool', tool_call_id: id, content };
}

function createTool(name: string, description: string, properties: JsonObject): JsonObject {
  const parameters = { type: 'object', properties, required: Object.keys(properties) };
  return { type: 'function', function: { name, description, parameters } };
}

/** The first text under a key, at any depth. */
function findText(value: JsonValue, key: string): string {
  const found = JSON.stringify(value).match(new RegExp(`"${key}":"([^"]*)"`));
  return found?.[1] ?? '';
}
