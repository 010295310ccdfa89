import { afterAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../src/core/json.ts';
import { createFakeUpstream, jsonReply, sseReply } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { configureFakeProvider } from '../fake-provider.ts';
import { stopChunk, textChunk, textCompletion } from '../upstream-chunks.ts';
import { chatEverywhere, createAllClients, createApiClients, refuseEverywhere } from './api-clients.ts';
import { createRoute, hello, toNamePart } from './router-json.ts';

const upstream = await createFakeUpstream();
const server = await startTestServer({ config: configureFakeProvider(upstream) });
afterAll(async () => {
  await server.close();
  await upstream.close();
});
upstream.respondAlways(({ body }) =>
  body.includes('"stream":true') ? sseReply([textChunk('Hi'), stopChunk, '[DONE]']) : jsonReply(textCompletion('Hi')),
);
const clients = createAllClients(server);
const callsEach = 2 * clients.length;

/** What the upstream got for a call over every protocol, whole and streamed, without what only a stream has. */
async function sendEverywhere(request: JsonObject): Promise<JsonObject[]> {
  const before = upstream.requests.length;
  await chatEverywhere(clients, request);
  const bodies = upstream.requests.slice(before).map((received) => received.json());
  expect(bodies.length).toBe(callsEach);
  return bodies.filter(isJsonObject).map(({ stream: _stream, stream_options: _options, ...body }) => body);
}

function repeat(body: JsonObject): JsonObject[] {
  return Array.from({ length: callsEach }, () => body);
}

describe.each(createApiClients(server))('with a router that is saved over $protocol', (writer) => {
  const suffix = toNamePart(writer.protocol);

  test('templates come first, their variables filled in, and messages stay as they are', async () => {
    const name = `templates-by-${suffix}`;
    const variant = {
      variant_id: 'a',
      model_id: 'fake/some-model',
      message_templates: [
        { role: 'system', content: 'You help {{ customer }}, {{x}}.' },
        { role: 'assistant', content: 'Hello, {{customer}}!' },
      ],
    };
    const defaults = { message_templates: [{ role: 'system', content: 'Not for this variant: {{unset}}' }] };
    await writer.createRouter({ name, defaults, defaultRoute: createRoute('rest', variant) });
    const request = { model: `inworld/${name}`, messages: [{ role: 'user', content: 'What is {{x}}?' }] };
    // A value is text too: what looks like a variable in it is none.
    const variables = { customer: 'Ada', x: '{{customer}}' };

    const bodies = await sendEverywhere({ ...request, extra_body: { prompt_variables: variables } });
    expect(bodies).toEqual(
      repeat({
        model: 'some-model',
        messages: [
          { role: 'system', content: 'You help Ada, {{customer}}.' },
          { role: 'assistant', content: 'Hello, Ada!' },
          { role: 'user', content: 'What is {{x}}?' },
        ],
      }),
    );

    const requestCount = upstream.requests.length;
    const incomplete = { ...request, extra_body: { prompt_variables: { customer: 'Ada' } } };
    for (const { message } of await refuseEverywhere(clients, incomplete)) expect(message).toMatch(/ x\b/);
    expect(upstream.requests.length).toBe(requestCount);
  });

  test('the settings of a variant replace those of the defaults whole, and a value in the request wins', async () => {
    const name = `settings-by-${suffix}`;
    await writer.createRouter({
      name,
      defaults: { text_generation_config: { max_tokens: 50, top_p: 0.5 } },
      routes: [
        {
          route: createRoute('own', {
            variant_id: 'a',
            model_id: 'fake/some-model',
            text_generation_config: { temperature: 0.25 },
          }),
          condition: { cel_expression: 'own' },
        },
      ],
      defaultRoute: createRoute('rest', { variant_id: 'a', model_id: 'fake/some-model' }),
    });
    const request = { model: `inworld/${name}`, messages: hello };
    const own = { ...request, extra_body: { metadata: { own: true } } };
    const body = { model: 'some-model', messages: hello };
    expect(await sendEverywhere(own)).toEqual(repeat({ ...body, temperature: 0.25 }));
    expect(await sendEverywhere({ ...own, temperature: 1 })).toEqual(repeat({ ...body, temperature: 1 }));
    expect(await sendEverywhere(request)).toEqual(repeat({ ...body, max_tokens: 50, top_p: 0.5 }));
    expect(await sendEverywhere({ ...request, max_tokens: 7 })).toEqual(repeat({ ...body, max_tokens: 7, top_p: 0.5 }));
  });
});
