import { toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ChatCompletionRequestSchema } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { SignalboxError } from '../../../src/core/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import { decodeRequest } from '../../../src/dialects/openai-chat/decode-request.ts';
import { requestWithEverything } from './request-with-everything.ts';

type Keys = readonly (string | number)[];

/** A value inside the request, and the keys that lead to it. */
interface Place {
  readonly keys: Keys;
  /** As errors name it. */
  readonly path: string;
  readonly value: JsonValue;
}

function listPlaces(value: JsonValue, keys: Keys = []): Place[] {
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => listPlaces(item, [...keys, index]))
    : isJsonObject(value)
      ? Object.entries(value).flatMap(([key, item]) => listPlaces(item, [...keys, key]))
      : [];
  return keys.length === 0 ? below : [{ keys, path: formatPath(keys), value }, ...below];
}

function formatPath(keys: Keys): string {
  return keys.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('');
}

/** A copy with another value in one place, or without that place. */
function replaceAt(value: JsonValue, keys: Keys, replacement: JsonValue | undefined): JsonValue {
  const copy = structuredClone(value);
  let holder: JsonValue = copy;
  for (const key of keys.slice(0, -1)) holder = childOf(holder, key);
  const last = keys.at(-1);
  if (Array.isArray(holder) && typeof last === 'number' && replacement !== undefined) holder[last] = replacement;
  else if (isJsonObject(holder) && typeof last === 'string') {
    if (replacement === undefined) delete holder[last];
    else holder[last] = replacement;
  } else throw new Error(`nothing can be put at ${formatPath(keys)}`);
  return copy;
}

function childOf(value: JsonValue, key: string | number): JsonValue {
  const child = Array.isArray(value) ? value[Number(key)] : isJsonObject(value) ? value[key] : undefined;
  if (child === undefined) throw new Error(`there is nothing at ${key}`);
  return child;
}

/** What becomes of a request: its message as JSON in the proto's own names, or the error. */
function decode(json: JsonValue): JsonValue | SignalboxError {
  if (!isJsonObject(json)) throw new Error('a request is an object');
  try {
    return toJson(ChatCompletionRequestSchema, decodeRequest(json), { useProtoFieldName: true });
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return thrown;
    throw thrown;
  }
}

function kindOf(value: JsonValue): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** Objects whose contents are the client's own. */
const free = /^(prediction|metadata|extra_body\.metadata|.*\.parameters|.*\.schema)\./;
const places = listPlaces(requestWithEverything).filter(({ path }) => !free.test(path));

/** Fields that take a second type. */
const alternatives: readonly (readonly [field: RegExp, kind: string])[] = [
  [/^messages\[\d\]\.content$/, 'string'],
  [/^messages\[\d\]\.content$/, 'array'],
  [/\.image_url$/, 'string'],
  [/^stop$/, 'string'],
  [/^tool_choice$/, 'string'],
];

const minimal: JsonObject = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

