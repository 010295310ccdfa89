import type { ResponseFormatJSONSchema } from 'openai/resources/shared';
import { afterAll, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { createOpenAiClient } from './openai-client.ts';

const server = await startTestServer();
afterAll(() => server.close());
const { completions } = createOpenAiClient(server).chat;

const model = 'sandbox/json';
const messages = [{ role: 'user' as const, content: 'Where to?' }];
const format: ResponseFormatJSONSchema = {
  type: 'json_schema',
  json_schema: {
    name: 'trip',
    strict: true,
    schema: {
      type: 'object',
      properties: { city: { enum: ['Oslo'] }, days: { type: 'integer', minimum: 3 } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
};

test('json_schema shapes the answer', async () => {
  const { choices } = await completions.create({ model, messages, response_format: format });
  expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ city: 'Oslo', days: 3 });
});

test('parse gives it as a value', async () => {
  const { choices } = await completions.parse({ model, messages, response_format: format });
  expect(choices[0]?.message.parsed).toEqual({ city: 'Oslo', days: 3 });
});

test('the stream helper parses it as it comes', async () => {
  const stream = completions.stream({ model, messages, response_format: format });
  const done: unknown[] = [];
  stream.on('content.done', ({ parsed }) => done.push(parsed));
  await stream.done();
  expect(done).toEqual([{ city: 'Oslo', days: 3 }]);
});

test('json_object gives some JSON', async () => {
  const { choices } = await completions.create({ model, messages, response_format: { type: 'json_object' } });
  expect(JSON.parse(choices[0]?.message.content ?? '')).toBeTypeOf('object');
});

test('a schema that allows nothing is refused with its reason', async () => {
  const schema = { type: 'integer', minimum: 2, maximum: 1 };
  const refused = completions.create({
    model,
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'nothing', schema } },
  });
  await expect(refused).rejects.toMatchObject({ status: 400, param: 'response_format' });
});
