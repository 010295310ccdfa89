import { Code } from '@connectrpc/connect';
import { status } from '@grpc/grpc-js';
import { afterAll, describe, expect, test } from 'vitest';
import { ChatService } from '../../gen/signalbox/chat/v1/chat_service_pb.ts';
import { RouterService } from '../../gen/signalbox/router/v1/router_service_pb.ts';
import { formatCredential } from '../../src/auth/credential.ts';
import { startTestServer } from '../support/test-server.ts';
import { readJson } from '../wire/rest/chat-rig.ts';
import { catchConnectError } from './catch-connect-error.ts';
import { catchServiceError } from './catch-service-error.ts';
import { connectWires, createConnectClient } from './connect-clients.ts';
import { GrpcClient } from './grpc-client.ts';
import { createOpenAiClient } from './openai-client.ts';

const readerSecret = 'the secret of the reader';
const readOnly = `Bearer ${formatCredential('reader', readerSecret)}`;
const config = `keys: [{ id: reader, secret: ${readerSecret}, scopes: [router.read, inference] }]`;
const server = await startTestServer({ config });
afterAll(() => server.close());

const variant = (modelId: string) => [{ variant: { variantId: 'only', modelId }, weight: 100 }];
const routes = [
  {
    route: { routeId: 'premium', variants: variant('sandbox/json') },
    condition: { celExpression: 'tier == "premium"' },
  },
];
const defaultRoute = { routeId: 'rest', variants: variant('sandbox/echo') };
const messages = [{ role: 'user' as const, content: 'Hello' }];
const premium = { metadata: { tier: 'premium' } };

describe.each(connectWires)('a router that is saved over $protocol on HTTP/$httpVersion in $format', (wire) => {
  const name = `over-${wire.protocol}-${wire.httpVersion}-${wire.format}`.toLowerCase().replace('.', '-');
  const model = `router/${name}`;
  const routers = createConnectClient(RouterService, server, wire);
  const chat = createConnectClient(ChatService, server, wire);

  test('is in force for the next request, as is its change and its deletion', async () => {
    await routers.createRouter({ router: { name, routes, defaultRoute } });
    const first = await chat.createChatCompletion({ model, messages, extraBody: premium });
    expect([first.model, first.metadata?.routeId]).toEqual(['sandbox/json', 'premium']);
    const second = await chat.createChatCompletion({ model, messages });
    expect([second.model, second.metadata?.routeId]).toEqual(['sandbox/echo', 'rest']);

    await routers.updateRouter({ router: { name }, updateMask: { paths: ['default_route'] } });
    const refused = await catchConnectError(chat.createChatCompletion({ model, messages }));
    expect(refused.rawMessage).toBe('No route matched. Configure a default route or adjust conditions.');

    await routers.deleteRouter({ name });
    expect((await catchConnectError(chat.createChatCompletion({ model, messages }))).code).toBe(Code.NotFound);
  });

  test('is explained as it is routed', async () => {
    await routers.createRouter({ router: { name, routes, defaultRoute } });
    const request = { model, messages, extraBody: premium };
    const explained = await routers.explainRouting(request);
    const { metadata, model: served } = await chat.createChatCompletion(request);
    expect(explained).toMatchObject({ router: name, routeId: metadata?.routeId, variantId: metadata?.variantId });
    expect(explained.chain[0]).toBe(served);
    await routers.deleteRouter({ name });
  });

  test('is not saved with a key that may only read', async () => {
    const reader = createConnectClient(RouterService, server, wire, { authorization: readOnly });
    const refused = await catchConnectError(reader.createRouter({ router: { name, defaultRoute } }));
    expect(refused.code).toBe(Code.PermissionDenied);
    expect((await reader.listRouters({})).routers).toEqual([]);
  });
});

test('over grpc-js, with the warning of a model that nobody has', async () => {
  using client = new GrpcClient(server);
  const { createRouter, deleteRouter, getRouter } = RouterService.method;
  const name = 'over-grpc-js';
  const router = { name, defaultRoute: { variants: variant('nobody/model') } };
  const { message } = await client.callUnary(createRouter, { router });
  expect(message.warnings).toEqual([expect.stringContaining('nobody/model')]);
  await client.callUnary(deleteRouter, { name });
  expect((await catchServiceError(client.callUnary(getRouter, { name }))).code).toBe(status.NOT_FOUND);
});

test('over JSON: a creation, a change that polls as done, and a chat by the SDK of OpenAI', async () => {
  const send = async (method: string, path: string, body?: unknown, authorization = server.authorization) => {
    const response = await fetch(server.origin + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await readJson(response) };
  };
  const path = '/router/v1/routers';
  const route = (route_id: string, model_id: string) => ({
    route_id,
    variants: [{ variant: { variant_id: 'a', model_id }, weight: 100 }],
  });
  const router = {
    name: 'over-json',
    routes: [{ route: route('premium', 'sandbox/json'), condition: { cel_expression: 'tier == "premium"' } }],
    defaultRoute: route('rest', 'sandbox/echo'),
  };
  expect((await send('POST', path, router, readOnly)).status).toBe(403);
  expect(await send('POST', path, router)).toMatchObject({ status: 200, body: { done: true, response: router } });
  expect((await send('GET', path, undefined, readOnly)).status).toBe(200);

  const changed = await send('PATCH', `${path}/over-json?update_mask=displayName`, { displayName: 'New', routes: [] });
  expect(await send('GET', `/lro/v1alpha/${String(changed.body['name'])}`)).toEqual({
    status: 200,
    body: changed.body,
  });
  expect((await send('GET', `${path}/over-json`)).body).toMatchObject({ ...router, displayName: 'New' });

  const { completions } = createOpenAiClient(server).chat;
  const model = 'inworld/over-json';
  expect((await completions.create({ model, messages })).model).toBe('sandbox/echo');
  expect((await completions.create({ model, messages, ...{ extra_body: premium } })).model).toBe('sandbox/json');

  const explained = await send('POST', `${path}:explain`, { model, messages, extra_body: premium });
  expect(explained).toMatchObject({ status: 200, body: { route_id: 'premium', chain: ['sandbox/json'] } });
  expect(await send('DELETE', `${path}/over-json`)).toEqual({ status: 200, body: {} });
});
