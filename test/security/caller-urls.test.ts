import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { startTestServer } from '../support/test-server.ts';
import { postChat, readError } from '../wire/rest/chat-rig.ts';

/** Where a request must never get: a server inside of the operator's network. */
const inner = createServer((socket) => {
  reached += 1;
  socket.destroy();
});
let reached = 0;
await new Promise<void>((resolve) => {
  inner.listen({ port: 0, host: '::', ipv6Only: false }, resolve);
});
const address = inner.address();
if (address === null || typeof address === 'string') throw new Error('the server has no port');
const { port } = address;

const upstream = await createFakeUpstream();
upstream.respondAlways({ status: 418, body: 'the provider was asked' });
const server = await startTestServer({
  config: `
providers:
  gemini: { kind: google-ai-studio, base_url: "${upstream.origin}/base", api_key: "key-of-gemini" }
  bedrock: { kind: bedrock, base_url: "${upstream.origin}/base", api_key: "key-of-bedrock", options: { region: us-east-1 } }
  azure: { kind: azure, base_url: "${upstream.origin}/base", api_key: "key-of-azure", options: { api_version: "2024-10-21" } }
`,
});
afterAll(async () => {
  await server.close();
  await upstream.close();
  inner.close();
});

const urls: readonly string[] = [
  `http://127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}/`,
  `HTTPS://127.0.0.1:${port}/`,
  `https://127.1:${port}/`,
  `https://2130706433:${port}/`,
  `https://0x7f000001:${port}/`,
  `https://0177.0.0.1:${port}/`,
  `https://0x7f.0.0.0x1:${port}/`,
  `https://127.0.0.1.:${port}/`,
  `https://0:${port}/`,
  `https://①②⑦.⓪.⓪.①:${port}/`,
  `https://127。0。0。1:${port}/`,
  `https://%31%32%37.0.0.1:${port}/`,
  `https://[::1]:${port}/`,
  `https://[::]:${port}/`,
  `https://[::ffff:127.0.0.1]:${port}/`,
  `https://[::ffff:7f00:1]:${port}/`,
  `https://[::127.0.0.1]:${port}/`,
  `https://[64:ff9b::7f00:1]:${port}/`,
  `https://localhost:${port}/`,
  `https://LOCALHOST.:${port}/`,
  `https://example.com@127.0.0.1:${port}/`,
  `https://name:password@127.0.0.1:${port}/`,
  `https:\\\\127.0.0.1:${port}\\`,
  `https:127.0.0.1:${port}`,
  ` https://127.0.0.1:${port}/ `,
  `ht\ntps://127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}/\r\nhost: other`,
  `//127.0.0.1:${port}/`,
  `ftp://127.0.0.1:${port}/`,
  `ws://127.0.0.1:${port}/`,
  `gopher://127.0.0.1:${port}/_GET`,
  `blob:https://127.0.0.1:${port}/`,
  'file:///etc/passwd',
  'unix:/var/run/docker.sock',
  'https://169.254.169.254/latest/meta-data/',
  'https://[fd00:ec2::254]/latest/meta-data/',
  'https://10.0.0.1/',
  'https://192.168.0.1/',
  'https://168.63.129.16/',
  'https://',
  'javascript:alert(1)',
];

describe.each(['gemini', 'bedrock'])('an image for %s', (provider) => {
  test.each(urls)('at %j is not fetched', async (url) => {
    const content = [{ type: 'image_url', image_url: { url } }];
    const response = await postChat(server, { model: `${provider}/some-model`, messages: [{ role: 'user', content }] });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const { message } = await readError(response);
    // Whether something answers there, and what, is not told.
    expect(String(message)).not.toMatch(/refused|reset|ECONN|certificate|TLS|timed? ?out|the provider was asked/i);
    expect(reached).toBe(0);
    expect(upstream.requests).toEqual([]);
  });
});

describe('the name of a model', () => {
  const names = [
    '..',
    '../..',
    '../../secret',
    'x/../../secret',
    '..%2f..%2fsecret',
    '%2e%2e/secret',
    '.%2e/secret',
    String.raw`..\..\secret`,
    'x?key=other',
    'x#fragment',
    'x:y@other.test/',
    '//other.test/x',
    'https://other.test/x',
    'x\r\nx-injected: 1',
    'x y',
    'x\0y',
    '\ud800',
  ];

  test.each(['gemini', 'bedrock', 'azure'])('is never a way out of the path of %s', async (provider) => {
    const before = upstream.requests.length;
    for (const name of names) await (await postChat(server, { model: `${provider}/${name}` })).text();
    const sent = upstream.requests.slice(before);
    expect(sent.length).toBeGreaterThan(0);
    for (const { path, headers } of sent) {
      const [onlyPath = '', query] = path.split('?');
      expect(path).toMatch(/^\/base\/(?:models|model|deployments|openai\/deployments)\/[^/?#]/);
      // What would be a step to the folder above is encoded as a part of the name.
      expect(onlyPath.split('/')).not.toContain('..');
      expect(query ?? '').not.toContain('other');
      expect(headers.host).toBe(new URL(upstream.origin).host);
      expect(headers['x-injected']).toBeUndefined();
    }
    expect(reached).toBe(0);
  });
});
