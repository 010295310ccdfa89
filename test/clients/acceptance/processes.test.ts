import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import { Code } from '../../../gen/google/rpc/code_pb.ts';
import { RouterService } from '../../../gen/signalbox/router/v1/router_service_pb.ts';
import { createTemporaryFolder } from '../../storage/temporary-folder.ts';
import { type ApiClient, catchRefusal } from './api-client.ts';
import { createApiClients } from './api-clients.ts';
import { createRestClient } from './rest-client.ts';
import { createModelRoute, createSplit, hello } from './router-json.ts';
import { createGrpcTransportTo } from './rpc-client.ts';
import { type ServerProcess, startServerProcess, writeConfig } from './server-process.ts';

const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);

/** The variant of each user. The clients take turns, which begin with another one each time. */
async function listVariants(clients: readonly ApiClient[], model: string, firstClient = 0): Promise<unknown[]> {
  const calls = users.map(async (user, index) => {
    const client = clients[(index + firstClient) % clients.length];
    const answer = await client?.chat({ model, messages: hello, user }, index % 2 === 0 ? 'whole' : 'streamed');
    return answer?.metadata?.variantId;
  });
  return await Promise.all(calls);
}

test('what was acknowledged outlives kill -9, and users keep their variants on every process', async () => {
  const folder = await createTemporaryFolder();
  await writeConfig(folder, '');
  const first = await startServerProcess(folder);
  const clients = createApiClients(first);
  const [rest, grpc] = clients;
  await rest?.createRouter({ name: 'split', defaultRoute: createSplit(70, 30) });
  const before = await listVariants(clients, 'inworld/split');
  expect(new Set(before)).toEqual(new Set(['heavy', 'light']));
  await rest?.createRouter({ name: 'last', defaultRoute: createModelRoute('rest', 'sandbox/echo') });
  const last = await grpc?.updateRouter({ name: 'last', displayName: 'The very last' });
  first.program.kill('SIGKILL');
  expect(await first.program.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const [second, third] = await Promise.all([startServerProcess(folder), startServerProcess(folder)]);
  for (const [index, place] of [second, third].entries()) {
    const others = createApiClients(place);
    expect(await listVariants(others, 'inworld/split', index + 1)).toEqual(before);
    for (const client of others) expect(await client.getRouter('last'), client.protocol).toEqual(last);
  }
});

/** Watches the routers of a server until one of this name and display name is in force. */
async function waitForRouter(place: ServerProcess, name: string, displayName: string): Promise<void> {
  const controller = new AbortController();
  const client = createClient(RouterService, createGrpcTransportTo(place));
  try {
    for await (const { event } of client.watchRouters({}, { signal: controller.signal })) {
      if (event.case === 'saved' && event.value.name === name && event.value.displayName === displayName) return;
    }
    throw new Error('the watch is over');
  } finally {
    controller.abort();
  }
}

test('what is saved on one server is in force on another, and neither needs the store to answer', async () => {
  const folder = await createTemporaryFolder();
  await writeConfig(folder, 'routing: { poll_ms: 50 }');
  const [writing, reading] = await Promise.all([startServerProcess(folder), startServerProcess(folder)]);
  const writer = createRestClient(writing);
  const readers = createApiClients(reading);
  const request = { model: 'inworld/shared', messages: hello };

  await writer.createRouter({
    name: 'shared',
    displayName: '1',
    defaultRoute: createModelRoute('rest', 'sandbox/echo'),
  });
  await waitForRouter(reading, 'shared', '1');
  for (const reader of readers) expect((await reader.chat(request, 'streamed')).model).toBe('sandbox/echo');
  const defaultRoute = createModelRoute('rest', 'sandbox/json');
  const { etag } = await writer.updateRouter({ name: 'shared', displayName: '2', defaultRoute });
  await waitForRouter(reading, 'shared', '2');
  for (const reader of readers) expect((await reader.chat(request, 'whole')).model).toBe('sandbox/json');

  // The table is gone: every statement of the servers fails from now on.
  const database = new DatabaseSync(join(folder, 'routers.db'));
  onTestFinished(() => database.close());
  database.exec('alter table routers rename to routers_away');
  const failing = await reading.program.waitForLogLine('The store of routers fails.[^"]*');
  expect(failing).toMatchObject({ level: 'error', notice: 'store-failing' });
  for (const reader of readers) {
    expect((await reader.chat(request, 'whole')).model, reader.protocol).toBe('sandbox/json');
    expect((await reader.getRouter('shared')).etag, reader.protocol).toBe(etag);
    const writes = [
      reader.createRouter({ name: 'unsaved', defaultRoute }),
      reader.updateRouter({ name: 'shared', displayName: '3' }),
      reader.deleteRouter('shared'),
    ];
    for (const refusal of await Promise.all(writes.map(catchRefusal))) {
      expect(refusal, reader.protocol).toMatchObject({ code: Code.UNAVAILABLE, reason: 'STORE_FAILED' });
    }
    expect(await reader.listRouters(), reader.protocol).toEqual(['shared']);
  }
  const response = await fetch(`${reading.origin}/router/v1/routers`, {
    method: 'POST',
    headers: { authorization: reading.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'unsaved', defaultRoute }),
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);

  database.exec('alter table routers_away rename to routers');
  await reading.program.waitForLogLine('The store of routers works again.');
  await readers[1]?.updateRouter({ name: 'shared', displayName: '3', etag });
  await waitForRouter(writing, 'shared', '3');
});
