import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { isJsonObject } from '../../../src/core/json.ts';
import { fieldsOf, plainRoute, plainRouter, type RouterRig, reasonOf, startRouterRig } from '../router-rig.ts';

const path = '/router/v1/routers';

async function startWithRouter(): Promise<{ rig: RouterRig; etag: string }> {
  const rig = await startRouterRig();
  expect((await rig.send('POST', path, { body: plainRouter() })).status).toBe(200);
  const { body } = await rig.send('GET', `${path}/support`);
  return { rig, etag: String(body['etag']) };
}

/** The names of the routers of a page. */
function namesOf({ routers }: JsonObject): unknown[] {
  return Array.isArray(routers) ? routers.map((router) => isJsonObject(router) && router['name']) : [];
}

describe('a router', () => {
  test('is saved, read, listed, changed and deleted', async () => {
    const rig = await startRouterRig();
    const created = await rig.send('POST', path, { body: plainRouter() });
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({
      name: expect.stringMatching(/^workspaces\/default\/operations\/[0-9a-f-]{36}$/),
      metadata: {
        '@type': 'type.googleapis.com/signalbox.router.v1.OperationMetadata',
        router: 'support',
        verb: 'create',
        createTime: expect.stringMatching(/Z$/),
      },
      done: true,
      response: {
        '@type': 'type.googleapis.com/signalbox.router.v1.Router',
        ...plainRouter(),
        createTime: expect.any(String),
        updateTime: expect.any(String),
        etag: expect.any(String),
      },
    });
    const { '@type': _, ...router } = isJsonObject(created.body['response']) ? created.body['response'] : {};
    expect(await rig.send('GET', `${path}/support`)).toMatchObject({ status: 200, body: router });
    expect((await rig.send('GET', path)).body).toEqual({ routers: [router], next_page_token: '' });

    const updated = await rig.send('PATCH', `${path}/support?update_mask=displayName`, {
      body: { displayName: 'Help' },
    });
    expect(updated.body).toMatchObject({
      metadata: { router: 'support', verb: 'update' },
      response: { ...plainRouter(), displayName: 'Help' },
    });
    expect(await rig.send('DELETE', `${path}/support`)).toMatchObject({ status: 200, body: {} });
    expect(reasonOf(await rig.send('GET', `${path}/support`))).toBe('ROUTER_UNKNOWN');
  });

  test('may be written in snake_case and in camelCase at every level', async () => {
    const rig = await startRouterRig();
    const body = {
      display_name: 'Support Desk',
      default_route: {
        routeId: 'rest',
        variants: [{ variant: { variantId: 'only', modelId: 'sandbox/echo' }, weight: 100 }],
      },
    };
    expect((await rig.send('POST', path, { body })).body).toMatchObject({
      response: { name: 'support-desk', displayName: 'Support Desk', defaultRoute: plainRoute('rest') },
    });
  });

  test.each(['support', 'routers/support'])('is called %s by the query of its creation', async (name) => {
    const rig = await startRouterRig();
    const { name: _, ...body } = plainRouter();
    for (const parameter of ['router_id', 'routerId']) {
      const answer = await rig.send('POST', `${path}?${parameter}=${name}&validate_only=true`, { body });
      expect(answer.body).toMatchObject({ response: { name: 'support' } });
    }
    const other = await rig.send('POST', `${path}?router_id=other`, { body: plainRouter() });
    expect([other.status, fieldsOf(other)]).toEqual([400, ['name']]);
  });

  test('can be addressed as routers/NAME', async () => {
    const { rig } = await startWithRouter();
    expect((await rig.send('GET', `${path}/routers%2Fsupport`)).body).toMatchObject({ name: 'support' });
  });

  test('that exists already is not created again', async () => {
    const { rig } = await startWithRouter();
    const answer = await rig.send('POST', path, { body: plainRouter({ displayName: 'Another' }) });
    expect([answer.status, answer.body['code'], reasonOf(answer)]).toEqual([409, 6, 'ROUTER_EXISTS']);
    expect((await rig.send('GET', `${path}/support`)).body['displayName']).toBe('Support');
  });

  test('that has models that cannot be called is saved with warnings', async () => {
    const rig = await startRouterRig({ describeModelProblems: ({ name }) => [`${name}: nobody has this model.`] });
    const answer = await rig.send('POST', path, { body: plainRouter() });
    expect(answer.body).toMatchObject({ metadata: { warnings: ['support: nobody has this model.'] } });
    expect(answer.body['response']).not.toHaveProperty('warnings');
  });

  test('of another workspace is as if it did not exist', async () => {
    const { rig } = await startWithRouter();
    const key = 'stranger';
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', { displayName: 'Mine' }]] as const) {
      const answer = await rig.send(method, `${path}/support`, { key, ...(body && { body }) });
      expect([answer.status, answer.body['code'], reasonOf(answer)], method).toEqual([404, 5, 'ROUTER_UNKNOWN']);
    }
    expect((await rig.send('GET', path, { key })).body).toEqual({ routers: [], next_page_token: '' });
    expect((await rig.send('POST', path, { key, body: plainRouter() })).status).toBe(200);
  });
});

