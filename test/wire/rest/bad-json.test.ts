import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { jsonReply } from '../../support/fake-upstream.ts';
import type { TestServer } from '../../support/test-server.ts';
import { runBesideACall } from './bystander.ts';
import { chatBody, postChat, readError, readJson, startRig, upstreamReply } from './chat-rig.ts';

/** Sends a body as it is. */
function postRaw(server: TestServer, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': 'application/json' },
    body,
  });
}

const megabytes5 = 5 * 1024 * 1024;
/** V8 tells the place of some faults and not of others. */
const malformed = /is not valid JSON: (the syntax is wrong at position \d+|it ends too early or is malformed)/;
const valid = JSON.stringify(chatBody());

describe('a body that is no JSON object in UTF-8', () => {
  const bodies: [what: string, body: string | Uint8Array<ArrayBuffer>, message: RegExp][] = [
    ['a word', 'hello', malformed],
    ['nothing but space', ' \n', malformed],
    ['cut short', valid.slice(0, -1), malformed],
    ['two in one', valid + valid, malformed],
    ['a comment', `/* hi */${valid}`, malformed],
    ['a trailing comma', '{"model":"first/x",}', malformed],
    ['single quotes', "{'model':'first/x'}", malformed],
    ['NaN', '{"model":"first/x","temperature":NaN}', malformed],
    ['Infinity', '{"model":"first/x","temperature":-Infinity}', malformed],
    ['a number that no double holds', '{"model":"first/x","new_field":{"deep":[1e999]}}', /number that is too large/],
    ['a raw line feed in a string', '{"model":"first/\nx"}', malformed],
    ['an array', '[]', /not an object/],
    ['a string', '"x"', /not an object/],
    ['null', 'null', /not an object/],
    ['a byte that UTF-8 never has', Buffer.from('{"model":"first/\xff"}', 'latin1'), /not UTF-8/],
    ['an overlong encoding', Buffer.from('{"model":"first/\xc0\xaf"}', 'latin1'), /not UTF-8/],
    ['a surrogate in UTF-8', Buffer.from('{"model":"first/\xed\xa0\x80"}', 'latin1'), /not UTF-8/],
    ['UTF-16', Buffer.from(valid, 'utf16le'), malformed],
    ['zeros', Buffer.alloc(1000), malformed],
    ['5 MB of arrays that open', '['.repeat(megabytes5), malformed],
    ['5 MB of arrays', `{"model":${'['.repeat(megabytes5 / 2)}${']'.repeat(megabytes5 / 2)}}`, /nested deeper than 64/],
    ['5 MB of objects that open', '{"a":'.repeat(megabytes5 / 5), malformed],
    [
      '5 MB of objects in the schema of a tool',
      `{"model":"first/x","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":${'{"a":'.repeat(
        megabytes5 / 6,
      )}1${'}'.repeat(megabytes5 / 6)}}}]}`,
      /nested deeper than 64/,
    ],
  ];

  test('is refused with the place, or what is wrong, and never with its text', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const [what, body, message] of bodies) {
        const response = await postRaw(rig.server, body);
        const error = await readError(response);
        expect([response.status, error], what).toEqual([
          400,
          { message: expect.stringMatching(message), type: 'invalid_request_error', param: null, code: 'invalid_json' },
        ]);
        expect(error['message']).not.toMatch(/first|hello|'model'/);
      }
    });
    expect(rig.first.requests).toEqual([]);
    expect(rig.server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each([undefined, ''])('is refused when it is %j', async (body) => {
    const { server } = await startRig();
    const response = await fetch(`${server.origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ code: 'invalid_json' });
  });
});

describe('a body of the deepest nesting that is allowed', () => {
  test('is taken and sent on whole', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    // The body itself is the first level, the field's outermost array the second.
    const deepest = `${'['.repeat(63)}${']'.repeat(63)}`;
    const response = await postRaw(server, `${valid.slice(0, -1)},"new_field":${deepest}}`);
    expect(response.status).toBe(200);
    expect((await first.nextRequest()).body).toContain(`"new_field":${deepest}`);
    const deeper = await postRaw(server, `${valid.slice(0, -1)},"new_field":[${deepest}]}`);
    expect(deeper.status).toBe(400);
  });
});

const user = { role: 'user', content: 'x' };

/** A field that is wrong, and the `param` of the error. */
const badFields: [fields: JsonObject, param: string][] = [
  [{ model: 1 }, 'model'],
  [{ model: null }, 'model'],
  [{ model: ['first/x'] }, 'model'],
  [{ model: 'x'.repeat(513) }, 'model'],
  [{ messages: [] }, 'messages'],
  [{ messages: null }, 'messages'],
  [{ messages: 'Hello' }, 'messages'],
  [{ messages: {} }, 'messages'],
  [{ messages: ['Hello'] }, 'messages[0]'],
  [{ messages: [user, null] }, 'messages[1]'],
  [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'User', content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'user' }] }, 'messages[0]'],
  [{ messages: [{ role: 'user', content: null }] }, 'messages[0]'],
  [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]'],
  [{ messages: [{ role: 'user', content: [{ text: 'x' }] }] }, 'messages[0].content[0].type'],
  [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
  [
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages[0].content[0].image_url.url',
  ],
  [{ messages: [{ role: 'assistant', tool_calls: {} }] }, 'messages[0].tool_calls'],
  [{ messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] }, 'messages[0].tool_calls[0].function'],
  [
    { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] }] },
    'messages[0].tool_calls[0].function.arguments',
  ],
  [{ messages: [{ ...user, compression: { aggressiveness: 2 } }] }, 'messages[0].compression.aggressiveness'],
  [{ stream: 'true' }, 'stream'],
  [{ stream: 1 }, 'stream'],
  [{ stream_options: true }, 'stream_options'],
  [{ stream_options: { include_usage: 'yes' } }, 'stream_options.include_usage'],
  [{ temperature: '1' }, 'temperature'],
  [{ temperature: -0.1 }, 'temperature'],
  [{ temperature: 2.1 }, 'temperature'],
  [{ top_p: 0 }, 'top_p'],
  [{ top_p: 1.1 }, 'top_p'],
  [{ max_tokens: 0 }, 'max_tokens'],
  [{ max_tokens: 1.5 }, 'max_tokens'],
  [{ max_tokens: 2 ** 31 }, 'max_tokens'],
  [{ max_completion_tokens: -1 }, 'max_completion_tokens'],
  [{ presence_penalty: 2.5 }, 'presence_penalty'],
  [{ frequency_penalty: -2.5 }, 'frequency_penalty'],
  [{ seed: 1.5 }, 'seed'],
  [{ seed: 2 ** 60 }, 'seed'],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
  [{ stop: [1] }, 'stop[0]'],
  [{ logit_bias: { '50256': 101 } }, 'logit_bias["50256"]'],
  [{ logit_bias: { '50256': '1' } }, 'logit_bias.50256'],
  [{ logit_bias: [1] }, 'logit_bias'],
  [{ n: 0 }, 'n'],
  [{ n: 129 }, 'n'],
  [{ top_logprobs: 21 }, 'top_logprobs'],
  [{ logprobs: 1 }, 'logprobs'],
  [{ user: 7 }, 'user'],
  [{ tools: {} }, 'tools'],
  [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
  [{ tools: [{ type: 'function', function: { name: 1 } }] }, 'tools[0].function.name'],
  [{ tools: [{ type: 'function', function: { name: 'f', parameters: 'any' } }] }, 'tools[0].function.parameters'],
  [{ tool_choice: 1 }, 'tool_choice'],
  [{ tool_choice: { type: 'function', function: {} } }, 'tool_choice.function.name'],
  [{ response_format: 'json' }, 'response_format'],
  [{ response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 'response_format.json_schema.name'],
  [{ reasoning_effort: 'huge' }, 'reasoning_effort'],
  [{ reasoning: { effort: 'huge' } }, 'extra_body.reasoning.effort'],
  [{ modalities: ['smell'] }, 'modalities[0]'],
  [{ web_search: { engine: 'x' } }, 'web_search.engine'],
  [{ web_search: { max_results: 21 } }, 'web_search.max_results'],
  [{ web_search: { max_steps: 0 } }, 'web_search.max_steps'],
  [{ web_search_options: { search_context_size: 'huge' } }, 'web_search_options.search_context_size'],
  [{ extra_body: [] }, 'extra_body'],
  [{ extra_body: { models: 'second/x' } }, 'extra_body.models'],
  [{ models: [1] }, 'models[0]'],
  [{ extra_body: { sort: ['speed'] } }, 'extra_body.sort[0]'],
  [{ extra_body: { recovery: 'please' } }, 'extra_body.recovery'],
  [{ extra_body: { provider: { order: 'first' } } }, 'extra_body.provider.order'],
  [{ extra_body: { fallback: { ttft_timeout: 300 } } }, 'extra_body.fallback.ttft_timeout'],
  [{ extra_body: { prompt_variables: { name: 1 } } }, 'extra_body.prompt_variables.name'],
  [{ metadata: 'x' }, 'metadata'],
];

test('a documented field of the wrong type or out of its range is refused with its path', async () => {
  const rig = await startRig();
  await runBesideACall(rig, async () => {
    for (const [fields, param] of badFields) {
      const response = await postChat(rig.server, fields);
      const error = await readError(response);
      expect([response.status, error], JSON.stringify(fields)).toEqual([
        400,
        {
          message: expect.stringMatching(/^The field .+ is invalid: .+[^.]\.$/),
          type: 'invalid_request_error',
          param,
          code: 'invalid_field',
          metadata: expect.objectContaining({
            field_violations: expect.arrayContaining([{ field: param, description: expect.any(String) }]),
          }),
        },
      ]);
    }
  });
  expect(rig.first.requests).toEqual([]);
});

test('every field that is out of its range is named at once', async () => {
  const { server } = await startRig();
  const error = await readError(
    await postChat(server, { temperature: 9, top_p: 9, messages: [{ role: 'x', content: 'x' }] }),
  );
  expect(error).toMatchObject({
    metadata: { field_violations: [{ field: 'messages[0].role' }, { field: 'temperature' }, { field: 'top_p' }] },
  });
});

test('more messages than configured are refused before any is looked at', async () => {
  const { server } = await startRig({ config: 'calls: { max_messages: 2 }' });
  const response = await postChat(server, { messages: [user, user, { role: 'wizard' }] });
  expect(await readError(response)).toMatchObject({
    param: 'messages',
    message: expect.stringContaining('more than 2'),
  });
});

describe('names that every object has', () => {
  test('are fields like others, and change nothing but what is sent on', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const body = `{
      "model": "first/x", "messages": [{ "role": "user", "content": "x", "__proto__": { "name": "y" }, "constructor": 1 }],
      "__proto__": { "temperature": 1, "isAdmin": true }, "constructor": { "prototype": { "isAdmin": true } }, "toString": 1,
      "logit_bias": { "__proto__": 5, "constructor": 6 },
      "extra_body": { "__proto__": { "models": ["second/x"] }, "prompt_variables": { "__proto__": "x" } },
      "metadata": { "__proto__": { "isAdmin": true } },
      "tools": [{ "type": "function", "function": { "name": "f", "parameters": { "__proto__": { "type": "object" } } } }]
    }`;
    const response = await postRaw(server, body);
    expect(response.status).toBe(200);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
    const sent = (await first.nextRequest()).body;
    expect(sent).not.toContain('temperature');
    expect(sent).not.toContain('isAdmin":true},"toString');
    expect(JSON.parse(sent)).toMatchObject({ messages: [{ role: 'user', content: 'x' }], toString: 1 });
    expect(Object.keys(JSON.parse(sent)).sort()).toEqual([
      'constructor',
      'logit_bias',
      'messages',
      'model',
      'toString',
      'tools',
    ]);
  });

  test('stand for no missing field', async () => {
    const { server } = await startRig();
    const response = await postRaw(server, '{ "__proto__": { "model": "first/x", "messages": [] } }');
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({ param: 'model' });
  });
});

describe('what JSON leaves open', () => {
  test('of a key that comes twice the last one counts, here and at the provider', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    await postRaw(
      server,
      '{"model":"nobody/x","model":"first/x","messages":[{"role":"user","content":"x"}],"new":1,"new":2}',
    );
    expect((await first.nextRequest()).json()).toEqual({
      model: 'x',
      messages: [{ role: 'user', content: 'x' }],
      new: 2,
    });
  });

  test('half a surrogate pair goes to the provider as it is, and comes back as the replacement character', async () => {
    const { server, first } = await startRig();
    first.respond((request) => {
      const { messages } = JSON.parse(request.body);
      return jsonReply(upstreamReply({ choices: [{ index: 0, message: messages[0], finish_reason: 'stop' }] }));
    });
    const response = await postRaw(
      server,
      String.raw`{"model":"first/x","messages":[{"role":"user","content":"a\ud800b"}]}`,
    );
    expect(await readJson(response)).toMatchObject({ choices: [{ message: { content: 'a\ufffdb' } }] });
    expect((await first.nextRequest()).body).toContain(String.raw`a\ud800b`);
  });

  test('a byte order mark and space around the body are nothing', async () => {
    const { server, first } = await startRig();
    first.respondAlways(jsonReply(upstreamReply()));
    expect((await postRaw(server, ` \n${valid}\n `)).status).toBe(200);
  });
});
