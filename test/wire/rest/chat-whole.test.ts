import { describe, expect, test } from 'vitest';
import { createFakeUpstream, jsonReply } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { chatBody, firstModel, postChat, readJson, startRig, upstreamReply } from './chat-rig.ts';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('a whole answer', () => {
  test('has every documented key, and nothing of the upstream that is not', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const beforeSeconds = Math.floor(Date.now() / 1000);
    const response = await postChat(server);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const body = await readJson(response);
    expect(body).toEqual({
      id: expect.stringMatching(/^chatcmpl-\d+$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: firstModel,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi!', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
      metadata: {
        attempts: [{ model: firstModel, success: true, time_to_first_token_ms: expect.any(Number) }],
        generation_id: expect.stringMatching(uuidPattern),
        reasoning: `Using specified model: '${firstModel}' - success`,
        total_duration_ms: expect.any(Number),
      },
    });
    expect(body['created']).toBeGreaterThanOrEqual(beforeSeconds);
    expect(body['created']).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
    expect(body).toMatchObject({ metadata: { generation_id: response.headers.get('x-generation-id') } });
  });

  test("comes from OpenAI's own model by the name that its clients know", async () => {
    await using upstream = await createFakeUpstream();
    const config = `providers: { openai: { api_key: sk-x, base_url: "${upstream.origin}/v1" } }`;
    await using server = await startTestServer({ config });
    upstream.respond(jsonReply(upstreamReply({ model: 'gpt-4o-2024-08-06' })));
    expect(await readJson(await postChat(server, { model: 'openai/gpt-4o' }))).toMatchObject({
      model: 'openai/gpt-4o',
      metadata: { attempts: [{ model: 'openai/gpt-4o', success: true }] },
    });
    expect((await upstream.nextRequest()).json()).toMatchObject({ model: 'gpt-4o' });
  });

  test('carries the generation id in the log line too', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const response = await postChat(server);
    expect(await server.nextLogLine('call answered')).toMatchObject({
      generation_id: response.headers.get('x-generation-id'),
      requested_model: firstModel,
      served_model: firstModel,
      total_tokens: 11,
      outcome: 'ok',
    });
  });

  test('has tool calls with their arguments letter by letter, null content, and details of usage that are known', async () => {
    const { server, first } = await startRig();
    const toolCall = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{ "a" :1.0,"a":2}' } };
    first.respond(
      jsonReply(
        upstreamReply({
          choices: [
            {
              index: 0,
              message: { role: 'assistant', content: null, tool_calls: [toolCall] },
              finish_reason: 'tool_calls',
            },
          ],
          usage: {
            prompt_tokens: 9,
            completion_tokens: 2,
            total_tokens: 11,
            prompt_tokens_details: { cached_tokens: 0 },
            completion_tokens_details: { reasoning_tokens: 1 },
          },
        }),
      ),
    );
    expect(await readJson(await postChat(server))).toMatchObject({
      choices: [{ message: { content: null, tool_calls: [toolCall] }, finish_reason: 'tool_calls' }],
      usage: {
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  test('has no usage where the provider reports none', async () => {
    const { server, first } = await startRig();
    const { usage: _, ...reply } = upstreamReply();
    first.respond(jsonReply(reply));
    expect(await readJson(await postChat(server))).not.toHaveProperty('usage');
  });

  test('has the choices in the order of their index', async () => {
    const { server, first } = await startRig();
    const choices = [1, 0].map((index) => ({
      index,
      message: { role: 'assistant', content: `answer ${index}` },
      finish_reason: 'stop',
    }));
    first.respond(jsonReply(upstreamReply({ choices })));
    expect(await readJson(await postChat(server, { n: 2 }))).toMatchObject({
      choices: [
        { index: 0, message: { content: 'answer 0' } },
        { index: 1, message: { content: 'answer 1' } },
      ],
    });
    expect((await first.nextRequest()).json()).toMatchObject({ n: 2 });
  });

  test('keeps the reasoning apart, and leaves it out when asked', async () => {
    const { server, first } = await startRig();
    const message = { role: 'assistant', content: 'Hi!', reasoning_content: 'They greet.' };
    first.respondAlways(jsonReply(upstreamReply({ choices: [{ index: 0, message, finish_reason: 'stop' }] })));
    expect(await readJson(await postChat(server))).toMatchObject({ choices: [{ message }] });
    const { choices } = await readJson(await postChat(server, { extra_body: { reasoning: { exclude: true } } }));
    expect(choices).toEqual([
      expect.objectContaining({ message: { role: 'assistant', content: 'Hi!', refusal: null } }),
    ]);
  });
});

test('ids differ over a thousand calls', async () => {
  await using server = await startTestServer();
  const ids = new Set<unknown>();
  const generationIds = new Set<unknown>();
  for (let round = 0; round < 20; round += 1) {
    const calls = Array.from({ length: 50 }, async () => {
      const response = await postChat(server, { model: 'sandbox/echo' });
      generationIds.add(response.headers.get('x-generation-id'));
      ids.add((await readJson(response))['id']);
    });
    await Promise.all(calls);
  }
  expect(ids.size).toBe(1000);
  expect(generationIds.size).toBe(1000);
});

describe('what the upstream is sent', () => {
  test('is the model by its own name, the provider key, and fields that nobody modelled', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    await postChat(server, {
      model: 'first/vendor/model:8b',
      temperature: 0.5,
      brand_new_field: { deep: [1, null] },
      messages: [{ role: 'user', content: 'Hello!', brand_new: true }],
      extra_body: { other_new_field: 'x' },
    });
    const request = await first.nextRequest();
    expect(request.path).toBe('/v1/chat/completions');
    expect(request.headers.authorization).toBe('Bearer sk-of-the-first-provider');
    expect(request.json()).toEqual({
      model: 'vendor/model:8b',
      temperature: 0.5,
      brand_new_field: { deep: [1, null] },
      messages: [{ role: 'user', content: 'Hello!', brand_new: true }],
      other_new_field: 'x',
    });
  });

  test('has nothing of what is between the client and the gateway', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    await postChat(
      server,
      {
        models: [],
        ignore: ['nobody'],
        sort: ['price'],
        provider: { order: ['first'] },
        fallback: { ttft_timeout: '10s' },
        recovery: 'none',
        prompt_variables: { name: 'x' },
        metadata: { tier: 'free' },
        extra_body: { metadata: { tier: 1 }, models: [] },
      },
      { headers: { 'x-client': 'secret of the client', cookie: 'a=b' } },
    );
    const request = await first.nextRequest();
    expect(Object.keys(JSON.parse(request.body)).sort()).toEqual(['messages', 'model', 'stream', 'stream_options']);
    expect(request.headers).not.toHaveProperty('x-client');
    expect(request.headers).not.toHaveProperty('cookie');
  });

  test('takes the nested field of extra_body before the one at the root', async () => {
    const { server, second } = await startRig();
    second.respond(jsonReply(upstreamReply()));
    const response = await postChat(server, {
      ignore: ['second'],
      extra_body: { ignore: ['first'], models: ['second/x'] },
    });
    expect(await readJson(response)).toMatchObject({ model: 'second/x' });
  });
});

describe('what has no effect is said', () => {
  test('in metadata.warnings, when the gateway cannot do it', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const response = await postChat(server, {
      messages: [{ role: 'user', content: 'Hello!', compression: { aggressiveness: 0.5 } }],
      recovery: 'restart',
      reasoning: { max_tokens: 5 },
    });
    expect(await readJson(response)).toMatchObject({
      metadata: {
        warnings: [expect.stringContaining('compression'), expect.stringContaining('reasoning.max_tokens')],
        attempts: [{ warnings: [expect.stringContaining('reasoning.max_tokens')] }],
      },
    });
  });

  test('and not where there is nothing to say', async () => {
    const { server, first } = await startRig();
    first.respond(jsonReply(upstreamReply()));
    const { metadata } = await readJson(await postChat(server, chatBody()));
    expect(metadata).not.toHaveProperty('warnings');
  });
});