describe('decodeRequest', () => {
  it('reads every documented field', () => {
    const [system, , assistant, tool] = Array.isArray(requestWithEverything['messages'])
      ? requestWithEverything['messages']
      : [];
    expect(decode(requestWithEverything)).toEqual({
      ...requestWithEverything,
      messages: [
        system,
        {
          role: 'user',
          content_parts: [
            { type: 'text', text: 'Look', cache_control: { type: 'ephemeral', ttl: '1h' } },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:,', file_id: 'file-1' } },
            { type: 'refusal', refusal: 'No.' },
          ],
        },
        assistant,
        tool,
      ],
      seed: '9007199254740991',
      tool_choice: { function: { name: 'now' } },
    });
  });

  it('leaves unknown what is not there', () => {
    expect(decode(minimal)).toEqual(minimal);
    expect(decode({ model: 'm' })).toEqual({ model: 'm' });
  });

  it.each(places)('refuses another type at $path, and names it', ({ keys, path, value }) => {
    const samples: JsonValue[] = ['x', 7.5, true, {}, [[]]];
    if (Number.isInteger(value) && !/temperature|top_p|penalty|logit_bias/.test(path)) samples.push(7.25);
    for (const sample of samples) {
      const isRight = kindOf(sample) === kindOf(value) && sample !== 7.25;
      if (isRight || alternatives.some(([field, kind]) => field.test(path) && kindOf(sample) === kind)) continue;
      const error = decode(replaceAt(requestWithEverything, keys, sample));
      expect(error, JSON.stringify(sample)).toMatchObject({ reason: 'INVALID_FIELD', httpStatus: 400 });
      if (!(error instanceof SignalboxError)) throw new Error('it was accepted');
      expect(error.details.param).toBe(path);
      expect(error.details.violations).toEqual([{ field: path, description: expect.stringMatching(/^it (must|is) /) }]);
      expect(error.message).toContain(path);
    }
  });

  it.each(places.filter(({ keys }) => typeof keys.at(-1) === 'string'))('takes null at $path for absent', (place) => {
    const { keys, path } = place;
    const withNull = decode(replaceAt(requestWithEverything, keys, null));
    // What stands in a map is there because the client put it there.
    if (/^(logit_bias|extra_body\.prompt_variables)\./.test(path)) {
      expect(withNull).toMatchObject({ details: { param: path } });
      return;
    }
    expect(withNull).toEqual(decode(replaceAt(requestWithEverything, keys, undefined)));
  });

  it.each(['messages[0]', 'stop[0]', 'tools[0]', 'modalities[1]', 'extra_body.models[0]'])(
    'refuses null at %s',
    (path) => {
      const place = places.find((some) => some.path === path);
      expect(decode(replaceAt(requestWithEverything, place?.keys ?? [], null))).toMatchObject({
        details: { param: path },
      });
    },
  );

  it.each([
    ['model', { model: undefined }],
    ['messages[0].role', { messages: [{ content: 'Hi' }] }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    [
      'messages[0].content[0].image_url.url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    ],
    ['messages[0].content', { messages: [{ role: 'user', content: [] }] }],
    ['messages[0].tool_calls[0].function', { messages: [{ role: 'assistant', tool_calls: [{ id: 'c' }] }] }],
    ['tools[0].function.name', { tools: [{ function: {} }] }],
    ['tool_choice.function', { tool_choice: {} }],
    ['tool_choice.function', { tool_choice: { type: 'function' } }],
    ['response_format.type', { response_format: {} }],
    ['response_format.json_schema.name', { response_format: { type: 'json_schema', json_schema: {} } }],
    ['max_tokens', { max_tokens: 2 ** 31 }],
    ['n', { n: -(2 ** 31) - 1 }],
    ['seed', { seed: 2 ** 53 }],
    ['seed', { seed: Number.POSITIVE_INFINITY }],
  ])('refuses a request for %s: %j', (path, fields) => {
    const json: JsonObject = {};
    for (const [key, value] of Object.entries({ ...minimal, ...fields })) if (value !== undefined) json[key] = value;
    expect(decode(json)).toMatchObject({ reason: 'INVALID_FIELD', details: { param: path } });
  });

  it.each<readonly [string, JsonObject, JsonObject]>([
    ['one stop sequence', { stop: 'END' }, { stop: ['END'] }],
    ['a mode of tools', { tool_choice: 'required' }, { tool_choice: { mode: 'required' } }],
    [
      'a choice among tools',
      { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } } },
      { tool_choice: { other: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } } } },
    ],
    [
      'a function that is chosen without a type',
      { tool_choice: { function: { name: 'now' } } },
      { tool_choice: { function: { name: 'now' } } },
    ],
    [
      'an assistant’s message without parts',
      { messages: [{ role: 'assistant', content: [] }] },
      { messages: [{ role: 'assistant' }] },
    ],
    [
      'a tool of another type',
      { tools: [{ type: 'custom', custom: { name: 'grep' } }] },
      { tools: [{ type: 'custom', other: { type: 'custom', custom: { name: 'grep' } } }] },
    ],
    [
      'an image address in place of its object',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'data:,' }] }] },
      { messages: [{ role: 'user', content_parts: [{ type: 'image_url', image_url: { url: 'data:,' } }] }] },
    ],
    [
      'a part of another type',
      { messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url: 'data:,' } }] }] },
      {
        messages: [
          {
            role: 'user',
            content_parts: [{ type: 'video_url', other: { type: 'video_url', video_url: { url: 'data:,' } } }],
          },
        ],
      },
    ],
    [
      'a call without id, type and arguments',
      { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'now' } }] }] },
      { messages: [{ role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'now' } }] }] },
    ],
  ])('reads %s', (_name, fields, expected) => {
    expect(decode({ ...minimal, ...fields })).toEqual({ ...minimal, ...expected });
  });
});

describe('decodeRequest, extra_body', () => {
  const nested = requestWithEverything['extra_body'];
  const children = isJsonObject(nested) ? nested : {};
  const { metadata: _metadata, web_search: _search, web_search_options: _options, ...hoisted } = children;

  it('reads its children at the root as well', () => {
    expect(decode({ ...minimal, ...hoisted })).toEqual({ ...minimal, extra_body: hoisted });
  });

  it.each(Object.keys(hoisted))('lets %s inside win over the one at the root', (field) => {
    const inside = { [field]: hoisted[field] ?? null };
    expect(decode({ ...minimal, [field]: 'not even the type counts', extra_body: inside })).toEqual({
      ...minimal,
      extra_body: inside,
    });
    expect(decode({ ...minimal, ...inside, extra_body: { [field]: null } })).toEqual({
      ...minimal,
      extra_body: inside,
    });
  });

  it('names the field where it stands', () => {
    expect(decode({ ...minimal, models: 'x' })).toMatchObject({ details: { param: 'models' } });
    expect(decode({ ...minimal, extra_body: { models: 'x' } })).toMatchObject({
      details: { param: 'extra_body.models' },
    });
    expect(decode({ ...minimal, reasoning: { effort: 1 } })).toMatchObject({ details: { param: 'reasoning.effort' } });
  });

  it('keeps metadata and web search of both places apart', () => {
    const fields = {
      metadata: { a: 1 },
      web_search: { engine: 'exa' },
      web_search_options: { search_context_size: 'low' },
    };
    expect(decode({ ...minimal, ...fields })).toEqual({ ...minimal, ...fields });
    expect(decode({ ...minimal, extra_body: fields })).toEqual({ ...minimal, extra_body: fields });
  });
});
