import { expect, test } from 'vitest';
import { createManualClock } from '../one-port-harness.ts';
import { plainRouter, reasonOf, startRouterRig } from '../router-rig.ts';

const path = '/router/v1/routers';

test.each([
  ['as it is', (name: string) => name],
  ['encoded', encodeURIComponent],
])('an operation is polled by its name, %s, and answers the same', async (_how, encode) => {
  const rig = await startRouterRig({ describeModelProblems: () => ['Nobody has this model.'] });
  const created = await rig.send('POST', path, { body: plainRouter() });
  const updated = await rig.send('PATCH', `${path}/support`, { body: { displayName: 'New' } });
  await rig.send('DELETE', `${path}/support`);
  for (const { body } of [created, updated]) {
    const polled = await rig.send('GET', `/lro/v1alpha/${encode(String(body['name']))}`);
    expect(polled).toMatchObject({ status: 200, body });
    expect(polled.headers.get('content-type')).toMatch(/^application\/json/);
  }
  expect(updated.body).toMatchObject({ metadata: { verb: 'update' }, response: { displayName: 'New' } });
});

test('an operation of another workspace is as if it did not exist', async () => {
  const rig = await startRouterRig();
  const { body } = await rig.send('POST', path, { body: plainRouter() });
  const url = `/lro/v1alpha/${String(body['name'])}`;
  const answer = await rig.send('GET', url, { key: 'stranger' });
  expect([answer.status, reasonOf(answer)]).toEqual([404, 'OPERATION_UNKNOWN']);
  expect((await rig.send('GET', url)).status).toBe(200);
});

test('an operation is kept for 24 hours', async () => {
  const clock = createManualClock();
  const rig = await startRouterRig({ clock });
  const { body } = await rig.send('POST', path, { body: plainRouter() });
  const url = `/lro/v1alpha/${String(body['name'])}`;
  clock.advance(86_399_999);
  expect((await rig.send('GET', url)).status).toBe(200);
  clock.advance(1);
  expect(reasonOf(await rig.send('GET', url))).toBe('OPERATION_UNKNOWN');
});
