import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatCredential } from '../../src/auth/credential.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { startTestServer } from '../support/test-server.ts';
import { readJson } from '../wire/rest/chat-rig.ts';
import { plainRouter } from '../wire/router-rig.ts';

const scopes = 'scopes: [inference, router.read, router.write]';
const server = await startTestServer({
  config: `keys: [{ id: mine, secret: s1, workspace: one, ${scopes} }, { id: other, secret: s2, workspace: two, ${scopes} }]`,
});
afterAll(() => server.close());

function send(id: 'mine' | 'other', method: string, path: string, body?: JsonObject): Promise<Response> {
  const authorization = `Bearer ${formatCredential(id, id === 'mine' ? 's1' : 's2')}`;
  const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) };
  return fetch(server.origin + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

const messages = [{ role: 'user', content: 'Hello!' }];
const name = 'the-router-of-one';
const path = `/router/v1/routers/${name}`;
let operation = '';

beforeAll(async () => {
  const created = await readJson(await send('mine', 'POST', '/router/v1/routers', plainRouter({ name })));
  operation = String(created['name']);
  expect((await send('mine', 'GET', `/lro/v1alpha/${operation}`)).status).toBe(200);
});

/** What an answer says, but for what is another each time. */
async function readWords(response: Response): Promise<string> {
  return (await response.text()).replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'an id');
}

describe('a key of another workspace', () => {
  const attempts: readonly (readonly [what: string, status: number, send: (router: string) => Promise<Response>])[] = [
    ['read', 404, (router) => send('other', 'GET', `/router/v1/routers/${router}`)],
    [
      'change',
      404,
      (router) =>
        send('other', 'PATCH', `/router/v1/routers/${router}?update_mask=display_name`, { displayName: 'Taken' }),
    ],
    ['delete', 404, (router) => send('other', 'DELETE', `/router/v1/routers/${router}`)],
    ['find as a model', 404, (router) => send('other', 'GET', `/v1/models/router/${router}`)],
    ['call', 404, (router) => send('other', 'POST', '/v1/chat/completions', { model: `router/${router}`, messages })],
    // An explanation tells of an unknown router as of everything else.
    [
      'explain',
      200,
      (router) => send('other', 'POST', '/router/v1/routers:explain', { model: `router/${router}`, messages }),
    ],
  ];

  test.each(attempts)(
    'cannot %s a router: it is told what it is told of one that is not there',
    async (_what, status, attempt) => {
      const refused = await attempt(name);
      expect(refused.status).toBe(status);
      const unknown = await readWords(await attempt('nothing-at-all'));
      expect(await readWords(refused)).toBe(unknown.replaceAll('nothing-at-all', name));
      expect((await send('mine', 'GET', path)).status).toBe(200);
    },
  );

  test('sees none in a list, of routers or of models', async () => {
    for (const list of ['/router/v1/routers', '/v1/models', '/llm/v1alpha/models']) {
      expect((await (await send('other', 'GET', list)).text()).includes(name), list).toBe(false);
    }
    expect(await (await send('mine', 'GET', '/v1/models')).text()).toContain(name);
  });

  test('cannot read the operation that made it', async () => {
    expect((await send('other', 'GET', `/lro/v1alpha/${operation}`)).status).toBe(404);
  });

  test('has a router of the same name for itself', async () => {
    expect(
      (await send('other', 'POST', '/router/v1/routers', plainRouter({ name, displayName: 'Another' }))).status,
    ).toBe(200);
    expect(await readJson(await send('mine', 'GET', path))).toMatchObject({
      displayName: 'Support',
    });
    expect((await send('other', 'DELETE', path)).status).toBe(200);
    expect((await send('mine', 'GET', path)).status).toBe(200);
  });
});
