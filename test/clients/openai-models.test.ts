import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../support/test-server.ts';
import { listed } from '../wire/listed-models.ts';
import { plainRouter, startRouterRig } from '../wire/router-rig.ts';
import { collect } from './collect.ts';
import { createOpenAiClient } from './openai-client.ts';

async function startClient(): Promise<OpenAI> {
  const rig = await startRouterRig({ listed });
  await rig.send('POST', '/router/v1/routers', { body: plainRouter() });
  return createOpenAiClient({ origin: rig.origin, apiKey: rig.authorize('chatter').replace('Bearer ', '') });
}

describe("OpenAI's client", () => {
  test('lists what it can call', async () => {
    const client = await startClient();
    const models = await collect(client.models.list());
    expect(models.map(({ id }) => id)).toEqual([
      'auto',
      'inworld/support',
      'google-ai-studio/gemini-2.5-flash',
      'own/org/tiny',
    ]);
    for (const model of models) {
      expect(model).toEqual({
        id: expect.any(String),
        object: 'model',
        created: expect.any(Number),
        owned_by: expect.any(String),
      });
    }
  });

  test('reads each of them by its id, slashes and all', async () => {
    const client = await startClient();
    for (const model of await collect(client.models.list())) {
      expect(await client.models.retrieve(model.id)).toEqual(model);
    }
  });

  test('is told of a model that is not there as by OpenAI', async () => {
    const client = await startClient();
    const refused = client.models.retrieve('openai/gpt-audio');
    await expect(refused).rejects.toThrow(OpenAI.NotFoundError);
    await expect(refused).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      type: 'not_found_error',
      message: expect.stringContaining('set OPENAI_API_KEY'),
    });
  });
});

describe('with a whole server', () => {
  test('a model of a provider with a key is listed and read, under any of its names', async () => {
    await using server = await startTestServer({ env: { OPENAI_API_KEY: 'sk-of-the-test' } });
    const client = createOpenAiClient(server);
    const ids = (await collect(client.models.list())).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['auto', 'openai/gpt-4o', 'sandbox/echo']));
    expect(new Set(ids.filter((id) => id !== 'auto').map((id) => id.split('/', 1)[0]))).toEqual(
      new Set(['openai', 'sandbox']),
    );
    for (const name of ['openai/gpt-4o', 'gpt-4o']) {
      expect(await client.models.retrieve(name)).toMatchObject({ id: 'openai/gpt-4o', owned_by: 'OpenAI' });
    }
  });

  test('a model of a provider without a key is told how to get one', async () => {
    await using server = await startTestServer();
    const client = createOpenAiClient(server);
    await expect(client.models.retrieve('openai/gpt-4o')).rejects.toThrow(/openai is not live\. .*OPENAI_API_KEY/);
  });

  test('what was called has been measured', async () => {
    await using server = await startTestServer();
    const { completions } = createOpenAiClient(server).chat;
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    for (let call = 0; call < 3; call += 1) await completions.create({ model: 'sandbox/echo', messages });
    const response = await fetch(`${server.origin}/llm/v1alpha/models?provider=sandbox`, {
      headers: { authorization: server.authorization },
    });
    expect(await response.json()).toMatchObject({
      models: expect.arrayContaining([
        expect.objectContaining({
          model: 'echo',
          spec: expect.objectContaining({ performance: expect.objectContaining({ weight: expect.any(Number) }) }),
        }),
      ]),
    });
  });
});