describe('an update', () => {
  test.each<[query: string, body: JsonObject, changed: Readonly<Record<string, unknown>>]>([
    ['?update_mask=displayName', { displayName: 'New', routes: [] }, { displayName: 'New' }],
    ['?updateMask=display_name', { display_name: 'New' }, { displayName: 'New' }],
    ['', { update_mask: 'displayName', displayName: 'New', routes: [] }, { displayName: 'New' }],
    [
      '',
      { updateMask: 'display_name,defaultRoute', displayName: 'New' },
      { displayName: 'New', defaultRoute: undefined },
    ],
    ['', { displayName: 'New' }, { displayName: 'New' }],
    ['', { displayName: '', defaultRoute: null }, { displayName: undefined }],
    ['?update_mask=', { routes: [] }, { routes: undefined }],
    ['?update_mask=routes', { routes: null }, { routes: undefined }],
    ['?update_mask=default_route', {}, { defaultRoute: undefined }],
    ['', {}, {}],
    [
      '?update_mask=*',
      { defaultRoute: plainRoute('new') },
      {
        displayName: undefined,
        routes: undefined,
        defaultRoute: plainRoute('new'),
      },
    ],
  ])('with %j and %j changes only what is meant', async (query, body, changed) => {
    const { rig } = await startWithRouter();
    const answer = await rig.send('PATCH', `${path}/support${query}`, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const { createTime: _c, updateTime: _u, etag: _e, ...router } = (await rig.send('GET', `${path}/support`)).body;
    expect(router).toEqual(JSON.parse(JSON.stringify({ ...plainRouter(), ...changed })));
  });

  test.each<[query: string, body: JsonObject, field: string]>([
    ['?update_mask=display-name', { displayName: 'New' }, 'update_mask'],
    ['?update_mask=DisplayName', { displayName: 'New' }, 'update_mask'],
    ['?update_mask=name', { displayName: 'New' }, 'update_mask'],
    ['?update_mask=displayName', { updateMask: 'routes', displayName: 'New' }, 'update_mask'],
    ['', { displayNam: 'New' }, 'displayNam'],
    ['', { name: 'other', displayName: 'New' }, 'name'],
    [
      '',
      { routes: [{ route: plainRoute('a', ''), condition: { cel_expression: 'true' } }] },
      'routes[0].route.variants[0].variant.model_id',
    ],
    ['', { update_mask: ['routes'] }, 'update_mask'],
  ])('with %j and %j is refused', async (query, body, field) => {
    const { rig, etag } = await startWithRouter();
    const answer = await rig.send('PATCH', `${path}/support${query}`, { body });
    expect([answer.status, answer.body['code']]).toEqual([400, 3]);
    expect(fieldsOf(answer)).toContain(field);
    expect((await rig.send('GET', `${path}/support`)).body['etag']).toBe(etag);
  });

  test('and a deletion are refused with an old etag', async () => {
    const { rig, etag } = await startWithRouter();
    expect((await rig.send('PATCH', `${path}/support`, { body: { displayName: 'New', etag } })).status).toBe(200);
    const update = await rig.send('PATCH', `${path}/support`, { body: { displayName: 'Newer', etag } });
    const deletion = await rig.send('DELETE', `${path}/support?etag=${etag}`);
    for (const answer of [update, deletion]) {
      expect([answer.status, answer.body['code'], reasonOf(answer)]).toEqual([409, 10, 'ROUTER_CHANGED']);
    }
    const { body } = await rig.send('GET', `${path}/support`);
    expect(body['displayName']).toBe('New');
    expect((await rig.send('DELETE', `${path}/support?etag=${String(body['etag'])}`)).status).toBe(200);
  });

  test('of a router that is not there is 404', async () => {
    const rig = await startRouterRig();
    const answer = await rig.send('PATCH', `${path}/none`, { body: { displayName: 'New' } });
    expect([answer.status, reasonOf(answer)]).toEqual([404, 'ROUTER_UNKNOWN']);
  });
});

describe('what is only checked', () => {
  test.each(['validate_only', 'validateOnly'])('by %s is answered, and neither saved nor polled', async (parameter) => {
    const { rig, etag } = await startWithRouter();
    const created = await rig.send('POST', `${path}?${parameter}=true`, { body: plainRouter({ name: 'other' }) });
    expect(created.body).toMatchObject({ done: true, response: { name: 'other' } });
    const updated = await rig.send('PATCH', `${path}/support?${parameter}=true`, { body: { displayName: 'New' } });
    expect(updated.body).toMatchObject({ done: true, response: { displayName: 'New' } });
    for (const { body } of [created, updated]) {
      expect(reasonOf(await rig.send('GET', `/lro/v1alpha/${String(body['name'])}`))).toBe('OPERATION_UNKNOWN');
    }
    expect(namesOf((await rig.send('GET', path)).body)).toEqual(['support']);
    expect((await rig.send('GET', `${path}/support`)).body['etag']).toBe(etag);
  });

  test('is refused for the same reasons', async () => {
    const { rig } = await startWithRouter();
    const exists = await rig.send('POST', `${path}?validate_only=true`, { body: plainRouter() });
    expect(reasonOf(exists)).toBe('ROUTER_EXISTS');
    const invalid = await rig.send('POST', `${path}?validate_only=true`, { body: { name: 'a' } });
    expect(reasonOf(invalid)).toMatch(/^INVALID_/);
  });
});

describe('bad input', () => {
  const routes = (count: number): JsonObject[] =>
    Array.from({ length: count }, (_, index) => ({
      route: plainRoute(`route-${index}`),
      condition: { cel_expression: 'true' },
    }));
  const condition = (cel_expression: string): JsonObject[] => [
    { route: plainRoute('a'), condition: { cel_expression } },
  ];
  const template = (content: string): JsonObject => ({
    defaults: { message_templates: [{ role: 'system', content }] },
  });

  test.each<[what: string, body: JsonObject | string, field?: string]>([
    ['no body', ''],
    ['broken JSON', '{'],
    ['an array', '[]'],
    ['a wrapped router', { router: plainRouter() }, 'router'],
    ['a name with slashes', plainRouter({ name: 'a/b' }), 'name'],
    ['a name in capitals', plainRouter({ name: 'Support' }), 'name'],
    ['a name that is too long', plainRouter({ name: 'a'.repeat(64) }), 'name'],
    ['no route at all', { name: 'a' }],
    [
      'weights of 90',
      plainRouter({ defaultRoute: { variants: [{ variant: { variant_id: 'a', model_id: 'a/b' }, weight: 90 }] } }),
      'defaultRoute.variants',
    ],
    ['10,000 routes', plainRouter({ routes: routes(10_000) }), 'routes'],
    [
      'a condition of a megabyte',
      plainRouter({ routes: condition(`"${'a'.repeat(1_000_000)}" == ""`) }),
      'routes[0].condition.cel_expression',
    ],
    [
      'a condition that nests 10,000 deep',
      plainRouter({ routes: condition('('.repeat(10_000)) }),
      'routes[0].condition.cel_expression',
    ],
    [
      'a condition that does not parse',
      plainRouter({ routes: condition('tier ==') }),
      'routes[0].condition.cel_expression',
    ],
    ['a template with unclosed braces', plainRouter(template('Hello {{name')), 'defaults.message_templates[0].content'],
    ['a number for a text', plainRouter({ displayName: 1 }), 'displayName'],
  ])('such as %s is a clear error, and nothing is stored', async (_what, body, field) => {
    const rig = await startRouterRig();
    const answer = await rig.send('POST', path, { body });
    expect([answer.status, answer.body['code']], JSON.stringify(answer.body).slice(0, 1000)).toEqual([400, 3]);
    if (field !== undefined) expect(fieldsOf(answer).map(String).join(' ')).toContain(field);
    expect(JSON.stringify(answer.body).length).toBeLessThan(200_000);
    expect((await rig.send('GET', path)).body).toEqual({ routers: [], next_page_token: '' });
  });

  test('is told of all at once, what cannot be read and what breaks a rule', async () => {
    const rig = await startRouterRig();
    const answer = await rig.send('POST', path, {
      body: plainRouter({ displayName: 1, unheardOf: true, routes: [{ route: plainRoute(''), condition: {} }] }),
    });
    expect(fieldsOf(answer)).toEqual(
      expect.arrayContaining(['displayName', 'unheardOf', 'routes[0].condition.cel_expression']),
    );
  });

  test('of more bytes than the server takes is 413', async () => {
    const rig = await startRouterRig();
    const answer = await rig.send('POST', path, { body: plainRouter({ displayName: 'a'.repeat(10_000_000) }) });
    expect([answer.status, answer.body['code'], reasonOf(answer)]).toEqual([413, 8, 'BODY_TOO_LARGE']);
  });
});

describe('the query', () => {
  test.each([
    ['GET', `${path}?pagesize=1`, 'pagesize'],
    ['GET', `${path}?page_size=1&pageSize=1`, 'pageSize'],
    ['GET', `${path}?page_size=1&page_size=1`, 'page_size'],
    ['GET', `${path}?page_size=-1`, 'page_size'],
    ['GET', `${path}?page_size=many`, 'page_size'],
    ['GET', `${path}?page_size=1.5`, 'page_size'],
    ['GET', `${path}?page_token=abc`, 'page_token'],
    ['GET', `${path}/support?fields=name`, 'fields'],
    ['DELETE', `${path}/support?force=true`, 'force'],
    ['GET', '/lro/v1alpha/workspaces/default/operations/1?wait=true', 'wait'],
    ['GET', `${path}/UPPER`, 'name'],
    ['GET', `${path}/`, 'name'],
    ['GET', `${path}/${'a'.repeat(300)}`, 'name'],
    ['DELETE', `${path}/a%2Fb`, 'name'],
  ])('of %s %s is refused', async (method, url, field) => {
    const { rig } = await startWithRouter();
    const answer = await rig.send(method, url);
    expect([answer.status, answer.body['code'], fieldsOf(answer)]).toEqual([400, 3, [field]]);
  });

  test('has flags that are true or false', async () => {
    const rig = await startRouterRig();
    const answer = await rig.send('POST', `${path}?validate_only=yes`, { body: plainRouter() });
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['validate_only']]);
    expect(namesOf((await rig.send('GET', path)).body)).toEqual([]);
  });
});

