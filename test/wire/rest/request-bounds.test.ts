import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
} from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { TestServer } from '../../support/test-server.ts';
import { runBesideACall } from './bystander.ts';
import { postChat, readError, readJson, startRig } from './chat-rig.ts';

function repeat<Item>(count: number, item: Item): Item[] {
  return Array.from({ length: count }, () => item);
}

function fieldsOf(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, 'x']));
}

const user = { role: 'user', content: 'x' };
const badPart = { type: 'image_url', image_url: { url: '' } };
const badCall = { function: { name: 'f' }, custom: { name: 'f' } };

describe('a list that is too long', () => {
  /** Lists whose items are wrong as well, where an item can be. */
  const lists: [fields: JsonObject, field: string][] = [
    [{ tools: repeat(1025, { function: { name: '' } }) }, 'tools'],
    [{ modalities: repeat(4, 'smell') }, 'modalities'],
    [{ stop: repeat(5, 'x') }, 'stop'],
    [{ logit_bias: Object.fromEntries(Array.from({ length: 1025 }, (_, index) => [index, 101])) }, 'logit_bias'],
    [{ models: repeat(65, '') }, 'extra_body.models'],
    [{ extra_body: { ignore: repeat(257, '') } }, 'extra_body.ignore'],
    [{ sort: repeat(7, 'speed') }, 'extra_body.sort'],
    [{ provider: { order: repeat(65, 'x') } }, 'extra_body.provider.order'],
    [{ prompt_variables: fieldsOf(1025) }, 'extra_body.prompt_variables'],
    [{ messages: [user, { role: 'user', content: repeat(1025, badPart) }] }, 'messages[1].content'],
    [{ messages: [user, { role: 'assistant', tool_calls: repeat(257, badCall) }] }, 'messages[1].tool_calls'],
    [{ messages: repeat(20, { role: 'user', content: repeat(1001, badPart) }) }, 'messages'],
  ];

  test.each(lists)('is refused as a whole, and its items are not looked at: %#', async (fields, field) => {
    const { server, first } = await startRig();
    const response = await postChat(server, fields);
    expect(response.status).toBe(400);
    expect(await readError(response)).toMatchObject({
      code: 'invalid_field',
      param: field,
      message: expect.stringMatching(/more than [0-9]+ (items|content parts)/),
      metadata: { field_violations: [{ field }] },
    });
    expect(first.requests).toEqual([]);
  });
});

describe('a body of more than anybody needs', () => {
  const bodies: [what: string, fields: JsonObject, problem: string][] = [
    ['fields at its root', fieldsOf(999), 'it has more than 1000 fields at its root'],
    ['values in a list', { new_field: repeat(500_000, 0) }, 'it has more than 500000 values'],
    ['values in many lists', { new_field: repeat(250_000, [0]) }, 'it has more than 500000 values'],
    ['tools', { tools: repeat(300_000, { function: { name: 'f' } }) }, 'it has more than 500000 values'],
  ];

  test('is refused before anything else is made of it', async () => {
    const rig = await startRig();
    await runBesideACall(rig, async () => {
      for (const [what, fields, problem] of bodies) {
        const response = await postChat(rig.server, fields);
        expect(response.status, what).toBe(400);
        expect(await readError(response), what).toMatchObject({
          code: 'invalid_json',
          message: expect.stringContaining(problem),
        });
      }
    });
    expect(rig.first.requests).toEqual([]);
  });
});

const methodPath = '/signalbox.chat.v1.ChatService/CreateChatCompletion';

/** Calls the RPC method over Connect with bytes of the test's own. */
async function callConnect(
  server: TestServer,
  contentType: string,
  body: string | Buffer<ArrayBuffer>,
): Promise<JsonObject> {
  const response = await fetch(server.origin + methodPath, {
    method: 'POST',
    headers: { authorization: server.authorization, 'content-type': contentType },
    body,
  });
  if (response.ok) {
    await response.arrayBuffer();
    return { status: response.status };
  }
  const { code, message } = await readJson(response);
  return { status: response.status, code: code ?? null, message: message ?? null };
}

