import { expect, test } from 'vitest';
import { startRouterRig } from '../router-rig.ts';

test('tells of the files that routers come from, and is ready all the same', async () => {
  const problems = ['routers.yaml is not valid YAML.'];
  const rig = await startRouterRig({
    readRouterFiles: () => ({ isCurrent: false, problems, routerCount: 1, notices: [] }),
  });
  expect(await rig.send('GET', '/readyz', { key: null })).toMatchObject({
    status: 200,
    body: { status: 'ready', routers: { files: { is_current: false, problems } } },
  });
});

test('says nothing of files where there are none', async () => {
  const rig = await startRouterRig({ readRouterFiles: () => undefined });
  expect((await rig.send('GET', '/readyz', { key: null })).body).toEqual({ status: 'ready' });
});
