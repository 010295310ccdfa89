import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { isJsonObject, type JsonValue } from '../../../src/core/json.ts';
import { routerYaml } from '../../routers/file-rig.ts';
import { createTemporaryFolder } from '../../storage/temporary-folder.ts';
import { type ApiClient, catchRefusal } from './api-client.ts';
import { chatEverywhere, createApiClients } from './api-clients.ts';
import { sendJson } from './rest-client.ts';
import { createModelRoute, hello } from './router-json.ts';
import { type ServerProcess, startServerProcess, writeConfig } from './server-process.ts';

const hourMs = 3_600_000;

/** How a server is told of changed files. */
const reloads: { how: string; pollMs: number; tell: (server: ServerProcess) => void }[] = [
  { how: 'on SIGHUP', pollMs: hourMs, tell: ({ program }) => program.kill('SIGHUP') },
  { how: 'by themselves', pollMs: 50, tell: () => {} },
];

/** Puts a file in the place of another one at once, so that no look at it sees half of it. */
async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function expectModel(clients: readonly ApiClient[], model: string): Promise<void> {
  const request = { model: 'inworld/from-file', messages: hello };
  for (const { by, answer } of await chatEverywhere(clients, request)) expect(answer.model, by).toBe(model);
}

/** What `/readyz` tells of the files. */
async function readFiles(server: ServerProcess): Promise<JsonValue | undefined> {
  const { status, routers } = await sendJson(server, 'GET', '/readyz');
  expect(status).toBe('ready');
  return isJsonObject(routers) ? routers['files'] : undefined;
}

test.each(reloads)(
  'changed files are taken $how, and broken ones leave the last good state',
  async ({ pollMs, tell }) => {
    const folder = await createTemporaryFolder();
    const file = join(folder, 'routers', 'from-file.yaml');
    await mkdir(join(folder, 'routers'));
    await writeFile(file, routerYaml('from-file', 'First', 'sandbox/echo'));
    await writeConfig(folder, `routers_dir: routers\nrouting: { files_poll_ms: ${pollMs} }`);
    const server = await startServerProcess(folder);
    const clients = createApiClients(server);
    await expectModel(clients, 'sandbox/echo');
    expect(await readFiles(server)).toEqual({ is_current: true, routers: 1, problems: 0 });

    const taken = '"notice":"files-taken"[^\\n]*';
    await replaceFile(file, routerYaml('from-file', 'Second', 'sandbox/json'));
    tell(server);
    await server.program.stdout.waitFor(new RegExp(taken));
    await expectModel(clients, 'sandbox/json');

    await replaceFile(file, routerYaml('from-file', 'Broken', 'sandbox/echo').replace('weight: 100', 'weight: 90'));
    tell(server);
    await server.program.stdout.waitFor(/"notice":"files-rejected".*from-file\.yaml:\d+: [^"]*variants[^"]*100/);
    await expectModel(clients, 'sandbox/json');
    expect(await readFiles(server)).toEqual({ is_current: false, routers: 1, problems: 1 });

    for (const client of clients) {
      const name = 'from-file';
      const writes = [
        client.createRouter({ name, defaultRoute: createModelRoute('rest', 'sandbox/echo') }),
        client.updateRouter({ name, displayName: 'Mine' }),
        client.deleteRouter(name),
      ];
      for (const refusal of await Promise.all(writes.map(catchRefusal))) {
        expect(refusal, client.protocol).toMatchObject({ code: Code.FAILED_PRECONDITION, reason: 'ROUTER_READ_ONLY' });
        expect(refusal.message).toContain('comes from from-file.yaml on the server');
      }
      expect(await client.getRouter(name), client.protocol).toMatchObject({ displayName: 'Second', readOnly: true });
    }

    await replaceFile(file, routerYaml('from-file', 'Third', 'sandbox/echo'));
    tell(server);
    await server.program.stdout.waitFor(new RegExp(`${taken}\\n[^]*${taken}`));
    await expectModel(clients, 'sandbox/echo');
    expect(await readFiles(server)).toEqual({ is_current: true, routers: 1, problems: 0 });
    await rm(file);
    tell(server);
    await server.program.stdout.waitFor(new RegExp(`${taken}\\n[^]*${taken}\\n[^]*${taken}`));
    expect(await clients[0]?.listRouters()).toEqual([]);
  },
);
