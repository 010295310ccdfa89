import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { singleTries } from '../../support/single-tries.ts';
import { startTestServer } from '../../support/test-server.ts';
import { catchRefusal } from './api-client.ts';
import { chatEverywhere, createAllClients, createApiClients, refuseEverywhere } from './api-clients.ts';
import { createConditional, createModelRoute, createRoute, createSplit, hello } from './router-json.ts';

const server = await startTestServer({ config: singleTries });
afterAll(() => server.close());
const clients = createAllClients(server);

await clients[0]?.createRouter({
  name: 'explained',
  routes: [
    createConditional('tier == "premium"', createModelRoute('premium', 'sandbox/json')),
    createConditional('tier > 3', createModelRoute('broken', 'sandbox/json')),
    createConditional(
      'messages.last().content.matches("(?i)refund")',
      createRoute('refund', {
        variant_id: 'a',
        model_id: 'sandbox/error-500',
        model_selection: { models: ['sandbox/error-429', 'sandbox/echo', 'sandbox/tools'], ignore: ['sandbox/tools'] },
      }),
    ),
  ],
  defaultRoute: createSplit(70, 30),
});
await clients[0]?.createRouter({
  name: 'without-default',
  routes: [createConditional('false', createModelRoute('never', 'sandbox/echo'))],
});

const model = 'inworld/explained';

describe.each(createApiClients(server))('an explanation over $protocol', (client) => {
  test.each<[what: string, fields: JsonObject]>([
    ['that metadata chooses', { extra_body: { metadata: { tier: 'premium' } } }],
    ['that the messages choose, with failing models', { messages: [{ role: 'user', content: 'A REFUND, please' }] }],
    ['of the default route', { user: 'user-1' }],
    ['of another user of the default route', { user: 'user-2' }],
    ['whose metadata has another type', { user: 'user-3', extra_body: { metadata: { tier: 5 } } }],
    ['with fallbacks of its own', { user: 'user-4', extra_body: { models: ['sandbox/echo'] } }],
    ['that names no router', { model: 'sandbox/error-500', extra_body: { models: ['sandbox/echo'] } }],
  ])('of a call %s agrees with the call that follows', async (_what, fields) => {
    const request = { model, messages: hello, ...fields };
    const explained = await client.explain(request);
    const { router, routeId, variantId, reasoning, chain, refusal } = explained;
    expect(refusal).toBeUndefined();
    for (const { by, answer } of await chatEverywhere(clients, request)) {
      const { metadata } = answer;
      const tried = metadata?.attempts.map((attempt) => attempt.model) ?? [];
      expect({ router, routeId, variantId }, by).toEqual({
        router: metadata?.router,
        routeId: metadata?.routeId,
        variantId: metadata?.variantId,
      });
      expect(tried, by).toEqual(chain.slice(0, tried.length));
      expect(answer.model, by).toBe(tried.at(-1));
      // It cannot know which models fail: from the model on it speaks of the first one.
      const known = tried.length === 1 ? reasoning : reasoning.replace(/using .*$/i, '');
      expect(metadata?.reasoning.startsWith(known), `${by}: ${metadata?.reasoning}`).toBe(true);
    }
  });

  test('shows each verdict, the draw and every candidate', async () => {
    const refund = await client.explain({ model, messages: [{ role: 'user', content: 'refund' }] });
    expect(refund).toMatchObject({
      routeId: 'refund',
      chain: ['sandbox/error-500', 'sandbox/error-429', 'sandbox/echo'],
      candidates: [
        { model: 'sandbox/error-500', isIncluded: true },
        { model: 'sandbox/error-429', isIncluded: true },
        { model: 'sandbox/echo', isIncluded: true },
        { model: 'sandbox/tools', isIncluded: false, reason: expect.stringContaining('ignore') },
      ],
    });
    const byUser = await client.explain({
      model,
      messages: hello,
      user: 'user-1',
      extra_body: { metadata: { tier: 'free' } },
    });
    expect(byUser).toMatchObject({
      routeId: 'split',
      isRandom: false,
      routes: [
        { routeId: 'premium', isTaken: false, result: false, values: { tier: expect.anything() } },
        { routeId: 'broken', isTaken: false, result: false, error: expect.stringMatching(/\w/) },
        { routeId: 'refund', isTaken: false, result: false },
        { routeId: 'split', isTaken: true },
      ],
      variants: [
        { variantId: 'heavy', weight: 70, hash: expect.any(Number), score: expect.any(Number) },
        { variantId: 'light', weight: 30, hash: expect.any(Number), score: expect.any(Number) },
      ],
    });
    const best = byUser.variants.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))[0];
    expect([best?.variantId, best?.isChosen]).toEqual([byUser.variantId, true]);
    expect((await client.explain({ model, messages: hello })).isRandom).toBe(true);
  });

  test('of a call that is refused tells the refusal', async () => {
    const request = { model: 'inworld/without-default', messages: hello };
    const { refusal, routes } = await client.explain(request);
    expect(routes).toMatchObject([{ routeId: 'never', isTaken: false, result: false }]);
    for (const { message } of await refuseEverywhere(clients, request)) expect(refusal?.message).toBe(message);
    // A router that is not there is no fault of the explanation, but its answer.
    const unknown = { model: 'inworld/nobody', messages: hello };
    const [real] = await refuseEverywhere(clients, unknown);
    expect((await client.explain(unknown)).refusal?.message).toBe(real?.message);
    expect((await catchRefusal(client.explain({ messages: hello }))).fields).toEqual(['model']);
  });
});
