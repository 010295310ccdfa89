import { describe, expect, test } from 'vitest';
import { connectRaw } from '../wire/one-port-harness.ts';
import { runBesideACall } from '../wire/rest/bystander.ts';
import { type ChatRig, startRig } from '../wire/rest/chat-rig.ts';

/** A request of which nobody else must get the answer: wherever it stands, it is counted. */
const inner = 'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n';
const json = '{"model":"sandbox/echo","messages":[{"role":"user","content":"Hello!"}]}';
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const settings = '\0\0\0\x04\0\0\0\0\0';

/** A chunk of a body, and its end. */
function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
}

/** Sends bytes over a connection of their own, beside another's call, and gives what comes until it is closed or `count` answers are there. */
async function sendBytes(rig: ChatRig, bytes: string, count: number): Promise<{ received: string; isClosed: boolean }> {
  return await runBesideACall(rig, async () => {
    const client = await connectRaw(rig.server.port);
    client.socket.write(bytes, 'latin1');
    const enough = client.waitFor(new RegExp(`(?:HTTP/1\\.1 \\d+ [\\s\\S]*?\\r\\n\\r\\n[\\s\\S]*?\\}){${count}}`));
    await Promise.race([enough.catch(() => {}), client.closed]);
    // Whatever else was to come had its turn when a later request on another connection is answered.
    await (await fetch(`${rig.server.origin}/healthz`)).text();
    return { received: client.received(), isClosed: client.socket.destroyed };
  });
}

function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
}

