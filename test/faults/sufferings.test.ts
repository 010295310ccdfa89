import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { formatCredential } from '../../src/auth/credential.ts';
import { chatEverywhere, createApiClients } from '../clients/acceptance/api-clients.ts';
import { hello } from '../clients/acceptance/router-json.ts';
import { startServerProcess, writeConfig } from '../clients/acceptance/server-process.ts';
import { createTemporaryFolder } from '../storage/temporary-folder.ts';
import { always, createFaultServer } from '../support/fault-server.ts';
import { startTestServer } from '../support/test-server.ts';
import { callEverywhere, everywhere } from './every-protocol.ts';

const maxBodyBytes = 4096;
const maxMessages = 3;
const faults = await createFaultServer();
const limited = faults.addProvider(
  'limited',
  'openai-chat',
  always({ kind: 'refuse', refusal: 'rate-limit', retryAfterS: 600 }),
);
const refusing = faults.addProvider('refusing', 'anthropic', always({ kind: 'refuse', refusal: 'context' }));
const config = `
${faults.configure()}
server: { max_body_bytes: ${maxBodyBytes} }
calls: { max_messages: ${maxMessages} }
keys:
  - { id: reader, secret: reading-only, scopes: [router.read] }
`;
const server = await startTestServer({ config });
afterAll(async () => {
  await server.close();
  await faults.close();
});

const message = { role: 'user', content: 'Hello!' };
const request = { model: 'sandbox/echo', messages: [message] };

describe('no way of calling goes around', () => {
  test('the call itself: all of them are answered', async () => {
    const statuses = await callEverywhere(server, request);
    expect(statuses.length).toBeGreaterThan(20);
    expect(statuses).toEqual(statuses.map(({ by }) => ({ by, status: undefined })));
  });

  test('keys', async () => {
    const statuses = await callEverywhere(server, request, null);
    expect(statuses).toEqual(everywhere(statuses, 401, 'Unauthenticated'));
    const wrong = await callEverywhere(server, request, `Bearer ${formatCredential('reader', 'wrong')}`);
    expect(wrong).toEqual(everywhere(wrong, 401, 'Unauthenticated'));
  });

  test('scopes', async () => {
    const statuses = await callEverywhere(server, request, `Bearer ${formatCredential('reader', 'reading-only')}`);
    expect(statuses).toEqual(everywhere(statuses, 403, 'PermissionDenied'));
  });

  test('the limit of bodies', async () => {
    const content = 'a'.repeat(2 * maxBodyBytes);
    const statuses = await callEverywhere(server, { ...request, messages: [{ ...message, content }] });
    expect(statuses).toEqual(everywhere(statuses, 413, 'ResourceExhausted'));
  });

  test('the limit of messages', async () => {
    const messages = Array.from({ length: maxMessages + 1 }, () => message);
    const statuses = await callEverywhere(server, { ...request, messages });
    expect(statuses).toEqual(everywhere(statuses, 400, 'InvalidArgument'));
  });
});

describe('an error keeps its meaning on every protocol', () => {
  test('a rate limit is 429, and no failure of the server', async () => {
    const statuses = await callEverywhere(server, { ...request, model: limited.model });
    expect(statuses).toEqual(everywhere(statuses, 429, 'ResourceExhausted'));
  });

  test('a request that the provider refuses is 400, and no failure of the server', async () => {
    const statuses = await callEverywhere(server, { ...request, model: refusing.model });
    expect(statuses).toEqual(everywhere(statuses, 400, 'InvalidArgument'));
  });
});

test('a database that is gone stops no chat', async () => {
  const folder = await createTemporaryFolder();
  await writeConfig(folder, '');
  const place = await startServerProcess(folder);
  const clients = createApiClients(place);
  const before = await chatEverywhere(clients, { model: 'sandbox/echo', messages: hello });

  // Every table is gone: whatever the server says to its store fails from now on.
  const database = new DatabaseSync(join(folder, 'routers.db'));
  onTestFinished(() => database.close());
  const tables = database.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
  for (const { name } of tables.all()) database.exec(`alter table "${name}" rename to "${name}_away"`);
  await place.program.waitForLogLine('The store of routers fails.[^"]*');

  const after = await chatEverywhere(clients, { model: 'sandbox/echo', messages: hello });
  const texts = (answers: typeof before) => answers.map(({ by, answer }) => [by, answer.choices[0]?.message?.content]);
  expect(texts(after)).toEqual(texts(before));
});
