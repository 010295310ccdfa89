import { describe, expect, test } from 'vitest';
import { createError } from '../../../src/core/errors.ts';
import {
  detailsOf,
  plainRouter,
  type RigKey,
  type RouterRig,
  reasonOf,
  type SendOptions,
  startRouterRig,
} from '../router-rig.ts';

const path = '/router/v1/routers';
const explainPath = `${path}:explain`;
const chat = { model: 'a/b', messages: [{ role: 'user', content: 'Hi' }] };

describe('an error of a path of management is a google.rpc.Status', () => {
  test.each<[method: string, path: string, options: SendOptions, status: number, code: number, reason: string]>([
    ['GET', path, { key: null }, 401, 16, 'CREDENTIALS_MISSING'],
    ['POST', path, { key: null, body: '{' }, 401, 16, 'CREDENTIALS_MISSING'],
    ['GET', '/lro/v1alpha/x', { headers: { authorization: 'Bearer YTpi' } }, 401, 16, 'CREDENTIALS_INVALID'],
    ['GET', path, { key: 'writer' }, 403, 7, 'SCOPE_MISSING'],
    ['GET', '/router/v1', {}, 404, 5, 'PATH_UNKNOWN'],
    ['GET', '/router/v2/routers', {}, 404, 5, 'PATH_UNKNOWN'],
    ['GET', `${path}/a/b`, {}, 404, 5, 'PATH_UNKNOWN'],
    ['GET', `/lro/v1alpha/${'a'.repeat(300)}`, {}, 404, 5, 'OPERATION_UNKNOWN'],
    ['POST', `${path}:other`, { body: '{' }, 404, 5, 'PATH_UNKNOWN'],
    ['GET', '/lro/v1', {}, 404, 5, 'PATH_UNKNOWN'],
    ['GET', '/llm/v1alpha/nothing', {}, 404, 5, 'PATH_UNKNOWN'],
    ['GET', `${path}/none`, {}, 404, 5, 'ROUTER_UNKNOWN'],
    ['GET', '/lro/v1alpha/none', {}, 404, 5, 'OPERATION_UNKNOWN'],
    ['PUT', `${path}/none`, { body: {} }, 405, 12, 'METHOD_NOT_ALLOWED'],
    ['POST', path, { body: '{' }, 400, 3, 'INVALID_JSON'],
    ['GET', `${path}/%zz`, {}, 400, 3, 'INVALID_REQUEST'],
    ['POST', path, { body: 'x', headers: { 'content-type': 'text/plain' } }, 415, 3, 'UNSUPPORTED_CONTENT_TYPE'],
    ['POST', path, { body: 'x', headers: { 'content-encoding': 'gzip' } }, 415, 3, 'INVALID_REQUEST'],
    ['POST', path, { body: plainRouter({ displayName: 'a'.repeat(3000) }) }, 413, 8, 'BODY_TOO_LARGE'],
    ['POST', explainPath, { body: { ...chat, temperature: 3 } }, 400, 3, 'INVALID_FIELD'],
  ])('%s %s %j: %i', async (method, url, options, status, code, reason) => {
    const rig = await startRouterRig({ maxBodyBytes: 2000 });
    const answer = await rig.send(method, url, options);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
    expect(answer.body).toEqual({ code, message: expect.any(String), details: expect.any(Array) });
    expect(detailsOf(answer, 'ErrorInfo')).toMatchObject([{ reason, domain: 'signalbox' }]);
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  });

  test.each([
    ['PUT', path, 'GET, HEAD, POST'],
    ['POST', `${path}/support`, 'DELETE, GET, HEAD, PATCH'],
    ['GET', explainPath, 'POST'],
    ['DELETE', '/lro/v1alpha/workspaces/a/operations/b', 'GET, HEAD'],
  ])('%s %s: 405 with what would do', async (method, url, allow) => {
    const rig = await startRouterRig();
    const answer = await rig.send(method, url);
    expect([answer.status, reasonOf(answer), answer.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', allow]);
  });

  test('with every field at fault, and the first one as the parameter', async () => {
    const rig = await startRouterRig();
    const answer = await rig.send('POST', path, { body: { name: 'A', unheardOf: 1 } });
    const [violations] = detailsOf(answer, 'BadRequest');
    expect(violations).toMatchObject({
      fieldViolations: expect.arrayContaining([{ field: 'unheardOf', description: expect.any(String) }]),
    });
    expect(detailsOf(answer, 'ErrorInfo')).toMatchObject([{ metadata: { param: 'unheardOf' } }]);
  });

  test('with the time to wait, where the store failed', async () => {
    const rig = await startRouterRig({
      wrapBook: (book) => ({
        ...book,
        files: book.files,
        create: () => Promise.reject(createError('STORE_FAILED', {})),
      }),
    });
    const answer = await rig.send('POST', path, { body: plainRouter() });
    expect([answer.status, answer.body['code'], answer.headers.get('retry-after')]).toEqual([503, 14, '1']);
    expect(detailsOf(answer, 'RetryInfo')).toEqual([
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' },
    ]);
  });

  test('and says nothing of a mistake of ours', async () => {
    const rig = await startRouterRig({
      wrapBook: (book) => ({
        ...book,
        files: book.files,
        get() {
          throw new TypeError('the secret is not a function');
        },
      }),
    });
    const answer = await rig.send('GET', `${path}/support`);
    expect([answer.status, answer.body['code'], reasonOf(answer)]).toEqual([500, 13, 'INTERNAL']);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  test('while elsewhere it has the shape of OpenAI', async () => {
    const rig = await startRouterRig();
    for (const url of ['/v1/none', '/router', '/routers/x', '/lrox']) {
      expect((await rig.send('GET', url)).body).toMatchObject({ error: { code: 'path_unknown' } });
    }
  });
});

describe('scopes', () => {
  async function statuses(rig: RouterRig, key: RigKey): Promise<Record<string, number>> {
    const requests: readonly (readonly [string, string, SendOptions?])[] = [
      ['GET', path],
      ['GET', `${path}/support`],
      ['GET', '/lro/v1alpha/none'],
      ['POST', explainPath, { body: chat }],
      ['POST', path, { body: plainRouter({ name: 'other' }) }],
      ['PATCH', `${path}/support`, { body: { displayName: 'New' } }],
      ['DELETE', `${path}/support`],
    ];
    const found: Record<string, number> = {};
    for (const [method, url, options] of requests) {
      found[`${method} ${url}`] = (await rig.send(method, url, { ...options, key })).status;
    }
    return found;
  }

  test.each<[key: RigKey, read: boolean, write: boolean]>([
    ['reader', true, false],
    ['writer', false, true],
    ['chatter', true, false],
  ])('of the key %s are held to', async (key, reads, writes) => {
    const rig = await startRouterRig();
    await rig.send('POST', path, { body: plainRouter() });
    const [read, write] = [reads ? 200 : 403, writes ? 200 : 403];
    expect(await statuses(rig, key)).toEqual({
      [`GET ${path}`]: read,
      [`GET ${path}/support`]: read,
      'GET /lro/v1alpha/none': reads ? 404 : 403,
      [`POST ${explainPath}`]: read,
      [`POST ${path}`]: write,
      [`PATCH ${path}/support`]: write,
      [`DELETE ${path}/support`]: write,
    });
  });

  test('that are missing are named, before the body is looked at', async () => {
    const rig = await startRouterRig();
    const answer = await rig.send('POST', path, { key: 'reader', body: '{' });
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining('router.write') } });
  });
});

test('a server that drains takes no more requests', async () => {
  const rig = await startRouterRig();
  rig.state.startDraining();
  for (const [method, url, body] of [
    ['GET', path],
    ['GET', `${path}/support`],
    ['POST', path, plainRouter()],
    ['PATCH', `${path}/support`, {}],
    ['DELETE', `${path}/support`],
    ['POST', explainPath, chat],
    ['GET', '/lro/v1alpha/none'],
  ] as const) {
    const answer = await rig.send(method, url, body && { body });
    expect([answer.status, reasonOf(answer), answer.headers.get('retry-after')]).toEqual([503, 'SERVER_DRAINING', '1']);
  }
});
