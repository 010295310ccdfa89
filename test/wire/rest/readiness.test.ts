import { expect, test } from 'vitest';
import { startRouterRig } from '../router-rig.ts';

test('counts what it tells of the files that routers come from, and is ready all the same', async () => {
  const problems = [
    '/srv/routers.yaml is not valid YAML.',
    'The router secret-launch of the workspace acme is there already.',
  ];
  const rig = await startRouterRig({
    readRouterFiles: () => ({ isCurrent: false, problems, routerCount: 1, notices: [] }),
  });
  const { status, body } = await rig.send('GET', '/readyz', { key: null });
  expect(status).toBe(200);
  // No more than this: nobody has shown a key.
  expect(body).toEqual({ status: 'ready', routers: { files: { is_current: false, routers: 1, problems: 2 } } });
});

test('says nothing of files where there are none', async () => {
  const rig = await startRouterRig({ readRouterFiles: () => undefined });
  expect((await rig.send('GET', '/readyz', { key: null })).body).toEqual({ status: 'ready' });
});

test('says that the store fails, and is ready all the same: chat goes on without it', async () => {
  let isWorking = false;
  const rig = await startRouterRig({ isStoreWorking: () => isWorking });
  const { status, body } = await rig.send('GET', '/readyz', { key: null });
  expect([status, body]).toEqual([200, { status: 'ready', store: 'failing' }]);
  isWorking = true;
  expect((await rig.send('GET', '/readyz', { key: null })).body).toEqual({ status: 'ready' });
});