describe('one connection speaks one protocol', () => {
  const cases: readonly (readonly [what: string, bytes: string, statuses: readonly number[]])[] = [
    [
      'an upgrade to h2c is not made',
      `GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n${preface}${settings}`,
      [200],
    ],
    [
      'an upgrade to a web socket is not made',
      `GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
      [200],
    ],
    ['a preface behind a request is none', `${inner}${preface}${settings}`, [200]],
    ['a preface behind an empty line is none', `\r\n${preface}${settings}`, [400]],
    ['a third of a preface before a request', `PRI * HTTP/2.0\r\n\r\n${inner}`, [400]],
    ['nearly all of a preface before a request', `PRI * HTTP/2.0\r\n\r\nSM\r\n${inner}`, [400]],
    ['the method of a preface', `PRI * HTTP/1.1\r\nhost: a\r\n\r\n${inner}`, [400]],
  ];

  test.each(cases)('%s', async (_what, bytes, statuses) => {
    const { received } = await sendBytes(await startRig(), bytes, statuses.length);
    expect(statusesOf(received)).toEqual(statuses);
    // A frame of settings would be the first of HTTP/2.
    expect(received).toMatch(/^HTTP\/1\.1 /);
  });
});

/** Heads of which another server may read another length, each before a body in chunks and a request. */
const ambiguous: readonly (readonly [what: string, fields: string, body?: string])[] = [
  ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n'],
  ['the same length twice', `content-length: ${json.length}\r\ncontent-length: ${json.length}\r\n`, json],
  ['a list of lengths', `content-length: ${json.length}, ${json.length}\r\n`, json],
  ['a length with a sign', `content-length: +${json.length}\r\n`, json],
  ['a length in hexadecimal', 'content-length: 0x48\r\n', json],
  ['a length with a space', 'content-length: 7 2\r\n', json],
  ['a length past any number', 'content-length: 99999999999999999999999\r\n', json],
  ['chunks under another name', 'transfer-encoding: xchunked\r\n'],
  ['chunks that are not last', 'transfer-encoding: chunked, identity\r\n'],
  ['no coding by name', 'transfer-encoding: identity\r\n'],
  ['two codings', 'transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n'],
  ['chunks twice', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n'],
  ['chunks behind a vertical tab', 'transfer-encoding: \x0bchunked\r\n'],
  ['a space before the colon', 'transfer-encoding : chunked\r\n'],
  ['a NUL behind the value', 'transfer-encoding: chunked\0\r\n'],
  ['a folded line', 'transfer-encoding:\r\n chunked\r\n'],
  ['a folded line of another field', 'x-a: b\r\n c: d\r\ntransfer-encoding: chunked\r\n'],
  ['a bare line feed', 'x-a: b\ntransfer-encoding: chunked\r\n'],
  ['a bare carriage return', 'x-a: b\rtransfer-encoding: chunked\r\n'],
  ['two hosts', 'host: b\r\ntransfer-encoding: chunked\r\n'],
  ['a chunk that ends with line feeds', 'transfer-encoding: chunked\r\n', chunked(json).replaceAll('\r', '')],
  ['a chunk that does not end', 'transfer-encoding: chunked\r\n', chunked(json).replace('}\r\n0', '}xx0')],
  ['a chunk of less than nothing', 'transfer-encoding: chunked\r\n', `-${chunked(json)}`],
  ['a chunk whose size runs over', 'transfer-encoding: chunked\r\n', `1000000000000000${chunked(json)}`],
  ['a chunk with a prefix', 'transfer-encoding: chunked\r\n', `0x${chunked(json)}`],
  [
    'a length among trailers',
    'transfer-encoding: chunked\r\n',
    chunked(json).replace(/\r\n$/, 'content-length: 5\r\n\r\n'),
  ],
];

function postHead(rig: ChatRig, fields: string, version = '1.1'): string {
  return `POST /v1/chat/completions HTTP/${version}\r\nhost: a\r\nauthorization: ${rig.server.authorization}\r\ncontent-type: application/json\r\n${fields}\r\n`;
}

describe('a request whose end can be read in two ways is refused with its connection', () => {
  const rows = ambiguous.map(([what, fields, body = chunked(json)]) => [what, fields, body] as const);

  test.each(rows)('%s', async (_what, fields, body) => {
    const rig = await startRig();
    const { received, isClosed } = await sendBytes(rig, `${postHead(rig, fields)}${body}${inner}`, 2);
    expect(statusesOf(received)).toEqual([400]);
    expect(isClosed).toBe(true);
  });

  test('chunks in HTTP/1.0, which has none', async () => {
    const rig = await startRig();
    const fields = 'transfer-encoding: chunked\r\nconnection: keep-alive\r\n';
    const { received, isClosed } = await sendBytes(rig, `${postHead(rig, fields, '1.0')}${chunked(json)}${inner}`, 2);
    expect(statusesOf(received)).toEqual([400]);
    expect(isClosed).toBe(true);
  });
});

describe('what stands in the body of a refused request is no request', () => {
  const chatPath = '/v1/chat/completions';
  const rpcPath = '/signalbox.chat.v1.ChatService/CreateChatCompletion';
  const refusals: readonly (readonly [status: number, head: string, fields?: string])[] = [
    [401, `POST ${chatPath}`, 'content-type: application/json\r\n'],
    [401, `POST ${rpcPath}`, 'content-type: application/json\r\n'],
    [404, 'POST /nothing'],
    [405, `PUT ${chatPath}`],
    // A body that GET does not have, and that is taken for one all the same.
    [200, 'GET /healthz'],
  ];

  test.each(refusals)('%i to %s', async (status, head, fields = '') => {
    const rig = await startRig();
    const start = `${head} HTTP/1.1\r\nhost: a\r\n${fields}`;
    const announced = `${start}content-length: ${inner.length}\r\n\r\n${inner}`;
    const inChunks = `${start}transfer-encoding: chunked\r\n\r\n${chunked(inner)}`;
    for (const bytes of [announced, inChunks]) {
      const { received } = await sendBytes(rig, bytes + inner, 2);
      // The one behind it is one.
      expect(statusesOf(received)).toEqual([status, 200]);
    }
  });

  test('413, whose body nobody waits for', async () => {
    const rig = await startRig();
    const head = postHead(rig, 'content-length: 99999999\r\n');
    const { received, isClosed } = await sendBytes(rig, `${head}${inner}${inner}`, 2);
    expect(statusesOf(received)).toEqual([413]);
    expect(isClosed).toBe(true);
  });
});

describe('a request’s target is its path', () => {
  test.each([
    ['http://elsewhere.test/v1/chat/completions', 401],
    ['//elsewhere.test/v1/chat/completions', 404],
    ['/healthz/../v1/models', 404],
    ['/healthz/..%2fv1/models', 404],
    ['/V1/models', 404],
    ['/v1//models', 404],
    ['*', 404],
  ])('%s', async (target, status) => {
    const rig = await startRig();
    const bytes = `POST ${target} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n`;
    const { received } = await sendBytes(rig, bytes, 1);
    expect(statusesOf(received)).toEqual([status]);
  });

  test.each(['a@b', 'a/b', 'a b', 'a?b', 'a#b', 'a\\b', '<a>'])('and no host is %j', async (host) => {
    const rig = await startRig();
    const { received, isClosed } = await sendBytes(rig, `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n${inner}`, 2);
    expect(statusesOf(received)).toEqual([400]);
    expect(received).toContain('invalid_host');
    expect(isClosed).toBe(true);
  });
});
