import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { RouterService } from '../../gen/signalbox/router/v1/router_service_pb.ts';
import { createManualClock } from '../wire/one-port-harness.ts';
import { plainRouter, reasonOf, startRouterRig } from '../wire/router-rig.ts';

const path = '/router/v1/routers';

test('a change that changes nothing has an operation of its own time, a day after the router was saved too', async () => {
  const clock = createManualClock();
  const rig = await startRouterRig({ clock });
  const created = await rig.send('POST', path, { body: plainRouter() });
  clock.advance(2 * 86_400_000);
  const { body } = await rig.send('PATCH', `${path}/support`, { body: plainRouter() });
  expect(body['response']).toEqual(created.body['response']);
  expect(body).toMatchObject({ metadata: { createTime: new Date(clock.nowMs()).toISOString().replace('.000Z', 'Z') } });
  const url = `/lro/v1alpha/${String(body['name'])}`;
  expect(await rig.send('GET', url)).toMatchObject({ status: 200, body });
  clock.advance(86_399_999);
  expect((await rig.send('GET', url)).status).toBe(200);
  clock.advance(1);
  expect(reasonOf(await rig.send('GET', url))).toBe('OPERATION_UNKNOWN');
});

test('changes without an etag are all made, however many come at once', async () => {
  const rig = await startRouterRig();
  await rig.send('POST', path, { body: plainRouter() });
  const changes = Array.from({ length: 20 }, (_, index) =>
    rig.send('PATCH', `${path}/support`, { body: { displayName: `change ${index}` } }),
  );
  expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(changes.map(() => 200));
});

test('a page of long routers has about 4 MiB', async () => {
  const rig = await startRouterRig();
  const templates = Array.from({ length: 32 }, () => ({ role: 'system', content: 'x'.repeat(10_000) }));
  const variants = Array.from({ length: 3 }, (_, index) => ({
    weight: index === 0 ? 100 : 0,
    variant: { variant_id: `v${index}`, model_id: 'openai/gpt-5', message_templates: templates },
  }));
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const created = await rig.send('POST', path, { body: { name, defaultRoute: { variants } } });
    expect(created.status).toBe(200);
  }
  const first = await rig.send('GET', path);
  expect(first.body).toMatchObject({ routers: ['a', 'b', 'c', 'd'].map((name) => ({ name })) });
  const token = encodeURIComponent(String(first.body['next_page_token']));
  const second = await rig.send('GET', `${path}?page_token=${token}`);
  expect(second.body).toMatchObject({ routers: ['e', 'f'].map((name) => ({ name })), next_page_token: '' });
});

test.each(['routers/routers/x', 'routers/routers/routers/x'])('%s is no name of a router', async (name) => {
  const rig = await startRouterRig();
  const answer = await rig.send('POST', path, { body: { ...plainRouter(), name } });
  expect([answer.status, reasonOf(answer)]).toEqual([400, 'INVALID_FIELD']);
  expect(await rig.send('POST', path, { body: { ...plainRouter(), name: 'routers/x' } })).toMatchObject({
    status: 200,
    body: { response: { name: 'x' } },
  });
});

test('routers/NAME is a name over RPC, and twice the prefix is none', async () => {
  const rig = await startRouterRig();
  const transport = createConnectTransport({
    baseUrl: rig.origin,
    httpVersion: '2',
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', rig.authorize('all'));
        return next(request);
      },
    ],
  });
  const client = createClient(RouterService, transport);
  const defaultRoute = { variants: [{ weight: 100, variant: { variantId: 'a', modelId: 'openai/gpt-5' } }] };
  expect((await client.createRouter({ router: { name: 'routers/x', defaultRoute } })).name).toBe('x');
  await expect(client.createRouter({ router: { name: 'routers/routers/y', defaultRoute } })).rejects.toThrow(/name/);
});