describe('pages', () => {
  async function fill(rig: RouterRig, names: readonly string[]): Promise<void> {
    for (const name of names) await rig.send('POST', path, { body: plainRouter({ name }) });
  }

  test('are stable under writes', async () => {
    const rig = await startRouterRig();
    await fill(rig, ['b', 'd', 'f', 'h']);
    const first = (await rig.send('GET', `${path}?pageSize=2`)).body;
    expect(namesOf(first)).toEqual(['b', 'd']);
    await fill(rig, ['a', 'c', 'e']);
    await rig.send('DELETE', `${path}/d`);
    const second = (await rig.send('GET', `${path}?page_size=2&pageToken=${String(first['next_page_token'])}`)).body;
    expect(namesOf(second)).toEqual(['e', 'f']);
    const third = (await rig.send('GET', `${path}?page_token=${String(second['next_page_token'])}`)).body;
    expect([namesOf(third), third['next_page_token']]).toEqual([['h'], '']);
  });

  test('have 50 routers, or as many as is asked for up to 1000', async () => {
    const asked: number[] = [];
    const rig = await startRouterRig({
      wrapBook: (book) => ({
        ...book,
        files: book.files,
        list(workspace, options) {
          asked.push(options.pageSize);
          return book.list(workspace, options);
        },
      }),
    });
    for (const query of ['', '?page_size=0', '?page_size=1000', '?page_size=1001', '?page_size=99999999999999999999']) {
      await rig.send('GET', path + query);
    }
    expect(asked).toEqual([50, 50, 1000, 1000, 1000]);
  });

  test.each(['cut', 'changed', 'of another workspace'])('are not given for a token that is %s', async (how) => {
    const rig = await startRouterRig();
    await fill(rig, ['a', 'b']);
    const token = String((await rig.send('GET', `${path}?page_size=1`)).body['next_page_token']);
    const key = how === 'of another workspace' ? 'stranger' : 'all';
    const sent = how === 'cut' ? token.slice(0, -1) : how === 'changed' ? `${token.slice(0, -1)}_` : token;
    const answer = await rig.send('GET', `${path}?page_token=${sent}`, { key });
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['page_token']]);
  });
});
