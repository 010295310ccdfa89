import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { startTestServer } from '../../support/test-server.ts';
import { type ApiClient, catchRefusal } from './api-client.ts';
import { chatEverywhere, createAllClients, createApiClients } from './api-clients.ts';
import { createConditional, createRoute, createSplit, hello, toNamePart } from './router-json.ts';

const server = await startTestServer();
/** Draws 0.005, 0.015 and so on up to 0.995, and then again from the start. */
const evenServer = await startTestServer({ random: createEvenDraws(100) });
afterAll(() => Promise.all([server.close(), evenServer.close()]));
const clients = createAllClients(server);
const evenClients = createAllClients(evenServer);

function createEvenDraws(count: number): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return (((drawn - 1) % count) + 0.5) / count;
  };
}

const shares = { defaultRoute: createSplit(70, 30) };

/** How many of so many calls get the variant `heavy`. The clients take turns, one in two calls is streamed. */
async function countHeavy(callers: readonly ApiClient[], model: string, callCount: number): Promise<number> {
  const calls = Array.from({ length: callCount }, async (_, index) => {
    const mode = Math.floor(index / callers.length) % 2 === 0 ? 'whole' : 'streamed';
    const answer = await callers[index % callers.length]?.chat({ model, messages: hello }, mode);
    return answer?.metadata?.variantId;
  });
  const variants = await Promise.all(calls);
  expect(variants.filter((variant) => variant !== 'heavy' && variant !== 'light')).toEqual([]);
  return variants.filter((variant) => variant === 'heavy').length;
}

/** How far a count of so many draws is from what is expected, but for one time in 10^9 (W. Hoeffding, 1963, theorem 1). */
function boundDeviation(callCount: number): number {
  return Math.sqrt((callCount * Math.log(2e9)) / 2);
}

describe('weights of 70 and 30', () => {
  test('are kept to the call by even draws', async () => {
    await evenClients[0]?.createRouter({ name: 'even', ...shares });
    expect(await countHeavy(evenClients, 'inworld/even', 100)).toBe(70);
  });

  test('are kept by chance within its bounds', async () => {
    await clients[0]?.createRouter({ name: 'by-chance', ...shares });
    const callCount = 400;
    const heavyCount = await countHeavy(clients, 'inworld/by-chance', callCount);
    expect(Math.abs(heavyCount - 0.7 * callCount)).toBeLessThan(boundDeviation(callCount));
  });

  test('are kept by users, each of whom has one variant, over every protocol and as explained', async () => {
    await clients[1]?.createRouter({ name: 'by-user', ...shares });
    const userCount = 20;
    let heavyCount = 0;
    for (let index = 0; index < userCount; index += 1) {
      const request = { model: 'inworld/by-user', messages: hello, user: `user-${index}` };
      const answers = await chatEverywhere(clients, request);
      const explained = await Promise.all(clients.map((client) => client.explain(request)));
      const variants = [
        ...answers.map(({ answer }) => answer.metadata?.variantId),
        ...explained.map(({ variantId }) => variantId),
      ];
      expect(new Set(variants).size, request.user).toBe(1);
      if (variants[0] === 'heavy') heavyCount += 1;
    }
    // The users are always the same, so this is always the same number.
    expect(heavyCount).toBeGreaterThan(userCount / 2);
    expect(heavyCount).toBeLessThan(userCount);
  });
});

describe.each(createApiClients(server))('over $protocol', (client) => {
  const name = `weights-by-${toNamePart(client.protocol)}`;

  test('weights of 60 and 30 are refused, with everything else that is wrong, at once', async () => {
    const twin = { variant_id: 'twin', model_id: 'sandbox/echo' };
    const refusal = await catchRefusal(
      client.createRouter({
        name,
        routes: [
          createConditional('size(', createRoute('first', twin)),
          createConditional('true', createRoute('first', twin, { ...twin, model_id: '' })),
        ],
        defaultRoute: createSplit(60, 30),
      }),
    );
    expect(refusal.code).toBe(Code.INVALID_ARGUMENT);
    expect(refusal.fields).toEqual([
      'default_route.variants',
      'routes[0].condition.cel_expression',
      'routes[1].route.route_id',
      'routes[1].route.variants[1].variant.model_id',
      'routes[1].route.variants[1].variant.variant_id',
    ]);
    expect((await catchRefusal(client.getRouter(name))).code).toBe(Code.NOT_FOUND);
  });

  test('a change to such weights is refused, and the router stays as it is', async () => {
    const saved = await client.createRouter({ name, ...shares });
    const refusal = await catchRefusal(client.updateRouter({ name, defaultRoute: createSplit(60, 30) }));
    expect(refusal.fields).toEqual(['default_route.variants']);
    expect((await client.getRouter(name)).etag).toBe(saved.etag);
  });
});
