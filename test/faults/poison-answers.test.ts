import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFakeUpstream, type FakeReply, jsonReply, sseReply } from '../support/fake-upstream.ts';
import { callForms, describeForm, startIsolationRig } from './isolation-rig.ts';

const maxReplyBytes = 65_536;
const maxHeaderBytes = 16_384;
const config = `
upstream: { max_reply_bytes: ${maxReplyBytes}, max_event_bytes: ${maxReplyBytes}, max_header_bytes: ${maxHeaderBytes} }
calls: { max_retries: 0 }
`;

/** What no client may ever see of an answer that is not one. */
const poison = 'poison-4f1c';
const json = { 'content-type': 'application/json' };
const events = { 'content-type': 'text/event-stream' };

/** Bytes that are neither text nor a protocol: every byte there is, again and again. */
const noise = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => (index * 167 + 13) % 256));

/** 10 MB of nothing, which takes 10 kB. */
const bomb = gzipSync(Buffer.alloc(10_000_000));

function raw(head: string, body: string | Uint8Array = ''): FakeReply {
  return { raw: [`${head.replaceAll('\n', '\r\n')}\r\n\r\n`, body], ending: 'close' };
}

/** More bytes than anybody keeps, for as long as somebody reads. */
async function* forEver(piece: string): AsyncGenerator<string> {
  for (;;) yield piece;
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const poisons: Readonly<Record<string, FakeReply>> = {
  'an empty body': { headers: json, body: '' },
  'no body (204)': { status: 204 },
  'a redirect to itself': { status: 302, headers: { location: `/v1/${poison}` } },
  'JSON that is no object': { headers: json, body: 'null' },
  'JSON of no answer': jsonReply({ [poison]: poison }),
  'JSON nested deeper than anybody reads': { headers: json, body: nested(30_000) },
  'JSON with a prototype in it': { headers: json, body: `{"__proto__":{"choices":[{"${poison}":1}]}}` },
  'choices of the wrong kind': jsonReply({ choices: { length: 1, 0: poison } }),
  'noise as JSON': { headers: json, body: noise },
  'noise as events': { headers: events, body: noise },
  'an HTML page with status 200': { headers: { 'content-type': 'text/html' }, body: `<html>${poison}</html>` },
  'a body of no type': { body: poison },
  'more JSON than is read': { headers: json, body: forEver(`{"${poison}":"`.padEnd(65_536, 'a')) },
  'an event that is larger than is read': { headers: events, body: forEver('data: '.padEnd(65_536, 'a')) },
  'an error page that never ends': { status: 500, headers: json, body: forEver(poison.padEnd(65_536, 'a')) },
  'a gzip bomb': { headers: { ...json, 'content-encoding': 'gzip' }, body: bomb },
  'a gzip bomb in several layers': {
    headers: { ...events, 'content-encoding': 'gzip, gzip, gzip' },
    body: gzipSync(bomb),
  },
  'no HTTP': { raw: noise, ending: 'close' },
  'HTTP/2': { raw: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ending: 'close' },
  'a status of no meaning': raw(`HTTP/1.1 999 ${poison}\ncontent-length: 0`),
  'a header of noise': raw(`HTTP/1.1 200 OK\n\u0000\u0001\u00ff${poison}: \u0007`),
  'a header without an end': {
    raw: ['HTTP/1.1 200 OK\r\n', ...Array.from({ length: 1000 }, (_, index) => `x-${index}: ${'a'.repeat(100)}\r\n`)],
    ending: 'close',
  },
  'two lengths': raw(`HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 2\ncontent-length: 40`, '{}'),
  'a length that is not kept': raw('HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: 4000', '{}'),
  'chunks that are none': raw(
    `HTTP/1.1 200 OK\ntransfer-encoding: chunked\ncontent-type: text/event-stream`,
    `zz\r\n${poison}`,
  ),
  'a switch of protocols that nobody asked for': raw(
    'HTTP/1.1 101 Switching Protocols\nupgrade: websocket\nconnection: upgrade',
  ),
  'a retry time of noise': { status: 429, headers: { ...json, 'retry-after': `-1e999, ${poison}` }, body: '{}' },
  'events of all kinds of nothing': sseReply(['null', '[]', '0', '""', '{}', 'false']),
  'a choice of the wrong kind': sseReply([{ choices: [{ index: -1e308, delta: poison }] }]),
};

/** What a call may fail with: a rate limit has another name in the vocabulary that clients of REST know. */
const reasons: readonly (string | undefined)[] = ['attempts_failed', 'attempts_rate_limited', 'rate_limit_exceeded'];

const kinds = ['openai-compatible', 'anthropic', 'google-ai-studio'] as const;

const cases = Object.entries(poisons).flatMap(([what, reply]) =>
  kinds.map((kind): [string, (typeof kinds)[number], FakeReply] => [what, kind, reply]),
);

describe('an answer that is none', () => {
  test.each(cases)('fails its own call alone: %s (%s)', async (_what, kind, reply) => {
    const upstream = await createFakeUpstream();
    onTestFinished(() => upstream.close());
    upstream.respondAlways(reply);
    const rig = await startIsolationRig(
      `providers: { poison: { kind: ${kind}, base_url: "${upstream.origin}/v1", api_key: key-of-the-test } }\n${config}`,
    );
    const outcomes = await Promise.all(
      callForms.map(async (form) => ({ how: describeForm(form), ...(await rig.call('poison/x', form)) })),
    );
    for (const { how, error, hasEnd, text } of outcomes) {
      expect(hasEnd, how).toBe(false);
      expect(text, how).toBe('');
      expect(reasons, how).toContain(error?.reason);
      expect(error?.message, how).not.toContain(poison);
    }
    expect(await rig.isAlive()).toBe(true);
    expect(rig.failures()).toHaveLength(callForms.length);
  });
});
