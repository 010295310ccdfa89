import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { createManualClock } from '../../contract/manual-clock.ts';
import { createFakeUpstream, sseReply } from '../../support/fake-upstream.ts';
import { startTestServer } from '../../support/test-server.ts';
import { configureFakeProvider } from '../fake-provider.ts';
import { stopChunk, textChunk } from '../upstream-chunks.ts';
import { answerModes, catchRefusal } from './api-client.ts';
import { createAllClients } from './api-clients.ts';
import { createRoute, hello, toNamePart } from './router-json.ts';

const upstream = await createFakeUpstream();
const clock = createManualClock();
const server = await startTestServer({ config: configureFakeProvider(upstream), clock });
afterAll(async () => {
  await server.close();
  await upstream.close();
});
const clients = createAllClients(server);

/** The model `slow` never gives a token: its answer waits for what never comes. */
const never = new Promise<never>(() => {});
upstream.respondAlways(({ body }) =>
  body.includes('"slow"') ? sseReply([never]) : sseReply([textChunk('Here'), stopChunk, '[DONE]']),
);

/** Lets the time of the next first-token timeout be over. */
async function runTimeout(): Promise<void> {
  for (;;) {
    const timer = await clock.nextTimer();
    if (timer.delayMs !== 300 || !timer.isPending) continue;
    timer.fire();
    return;
  }
}

const slow = { variant_id: 'slow', model_id: 'fake/slow', model_selection: { models: ['fake/quick'] } };
const impatient = { ...slow, fallback: { ttft_timeout: '300ms' } };
const patient = { ...slow, fallback: { ttft_timeout: '600s' } };
const modes = clients.flatMap((client) => answerModes.map((mode) => ({ client, protocol: client.protocol, mode })));

describe.each(modes)('a model without a first token in 300 ms, $mode over $protocol', ({ client, mode }) => {
  const suffix = `${mode}-by-${toNamePart(client.protocol)}`;

  const onRequest = { extra_body: { fallback: { ttft_timeout: '300ms' } } };

  test.each<[where: string, request: JsonObject, variant: JsonObject]>([
    ['request', onRequest, slow],
    ['variant', {}, impatient],
    ['request over the variant', onRequest, patient],
  ])('gives way to the next one before a byte is sent, when the %s asks for it', async (where, fields, variant) => {
    const name = `${toNamePart(where)}-${suffix}`;
    await client.createRouter({ name, defaultRoute: createRoute('rest', variant) });
    const request = { model: `inworld/${name}`, messages: hello, ...fields };
    let isAnswered = false;
    const answering = client.chat(request, mode).finally(() => {
      isAnswered = true;
    });
    const asked = await upstream.nextRequest();
    expect(asked.json()).toMatchObject({ model: 'slow' });
    expect(isAnswered).toBe(false);
    await runTimeout();

    // Every chunk and the head name the model, and put together they would not be whole if any named the slow one.
    const answer = await answering;
    expect(answer).toMatchObject({ model: 'fake/quick', choices: [{ message: { content: 'Here' } }] });
    expect(answer.metadata?.attempts).toMatchObject([
      { model: 'fake/slow', success: false, errorCode: 'FIRST_TOKEN_TIMEOUT' },
      { model: 'fake/quick', success: true },
    ]);
    expect((await asked.closed).replied).toBe(false);
    expect((await upstream.nextRequest()).json()).toMatchObject({ model: 'quick' });
  });
});

describe.each(clients)('299ms over $protocol', (client) => {
  test.each(answerModes)('is refused on a request that is to be answered %s', async (mode) => {
    const requestCount = upstream.requests.length;
    const request = { model: 'fake/quick', messages: hello, extra_body: { fallback: { ttft_timeout: '299ms' } } };
    const refusal = await catchRefusal(client.chat(request, mode));
    expect(refusal).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      fields: ['extra_body.fallback.ttft_timeout'],
      message: expect.stringContaining('300ms'),
    });
    expect(upstream.requests.length).toBe(requestCount);
  });

  test('is refused on a variant that is to be saved', async () => {
    const hasty = { ...slow, fallback: { ttft_timeout: '299ms' } };
    const router = { name: 'hasty', defaultRoute: createRoute('rest', hasty) };
    const refusal = await catchRefusal(client.createRouter(router));
    expect(refusal).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      fields: ['default_route.variants[0].variant.fallback.ttft_timeout'],
    });
    expect(await client.listRouters()).not.toContain('hasty');
  });
});
