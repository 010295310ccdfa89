import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { startTestServer } from '../../support/test-server.ts';
import { type ApiClient, catchRefusal, type Refusal } from './api-client.ts';
import { createApiClients } from './api-clients.ts';
import { createConditional, createModelRoute, createRoute, hello } from './router-json.ts';

const server = await startTestServer();
afterAll(() => server.close());
const clients = createApiClients(server).filter(({ protocol }) => protocol !== 'Connect');
const [rest] = clients;

const defaultRoute = createModelRoute('rest', 'sandbox/echo');
const kept = await rest?.createRouter({ name: 'kept', displayName: 'Kept', defaultRoute });

/** Runs a call that must be refused beside a good one, which must not notice. */
async function refuseBesideACall(client: ApiClient, run: () => Promise<unknown>): Promise<Refusal> {
  const [refusal, answer] = await Promise.all([
    catchRefusal(run()),
    client.chat({ model: 'inworld/kept', messages: hello }, 'streamed'),
  ]);
  expect(answer.model).toBe('sandbox/echo');
  return refusal;
}

const withCondition = (expression: string): JsonObject => ({
  routes: [createConditional(expression, createModelRoute('a', 'sandbox/echo'))],
});
const withTemplate = (content: string): JsonObject => ({
  defaultRoute: createRoute('rest', {
    variant_id: 'a',
    model_id: 'sandbox/echo',
    message_templates: [{ role: 'system', content }],
  }),
});
const condition = 'routes[0].condition.cel_expression';
const template = 'default_route.variants[0].variant.message_templates[0].content';

const routers: [what: string, fields: JsonObject, field: string][] = [
  ['a name with slashes', { name: 'a/b', defaultRoute }, 'name'],
  ['a name with slashes below routers/', { name: 'routers/a/b', defaultRoute }, 'name'],
  [
    '10,000 routes',
    {
      routes: Array.from({ length: 10_000 }, (_, index) =>
        createConditional('true', createModelRoute(`route-${index}`, 'sandbox/echo')),
      ),
    },
    'routes',
  ],
  ['a condition of 1 MB', withCondition(`tier == "${'a'.repeat(1_000_000)}"`), condition],
  [
    'a condition of parentheses 10,000 deep',
    withCondition(`${'('.repeat(10_000)}true${')'.repeat(10_000)}`),
    condition,
  ],
  ['a condition of lists 2,000 deep', withCondition(`${'['.repeat(2000)}${']'.repeat(2000)} == []`), condition],
  ['a condition of negations 4,000 deep', withCondition(`${'!'.repeat(4000)}true`), condition],
  ['a template with unclosed braces', withTemplate('Hello {{name'), template],
  ['a template with no name in its braces', withTemplate('Hello {{}}'), template],
];

describe.each(clients)('over $protocol', (client) => {
  test.each(routers)('%s cannot be created', async (_what, fields, field) => {
    const refusal = await refuseBesideACall(client, () => client.createRouter({ name: 'bad', ...fields }));
    expect(refusal).toMatchObject({ code: Code.INVALID_ARGUMENT, fields: [field] });
    expect(refusal.message).toContain('invalid');
    expect(refusal.message.length).toBeLessThan(1000);
    expect(await client.listRouters()).toEqual(['kept']);
  });

  test.each(routers.slice(2))('%s cannot become a part of a router', async (_what, fields, field) => {
    const refusal = await refuseBesideACall(client, () => client.updateRouter({ name: 'kept', ...fields }));
    expect(refusal).toMatchObject({ code: Code.INVALID_ARGUMENT, fields: [field] });
    expect(await client.getRouter('kept')).toEqual(kept);
  });

  test.each([
    ['an unknown field', 'nonsense'],
    ['a mask in the wrong case', 'displayname'],
    ['a mask in kebab-case', 'display-name'],
    ['a field that cannot be changed', 'create_time'],
    ['a path into a list', 'routes.route_id'],
  ])('an update of %s is refused', async (_what, path) => {
    const change = { name: 'kept', displayName: 'Changed' };
    const refusal = await refuseBesideACall(client, () => client.updateRouter(change, [path]));
    expect(refusal).toMatchObject({ code: Code.INVALID_ARGUMENT, fields: ['update_mask'] });
    expect(refusal.message).toContain(path);
    expect(await client.getRouter('kept')).toEqual(kept);
  });

  test('a body of more than 10 MB is refused, and what follows on its connection is not', async () => {
    const router = { name: 'bad', displayName: 'a'.repeat(10 * 1024 * 1024), defaultRoute };
    const refusal = await refuseBesideACall(client, () => client.createRouter(router));
    expect(refusal).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(refusal.message).toMatch(/large|bytes|max/i);
    expect(await client.listRouters()).toEqual(['kept']);
  });
});

test('an unknown field in the body of a PATCH is refused by its name', async () => {
  const change = { name: 'kept', displayName: 'Changed', nonsense: true };
  expect(await catchRefusal(rest?.updateRouter(change) ?? Promise.resolve())).toMatchObject({
    code: Code.INVALID_ARGUMENT,
    fields: ['nonsense'],
  });
  expect(await rest?.getRouter('kept')).toEqual(kept);
});
