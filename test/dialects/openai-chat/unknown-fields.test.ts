import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/json.ts';
import {
  addUnknownFields,
  copyNestedUnknownFields,
  listUnreadFields,
  pickUnknownFields,
} from '../../../src/dialects/openai-chat/unknown-fields.ts';

function parse(text: string): JsonObject {
  const json: JsonValue = JSON.parse(text);
  if (!isJsonObject(json)) throw new Error('it is no object');
  return json;
}

describe('pickUnknownFields', () => {
  it('finds nothing in a request of known fields', () => {
    expect(
      pickUnknownFields({ model: 'm', messages: [], temperature: 1, extra_body: { models: ['a'] } }),
    ).toBeUndefined();
  });

  it('finds them at the root and in extra_body, which wins', () => {
    const json = { model: 'm', top_k: 1, min_p: 0.1, extra_body: { models: ['a'], top_k: 2, mirostat: null } };
    expect(pickUnknownFields(json)).toEqual({ top_k: 2, min_p: 0.1, mirostat: null });
  });

  it('finds them in extra_fields, as RPC clients call them', () => {
    expect(pickUnknownFields({ model: 'm', extra_fields: { top_k: 1, min_p: 1, n: 2 }, min_p: 2 })).toEqual({
      top_k: 1,
      min_p: 2,
    });
  });

  it('leaves out what would change the prototype', () => {
    const unknown = pickUnknownFields(parse('{"__proto__":{"a":1},"constructor":1}'));
    expect(unknown).toEqual({ constructor: 1 });
    expect(Object.getPrototypeOf(unknown)).toBe(Object.prototype);
  });
});

describe('addUnknownFields', () => {
  it('goes around nothing that the API models', () => {
    const body: JsonObject = { model: 'm', n: 1, top_k: 1 };
    addUnknownFields(body, {
      model: 'x',
      temperature: 9,
      top_k: 2,
      provider: {},
      min_p: 1,
      ...parse('{"__proto__":1}'),
    });
    expect(body).toEqual({ model: 'm', n: 1, top_k: 1, min_p: 1 });
  });
});

describe('copyNestedUnknownFields', () => {
  function copy(target: JsonObject, source: JsonObject): JsonObject {
    copyNestedUnknownFields(target, source);
    return target;
  }

  it('copies into each of the objects that the body has of the source', () => {
    const source = {
      messages: [
        {
          role: 'user',
          x: 1,
          content: [{ type: 'image_url', x: 2, image_url: { url: 'a', x: 3 } }],
          tool_calls: [{ x: 4, function: { name: 'f', x: 5 } }],
        },
      ],
      tools: [{ x: 6, function: { name: 'f', x: 7, parameters: { p: 1 } } }],
      response_format: { x: 8, json_schema: { x: 9 } },
      stream_options: { x: 10 },
      image_config: { x: 11 },
      web_search_options: { x: 12 },
      metadata: { x: 13 },
    };
    const target = {
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'a' } }],
          tool_calls: [{ id: '', function: { name: 'f' } }],
        },
      ],
      tools: [{ function: { name: 'f' } }],
      response_format: { json_schema: {} },
      stream_options: { include_usage: true },
      image_config: {},
      web_search_options: {},
      metadata: {},
    };
    expect(copy(target, source)).toEqual({
      messages: [
        {
          role: 'user',
          x: 1,
          content: [{ type: 'image_url', x: 2, image_url: { url: 'a', x: 3 } }],
          tool_calls: [{ id: '', x: 4, function: { name: 'f', x: 5 } }],
        },
      ],
      // Schemas are encoded whole; what was left out of one was left out on purpose.
      tools: [{ x: 6, function: { name: 'f', x: 7 } }],
      response_format: { x: 8, json_schema: { x: 9 } },
      stream_options: { include_usage: true, x: 10 },
      image_config: { x: 11 },
      web_search_options: { x: 12 },
      metadata: {},
    });
  });

  it('puts nothing where the body has no such object', () => {
    const source = { messages: [{ x: 1 }, { content: [{ x: 2 }] }], tools: [{ x: 3 }], stream_options: { x: 4 } };
    expect(copy({ messages: [{ role: 'user', content: 'Hi' }] }, source)).toEqual({
      messages: [{ role: 'user', content: 'Hi' }],
    });
  });

  it('finds the client’s messages behind those of a router', () => {
    const target = { messages: [{ role: 'system' }, { role: 'user' }, { role: 'assistant' }] };
    expect(copy(target, { messages: [{ x: 1 }, { x: 2 }] })).toEqual({
      messages: [{ role: 'system' }, { role: 'user', x: 1 }, { role: 'assistant', x: 2 }],
    });
  });

  it('neither replaces a field nor brings back one that the encoder left out', () => {
    const source = { messages: [{ role: 'other', reasoning_content: 'x', compression: {}, y: 1 }] };
    expect(copy({ messages: [{ role: 'user', y: 2 }] }, source)).toEqual({ messages: [{ role: 'user', y: 2 }] });
  });

  it('leaves out what would change the prototype', () => {
    const target = { messages: [{ role: 'user' }] };
    copyNestedUnknownFields(target, parse('{"messages":[{"__proto__":{"a":1}}]}'));
    expect(Object.getPrototypeOf(target.messages[0])).toBe(Object.prototype);
  });
});

describe('listUnreadFields', () => {
  it('is empty for what is read or sent on', () => {
    const json = {
      model: 'm',
      top_k: 1,
      metadata: { anything: 1 },
      web_search_options: { new_field: 1 },
      reasoning: { effort: 'low' },
      extra_body: { top_k: 2, prompt_variables: { a: 'b' }, metadata: { x: 1 }, provider: { order: [] } },
    };
    expect(listUnreadFields(json)).toEqual([]);
    expect(listUnreadFields({ model: 'm' })).toEqual([]);
  });

  it('names the others by their path', () => {
    const json = {
      reasoning: { enabled: true },
      provider: { order: [], only: ['a'] },
      web_search: { depth: 1 },
      extra_body: { fallback: { retries: 3 }, web_search_options: { new_field: 1 }, temperature: 1, model: 'm' },
    };
    expect(listUnreadFields(json).sort()).toEqual([
      'extra_body.fallback.retries',
      'extra_body.model',
      'extra_body.temperature',
      'extra_body.web_search_options.new_field',
      'provider.only',
      'reasoning.enabled',
      'web_search.depth',
    ]);
  });
});
