import { describe, expect, test } from 'vitest';
import { requestRejected } from '../../../src/core/events.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { collectReply, connectRaw, openSession } from '../one-port-harness.ts';
import { chatBody, readError, readJson } from './chat-rig.ts';

const config = `
keys:
  - { id: reader, secret: reading-only, scopes: [router.read] }
  - { id: caller, secret: "with:colons", scopes: [inference] }
  - { id: usual, secret: usual-secret }
`;

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function call(server: TestServer, authorization: string | undefined): Promise<Response> {
  return fetch(`${server.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify(chatBody({ model: 'sandbox/echo' })),
  });
}

describe('a key is taken', () => {
  const credential = base64('caller:with:colons');

  test.each([
    `Basic ${credential}`,
    `Bearer ${credential}`,
    `bearer ${credential}`,
    `BASIC ${credential}`,
    `bAsIc   ${credential}`,
  ])('as %j', async (authorization) => {
    await using server = await startTestServer({ config });
    const response = await call(server, authorization);
    expect(response.status).toBe(200);
    expect(await readJson(response)).toMatchObject({ choices: [{ message: { content: 'Hello!' } }] });
    expect(await server.nextLogLine('call answered')).toMatchObject({ key_id: 'caller', workspace: 'default' });
  });
});

test('a key with the usual scopes may call models', async () => {
  await using server = await startTestServer({ config });
  expect((await call(server, `Bearer ${base64('usual:usual-secret')}`)).status).toBe(200);
});

describe('nobody without a good key gets in', () => {
  const refused: [what: string, authorization: string | undefined, code: string][] = [
    ['no header', undefined, 'credentials_missing'],
    ['an empty header', '', 'credentials_missing'],
    ['a scheme alone', 'Bearer', 'credentials_invalid'],
    ['another scheme', `Digest ${base64('caller:with:colons')}`, 'credentials_invalid'],
    ['no scheme', base64('caller:with:colons'), 'credentials_invalid'],
    ['what is no base64', 'Bearer caller:with:colons', 'credentials_invalid'],
    ['no colon', `Bearer ${base64('caller')}`, 'credentials_invalid'],
    ['no secret', `Bearer ${base64('caller:')}`, 'credentials_invalid'],
    ['no id', `Bearer ${base64(':with:colons')}`, 'credentials_invalid'],
    ['a wrong secret', `Bearer ${base64('caller:wrong')}`, 'credentials_invalid'],
    ["another key's secret", `Bearer ${base64('caller:reading-only')}`, 'credentials_invalid'],
    ['an unknown id', `Bearer ${base64('nobody:with:colons')}`, 'credentials_invalid'],
    ['a name that objects have', `Bearer ${base64('__proto__:x')}`, 'credentials_invalid'],
    ['two keys', `Bearer ${base64('caller:with:colons')} ${base64('x:y')}`, 'credentials_invalid'],
    ['a very long one', `Bearer ${'x'.repeat(8000)}`, 'credentials_invalid'],
  ];

  test.each(refused)('with %s', async (_what, authorization, code) => {
    await using server = await startTestServer({ config });
    const response = await call(server, authorization);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="signalbox", Basic realm="signalbox"');
    expect(await readError(response)).toEqual({
      message: expect.any(String),
      type: 'authentication_error',
      param: null,
      code,
    });
    expect(JSON.stringify(server.log)).not.toContain('with:colons');
  });

  test('over HTTP/2 either', async () => {
    await using server = await startTestServer({ config });
    const stream = openSession(server.origin).request({ ':method': 'POST', ':path': '/v1/chat/completions' });
    stream.end();
    expect(await collectReply(stream)).toMatchObject({
      status: 401,
      body: expect.stringContaining('credentials_missing'),
    });
  });

  test('and the answer comes before the body is read', async () => {
    await using server = await startTestServer({ config });
    const client = await connectRaw(server.port);
    client.socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000000\r\n\r\n',
    );
    await client.waitFor(/^HTTP\/1\.1 401 [\s\S]*credentials_missing/);
    // Nor does it matter what is in it.
    const response = await fetch(`${server.origin}/v1/chat/completions`, { method: 'POST', body: 'no JSON' });
    expect(response.status).toBe(401);
  });
});

test('a key without the scope is 403 and told which one', async () => {
  await using server = await startTestServer({ config });
  const paths: string[] = [];
  const unsubscribe = requestRejected.subscribe(({ path, httpStatus }) => paths.push(`${path} ${httpStatus}`));
  const response = await call(server, `Bearer ${base64('reader:reading-only')}`);
  unsubscribe();
  expect(response.status).toBe(403);
  expect(await readError(response)).toEqual({
    message: expect.stringContaining('the scope inference'),
    type: 'permission_error',
    param: null,
    code: 'scope_missing',
  });
  expect(paths).toEqual(['/v1/chat/completions 403']);
});
