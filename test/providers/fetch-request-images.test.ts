import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { createRequestImages } from '../../src/providers/fetch-request-images.ts';
import type { ImageFetchOptions } from '../../src/upstream/fetch-image.ts';
import { createManualClock } from '../contract/manual-clock.ts';
import { imageFetchLimits, openImageHost } from '../upstream/image-host.ts';

const { signal } = new AbortController();
const { after: _, ...limits } = imageFetchLimits;

/** The error of fetching one image. */
async function failureOf(
  url: string,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
  more: Partial<ImageFetchOptions> = {},
) {
  await using host = await openImageHost(respond);
  const fetchImages = createRequestImages({ ...limits, ...host.options, ...more }, createManualClock());
  const image = { url: url.replace('PORT', String(host.port)), param: 'messages[0]' };
  try {
    await fetchImages([image], signal);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

const status = (code: number) => (_request: IncomingMessage, response: ServerResponse) => {
  response.writeHead(code, { 'content-type': 'image/png' }).end('x');
};
const unknownName = { resolve: () => Promise.reject(new Error('ENOTFOUND')) };
const innerName = { isAllowed: () => false };

it.each([
  ['its name is not known', 'https://no.example/a.png', status(200), unknownName],
  ['its name is one of the network inside', 'https://inner.example/a.png', status(200), innerName],
  ['nobody listens', 'https://localhost:1/a.png', status(200), {}],
  ['its server fails', 'https://localhost:PORT/a.png', status(503), {}],
  ['its server is asked too much', 'https://localhost:PORT/a.png', status(429), {}],
  ['the connection breaks', 'https://localhost:PORT/a.png', (request: IncomingMessage) => request.socket.destroy(), {}],
])('leaves an image to other providers where %s', async (_name, url, respond, more) => {
  expect(await failureOf(url, respond, more)).toMatchObject({
    reason: 'REQUEST_UNSUPPORTED',
    details: { param: 'messages[0]', code: 'invalid_image_url' },
    entry: { retry: 'next' },
  });
});

it.each([
  ['its server does not have it', 'https://localhost:PORT/a.png', status(404), {}],
  ['its address is forbidden', 'https://127.0.0.1:PORT/a.png', status(200), innerName],
  ['its address is forbidden in IPv6', 'https://[::1]/a.png', status(200), innerName],
  ['its address is not https', 'http://localhost:PORT/a.png', status(200), {}],
  ['its address is none', 'https://', status(200), {}],
  ['its address holds a password', 'https://a:b@localhost:PORT/a.png', status(200), {}],
])('refuses an image where %s', async (_name, url, respond, more) => {
  expect(await failureOf(url, respond, more)).toMatchObject({
    reason: 'PROVIDER_REFUSED',
    details: { param: 'messages[0]', code: 'invalid_image_url' },
    entry: { retry: 'never' },
  });
});