/** One binary field whose content has a length: a string, a message. */
function encodeField(number: number, content: Uint8Array): Buffer<ArrayBuffer> {
  const prefix = [];
  for (const value of [(number << 3) | 2, content.length]) {
    let rest = value;
    for (; rest > 127; rest >>>= 7) prefix.push((rest & 127) | 128);
    prefix.push(rest);
  }
  return Buffer.concat([Buffer.from(prefix), content]);
}

/** A binary Struct `{a: number}`, as no encoder would write it when the number is not finite. */
function encodeStruct(number: number): Buffer<ArrayBuffer> {
  const value = Buffer.alloc(9);
  value.writeUInt8((2 << 3) | 1);
  value.writeDoubleLE(number, 1);
  return encodeField(1, Buffer.concat([encodeField(1, Buffer.from('a')), encodeField(2, value)]));
}

function wrap(content: Buffer<ArrayBuffer>, path: readonly number[]): Buffer<ArrayBuffer> {
  return path.reduceRight((inner, number) => encodeField(number, inner), content);
}

function encodeRequest(fields: Partial<Pick<ChatCompletionRequest, 'extraFields'>> = {}): Buffer<ArrayBuffer> {
  const messages = [{ role: 'user', content: 'x' }];
  return Buffer.from(
    toBinary(
      ChatCompletionRequestSchema,
      create(ChatCompletionRequestSchema, { model: 'sandbox/echo', messages, ...fields }),
    ),
  );
}

function nest(depth: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 1; level < depth; level += 1) value = { a: value };
  return value;
}

describe('a Struct over RPC', () => {
  const fieldNumbers: [field: string, path: number[]][] = [
    ['prediction', [30]],
    ['metadata', [31]],
    ['extra_fields', [33]],
    ['extra_body.metadata', [32, 7]],
    ['response_format.json_schema.schema', [21, 2, 3]],
    ['tool_choice.other', [19, 3]],
    ['tools[0].function.parameters', [18, 2, 3]],
    ['tools[0].other', [18, 3]],
    ['messages[1].content[0].other', [2, 3, 7]],
  ];

  test.each(fieldNumbers)('is refused at %s when it has a number that JSON has not', async (field, path) => {
    const { server } = await startRig();
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const body = Buffer.concat([encodeRequest(), wrap(encodeStruct(number), path)]);
      expect(await callConnect(server, 'application/proto', body)).toEqual({
        status: 400,
        code: 'invalid_argument',
        message: expect.stringMatching(new RegExp(`${field.replace(/[[\].]/g, '\\$&')} is invalid: it has a number`)),
      });
    }
  });

  test('is taken with a number that is one', async () => {
    const { server } = await startRig();
    const body = Buffer.concat([encodeRequest(), wrap(encodeStruct(1), [31])]);
    expect(await callConnect(server, 'application/proto', body)).toEqual({ status: 200 });
  });

  test('is refused in JSON when it has a number that no double holds', async () => {
    const { server } = await startRig();
    const body = '{"model":"sandbox/echo","messages":[{"role":"user","content":"x"}],"extraFields":{"a":[1e999]}}';
    const answer = await callConnect(server, 'application/json', body);
    expect(answer).toMatchObject({ status: 400, code: 'invalid_argument' });
  });

  test.each([
    [16, 200],
    [17, 400],
  ])('that is nested %d levels deep is %d', async (depth, status) => {
    const { server } = await startRig({ config: 'calls: { max_json_depth: 16 }' });
    const binary = encodeRequest({ extraFields: nest(depth) });
    const json = JSON.stringify({
      model: 'sandbox/echo',
      messages: [user],
      tools: [{ function: { name: 'f', parameters: nest(depth) } }],
    });
    for (const answer of [
      await callConnect(server, 'application/proto', binary),
      await callConnect(server, 'application/json', json),
    ]) {
      expect(answer['status']).toBe(status);
      if (status !== 200) expect(answer['code']).toBe('invalid_argument');
    }
  });
});
