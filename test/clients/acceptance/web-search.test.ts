import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { startTestServer } from '../../support/test-server.ts';
import { readChunks } from '../../wire/rest/event-stream.ts';
import { catchRefusal } from './api-client.ts';
import { chatEverywhere, createAllClients, createApiClients, refuseEverywhere } from './api-clients.ts';
import { sendRequest } from './rest-client.ts';
import { createModelRoute, createRoute, hello, toNamePart } from './router-json.ts';

const server = await startTestServer();
afterAll(() => server.close());
const clients = createAllClients(server);
const bothSearches = { web_search: { max_results: 3 }, web_search_options: { search_context_size: 'low' } };

test.each<[where: string, fields: JsonObject]>([
  ['at the root', bothSearches],
  ['in extra_body', { extra_body: bothSearches }],
  [
    'one in each place',
    {
      web_search: bothSearches.web_search,
      extra_body: { web_search_options: bothSearches.web_search_options },
    },
  ],
])('both kinds of web search, %s, are refused over every protocol', async (_where, fields) => {
  for (const { code, message } of await refuseEverywhere(clients, {
    model: 'sandbox/echo',
    messages: hello,
    ...fields,
  })) {
    expect(code).toBe(Code.INVALID_ARGUMENT);
    expect(message).toMatch(/web_search and web_search_options/);
  }
});

describe.each(createApiClients(server))('over $protocol', (client) => {
  test('a variant with both is not saved', async () => {
    const variant = { variant_id: 'a', model_id: 'sandbox/echo', ...bothSearches };
    const router = { name: 'searches', defaultRoute: createRoute('rest', variant) };
    const { code, fields } = await catchRefusal(client.createRouter(router));
    expect([code, fields.length]).toEqual([Code.INVALID_ARGUMENT, 1]);
    expect(fields[0]).toMatch(/^default_route\.variants\[0\]\.variant(\.web_search.*)?$/);
    expect(await client.listRouters()).not.toContain('searches');
  });

  test('the annotations of a model that cites are in the answer, whole and streamed', async () => {
    const name = `citing-by-${toNamePart(client.protocol)}`;
    await client.createRouter({ name, defaultRoute: createModelRoute('rest', 'sandbox/citations') });
    for (const { by, answer } of await chatEverywhere(clients, { model: `inworld/${name}`, messages: hello })) {
      expect(answer.choices[0]?.message?.annotations, by).toMatchObject([
        { type: 'url_citation', urlCitation: { url: 'https://sandbox.example/network' } },
        { type: 'url_citation', urlCitation: { url: 'https://sandbox.example/determinism' } },
      ]);
    }
  });
});

test('annotations and metadata ride on the finishing chunk, and on no other', async () => {
  const body = { model: 'sandbox/citations', messages: hello, stream: true };
  const chunks = await readChunks(await sendRequest(server, 'POST', '/v1/chat/completions', body));
  const finishing = chunks.pop();
  expect(finishing).toMatchObject({
    choices: [{ finish_reason: 'stop', delta: { annotations: [{ type: 'url_citation' }, { type: 'url_citation' }] } }],
    metadata: { attempts: [{ model: 'sandbox/citations', success: true }] },
  });
  expect(chunks.length).toBeGreaterThan(2);
  expect(JSON.stringify(chunks)).not.toMatch(/annotations|metadata|url_citation/);
});
