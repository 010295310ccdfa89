import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { startTestServer } from '../../support/test-server.ts';
import { catchRefusal } from './api-client.ts';
import { chatEverywhere, createAllClients, createApiClients, refuseEverywhere } from './api-clients.ts';
import { createConditional, createModelRoute, hello, toNamePart } from './router-json.ts';

const server = await startTestServer();
afterAll(() => server.close());
const clients = createAllClients(server);

const routes = [
  createConditional('tier == "premium"', createModelRoute('premium', 'sandbox/json')),
  createConditional('tier == "free"', createModelRoute('free', 'sandbox/refusal')),
];
const defaultRoute = createModelRoute('rest', 'sandbox/echo');
const noRoute = 'No route matched. Configure a default route or adjust conditions.';

describe.each(createApiClients(server))('with a router that is saved over $protocol', (writer) => {
  const name = `tiers-by-${toNamePart(writer.protocol)}`;
  const model = `inworld/${name}`;

  test('metadata selects the route, else the default one is taken, and without one the call is refused', async () => {
    await writer.createRouter({ name, routes, defaultRoute });
    const metadatas = [
      [{ tier: 'premium' }, 'premium', 'sandbox/json'],
      [{ tier: 'free' }, 'free', 'sandbox/refusal'],
      [{ tier: 'other' }, 'rest', 'sandbox/echo'],
      [undefined, 'rest', 'sandbox/echo'],
    ] as const;
    for (const [metadata, routeId, served] of metadatas) {
      const request = { model, messages: hello, ...(metadata && { extra_body: { metadata } }) };
      for (const { by, answer } of await chatEverywhere(clients, request)) {
        expect({ model: answer.model, ...answer.metadata }, by).toMatchObject({ model: served, router: name, routeId });
      }
    }

    await writer.updateRouter({ name }, ['default_route']);
    for (const { code, message } of await refuseEverywhere(clients, { model, messages: hello })) {
      expect({ code, message }).toEqual({ code: Code.INVALID_ARGUMENT, message: noRoute });
    }
    const request = { model, messages: hello, metadata: { tier: 'free' } };
    for (const { by, answer } of await chatEverywhere(clients, request)) {
      expect(answer.metadata?.routeId, by).toBe('free');
    }
  });
});

test.each(createApiClients(server))(
  'a condition that does not parse is refused over $protocol, with its place',
  async (client) => {
    const refusal = await catchRefusal(
      client.createRouter({
        name: 'broken',
        routes: [routes[0] ?? {}, createConditional('tier ==', createModelRoute('broken', 'sandbox/echo'))],
      }),
    );
    expect(refusal).toMatchObject({ code: Code.INVALID_ARGUMENT, fields: ['routes[1].condition.cel_expression'] });
    expect(refusal.message).toMatch(/line 1|column|position/i);
    expect(await client.listRouters()).not.toContain('broken');
  },
);
