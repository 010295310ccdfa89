import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeServer } from '../../src/compose-server.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { providerKinds } from '../../src/providers/registry.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { startTestServer } from '../support/test-server.ts';
import { routerYaml } from './file-rig.ts';

test('a start that fails for its files of routers leaves the database closed', async () => {
  const folder = await createTemporaryFolder();
  const launch = loadConfig({
    argv: ['--config', 'test.yaml'],
    cwd: folder,
    env: {},
    readFile: () => Buffer.from(`storage: { url: "sqlite:${join(folder, 'signalbox.db')}" }\nrouters_dir: none\n`),
    knownKinds: providerKinds,
  });
  if (launch.action !== 'serve') throw new Error(`the configuration is for ${launch.action}`);
  const start = composeServer({ config: launch.config, clock: systemClock, logDestination: { write() {} } });
  await expect(start).rejects.toThrow(ConfigError);
  // SQLite removes the files beside it when the last connection is closed.
  expect((await readdir(folder)).filter((name) => name.startsWith('signalbox.db'))).toEqual(['signalbox.db']);
});

test('routers of files are warned of one by one, at the start and when they are others', async () => {
  const folder = await createTemporaryFolder();
  const write = async (name: string, model: string): Promise<void> => {
    const path = join(folder, `${name}.yaml`);
    await writeFile(path, routerYaml(name, '', model));
    await utimes(path, 0, 0);
  };
  await write('good', 'sandbox/echo');
  await write('bad', 'nobody/has-it');
  await write('worse', 'nobody/has-this');
  await using server = await startTestServer({
    config: `routers_dir: ${folder}\nrouting: { files_poll_ms: 3600000 }\n`,
  });
  const warnings = () =>
    server.log.flatMap((line) =>
      line['notice'] === 'file-router-warnings'
        ? [[line['level'], line['router'], line['file'], line['warnings']]]
        : [],
    );
  const about = (text: string) => [
    expect.stringContaining(`Route 'default', variant 'only': ${text} cannot be called now.`),
  ];
  const first = [
    ['warn', 'bad', 'bad.yaml', about('nobody/has-it')],
    ['warn', 'worse', 'worse.yaml', about('nobody/has-this')],
  ];
  expect(warnings()).toEqual(first);
  await write('good', 'nobody/has-that');
  await write('bad', 'sandbox/echo');
  await server.composition.reloadRouters();
  expect(warnings()).toEqual([...first, ['warn', 'good', 'good.yaml', about('nobody/has-that')]]);
});
