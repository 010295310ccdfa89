import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { createFakeUpstream, jsonReply, sseReply } from '../../support/fake-upstream.ts';
import { singleTries } from '../../support/single-tries.ts';
import { startTestServer } from '../../support/test-server.ts';
import { upstreamReply, upstreamStream } from '../../wire/rest/chat-rig.ts';
import { answerModes, catchRefusal } from './api-client.ts';
import { createAllClients } from './api-clients.ts';
import { sendJson } from './rest-client.ts';
import { createRoute, hello, toNamePart } from './router-json.ts';

const upstream = await createFakeUpstream();
const server = await startTestServer({
  config: [
    'providers:',
    `  openai: { base_url: "${upstream.origin}/v1", api_key: sk-of-the-test }`,
    `  fake: { kind: openai-compatible, base_url: "${upstream.origin}/v1" }`,
    singleTries,
  ].join('\n'),
});
afterAll(async () => {
  await server.close();
  await upstream.close();
});
const clients = createAllClients(server);

/** Answers as the name of the model says. */
upstream.respondAlways(({ body }) => {
  if (body.includes('"busy"')) return jsonReply({ error: { message: 'Too many calls.' } }, { status: 429 });
  if (body.includes('"strict"')) return jsonReply({ error: { message: 'No such tool.' } }, { status: 400 });
  return body.includes('"stream":true') ? sseReply(upstreamStream) : jsonReply(upstreamReply());
});

/** How many requests the upstream gets meanwhile. */
async function countRequests(run: () => Promise<unknown>): Promise<number> {
  const before = upstream.requests.length;
  await run();
  return upstream.requests.length - before;
}

test('openai/gpt-4o answers with every key of the reference', async () => {
  const body = { model: 'openai/gpt-4o', messages: hello };
  expect(await sendJson(server, 'POST', '/v1/chat/completions', body)).toMatchObject({
    id: expect.stringMatching(/^chatcmpl-\d+$/),
    object: 'chat.completion',
    created: expect.any(Number),
    model: 'openai/gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hi!' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    metadata: {
      attempts: [{ model: 'openai/gpt-4o', success: true, time_to_first_token_ms: expect.any(Number) }],
      generation_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      reasoning: expect.stringContaining('openai/gpt-4o'),
      total_duration_ms: expect.any(Number),
    },
  });
});

describe.each(clients)('over $protocol', (client) => {
  const suffix = toNamePart(client.protocol);

  test.each(answerModes)('openai/gpt-4o answers %s, with the same keys', async (mode) => {
    const answer = await client.chat({ model: 'openai/gpt-4o', messages: hello }, mode);
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\d+$/),
      model: 'openai/gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi!' }, finishReason: 'stop' }],
      usage: { promptTokens: 9, completionTokens: 2, totalTokens: 11 },
      metadata: { attempts: [{ model: 'openai/gpt-4o', success: true, timeToFirstTokenMs: expect.any(Number) }] },
    });
    expect(Number(answer.created)).toBeGreaterThan(1_700_000_000);
    expect(answer.metadata?.generationId).not.toBe('');
  });

  test('a variant that is rate limited gives way to its fallback', async () => {
    const name = `busy-by-${suffix}`;
    const variant = { variant_id: 'a', model_id: 'fake/busy', model_selection: { models: ['fake/free'] } };
    await client.createRouter({ name, defaultRoute: createRoute('rest', variant) });
    for (const mode of answerModes) {
      const answer = await client.chat({ model: `inworld/${name}`, messages: hello }, mode);
      expect([answer.model, answer.choices[0]?.message?.content]).toEqual(['fake/free', 'Hi!']);
      expect(answer.metadata?.attempts).toMatchObject([
        { model: 'fake/busy', success: false, errorCode: 'PROVIDER_RATE_LIMITED' },
        { model: 'fake/free', success: true },
      ]);
    }
  });

  test('a variant whose provider refuses the request is the end of it, with the words of the provider', async () => {
    const name = `strict-by-${suffix}`;
    const variant = { variant_id: 'a', model_id: 'fake/strict', model_selection: { models: ['fake/free'] } };
    await client.createRouter({ name, defaultRoute: createRoute('rest', variant) });
    for (const mode of answerModes) {
      const requestCount = await countRequests(async () => {
        const refusal = await catchRefusal(client.chat({ model: `inworld/${name}`, messages: hello }, mode));
        expect(refusal).toMatchObject({
          code: Code.INVALID_ARGUMENT,
          message: expect.stringContaining('No such tool.'),
        });
      });
      expect(requestCount).toBe(1);
    }
  });
});
