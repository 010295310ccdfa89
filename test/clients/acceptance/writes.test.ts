import { afterAll, describe, expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { formatCredential } from '../../../src/auth/credential.ts';
import { startTestServer } from '../../support/test-server.ts';
import { answerModes, catchRefusal } from './api-client.ts';
import { chatEverywhere, createAllClients, createApiClients, refuseEverywhere } from './api-clients.ts';
import { sendJson } from './rest-client.ts';
import { createConditional, createModelRoute, hello, toNamePart } from './router-json.ts';

const secret = 'the secret of the reader';
const config = `keys: [{ id: reader, secret: ${secret}, scopes: [router.read, inference] }]`;
const server = await startTestServer({ config });
afterAll(() => server.close());
const clients = createAllClients(server);
const readers = createApiClients({
  origin: server.origin,
  authorization: `Bearer ${formatCredential('reader', secret)}`,
});

const defaultRoute = createModelRoute('rest', 'sandbox/echo');
const routes = [createConditional('vip', createModelRoute('vip', 'sandbox/json'))];

describe.each(createApiClients(server))('what is written over $protocol', (writer) => {
  const name = `written-by-${toNamePart(writer.protocol)}`;
  const request = { model: `inworld/${name}`, messages: hello };

  test('is in force for the very next request over every protocol', async () => {
    const unknown = { code: Code.NOT_FOUND };
    for (const refusal of await refuseEverywhere(clients, request)) expect(refusal).toMatchObject(unknown);

    await writer.createRouter({ name, defaultRoute });
    for (const { by, answer } of await chatEverywhere(clients, request)) expect(answer.model, by).toBe('sandbox/echo');
    for (const client of clients) expect((await client.getRouter(name)).name, client.protocol).toBe(name);

    await writer.updateRouter({ name, defaultRoute: createModelRoute('rest', 'sandbox/json') }, ['default_route']);
    for (const { by, answer } of await chatEverywhere(clients, request)) expect(answer.model, by).toBe('sandbox/json');

    await writer.deleteRouter(name);
    for (const refusal of await refuseEverywhere(clients, request)) expect(refusal).toMatchObject(unknown);
    for (const client of clients) expect(await client.listRouters(), client.protocol).not.toContain(name);
  });

  test('with the mask display_name leaves the routes alone', async () => {
    const saved = await writer.createRouter({ name, displayName: 'Old', routes, defaultRoute });
    const change = { name, displayName: 'New', routes: [], defaultRoute: createModelRoute('other', 'sandbox/json') };
    const changed = await writer.updateRouter(change, ['display_name']);
    expect(changed.etag).not.toBe(saved.etag);
    for (const client of clients) {
      const router = await client.getRouter(name);
      expect(router, client.protocol).toEqual({
        ...saved,
        displayName: 'New',
        etag: changed.etag,
        updateTime: changed.updateTime,
      });
    }
    await writer.deleteRouter(name);
  });

  test('with an old etag is refused, and a creation of the same name too', async () => {
    const { etag } = await writer.createRouter({ name, defaultRoute });
    await writer.updateRouter({ name, displayName: 'Newer', etag });
    const late = await catchRefusal(writer.updateRouter({ name, displayName: 'Late', etag }));
    expect(late).toMatchObject({ code: Code.ABORTED, reason: 'ROUTER_CHANGED' });
    const twice = await catchRefusal(writer.createRouter({ name, defaultRoute }));
    expect(twice).toMatchObject({ code: Code.ALREADY_EXISTS, reason: 'ROUTER_EXISTS' });
    expect((await writer.getRouter(name)).displayName).toBe('Newer');
    await writer.deleteRouter(name);
  });
});

test('a PATCH with update_mask=displayName answers an operation that polls as done', async () => {
  const path = '/router/v1/routers';
  const creation = await sendJson(server, 'POST', path, { name: 'patched', routes, defaultRoute });
  const patch = { displayName: 'New', routes: [] };
  const operation = await sendJson(server, 'PATCH', `${path}/patched?update_mask=displayName`, patch);
  expect(operation).toMatchObject({
    name: expect.stringMatching(/^workspaces\/default\/operations\/[^/]+$/),
    done: true,
    response: { name: 'patched', displayName: 'New', routes, defaultRoute },
  });
  for (const written of [creation, operation]) {
    expect(await sendJson(server, 'GET', `/lro/v1alpha/${String(written['name'])}`)).toEqual(written);
  }
});

describe.each(readers)('a read-only key over $protocol', (reader) => {
  test('reads and calls, and its writes are refused with the name of the scope', async () => {
    const [writer] = clients;
    const name = `read-by-${toNamePart(reader.protocol)}`;
    const saved = await writer?.createRouter({ name, defaultRoute });
    expect(await reader.listRouters()).toContain(name);
    expect(await reader.getRouter(name)).toEqual(saved);
    for (const mode of answerModes) {
      expect((await reader.chat({ model: `inworld/${name}`, messages: hello }, mode)).model).toBe('sandbox/echo');
    }
    expect((await reader.explain({ model: `inworld/${name}`, messages: hello })).routeId).toBe('rest');
    const writes = [
      reader.createRouter({ name: 'mine', defaultRoute }),
      reader.updateRouter({ name, displayName: 'Mine' }),
      reader.deleteRouter(name),
    ];
    for (const refusal of await Promise.all(writes.map(catchRefusal))) {
      expect(refusal).toMatchObject({
        code: Code.PERMISSION_DENIED,
        message: expect.stringContaining('router.write'),
      });
    }
    expect(await reader.getRouter(name)).toEqual(saved);
    expect(await reader.listRouters()).not.toContain('mine');
  });
});
