import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type FetchedImage, ImageFetcher } from '../../src/upstream/fetch-image.ts';
import { type ImageHost, imageFetchLimits, openImageHost } from './image-host.ts';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

function sendPng(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/png' }).end(png);
}

async function fetchOne(fetcher: ImageFetcher, url: string, signal?: AbortSignal): Promise<FetchedImage | undefined> {
  const [image] = await fetcher.fetchAll([url], signal ?? new AbortController().signal, () => {});
  return image;
}

function urlOf(host: ImageHost, path = '/image'): string {
  return `https://localhost:${host.port}${path}`;
}

describe('ImageFetcher', () => {
  it('gives the bytes and the type, and asks for nothing but the image', async () => {
    let headers: IncomingMessage['headers'] = {};
    await using host = await openImageHost((request, response) => {
      headers = request.headers;
      sendPng(request, response);
    });
    const image = await fetchOne(host.createFetcher(), urlOf(host, '/a.png?size=1'));
    expect(image).toEqual({ mimeType: 'image/png', data: png.toString('base64') });
    expect(host.paths).toEqual(['/a.png?size=1']);
    expect(headers).toMatchObject({ accept: 'image/*', 'accept-encoding': 'identity' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  });

  it('gives several in their order', async () => {
    await using host = await openImageHost((request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg; q=1' }).end(request.url);
    });
    const urls = ['/1', '/2', '/3'].map((path) => urlOf(host, path));
    const images = await host.createFetcher().fetchAll(urls, new AbortController().signal, () => {});
    expect(images.map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual(['/1', '/2', '/3']);
    expect(images[0]?.mimeType).toBe('image/jpeg');
  });

  it('tells which one failed', async () => {
    await using host = await openImageHost((request, response) => {
      if (request.url === '/bad') response.writeHead(404).end();
      else setImmediate(() => sendPng(request, response));
    });
    const failed: number[] = [];
    const urls = ['/1', '/bad', '/3'].map((path) => urlOf(host, path));
    const all = host.createFetcher().fetchAll(urls, new AbortController().signal, (index) => failed.push(index));
    await expect(all).rejects.toThrow('HTTP 404');
    expect(failed).toEqual([1]);
  });

  describe('refuses', () => {
    it.each([
      ['http', (host: ImageHost) => `http://localhost:${host.port}/`, 'only https'],
      ['another scheme', () => 'file:///etc/passwd', 'only https'],
      ['what is no URL', () => 'https://', 'not valid'],
      ['a password', (host: ImageHost) => `https://user:pass@localhost:${host.port}/`, 'password'],
    ])('%s', async (_name, makeUrl, message) => {
      await using host = await openImageHost(sendPng);
      await expect(fetchOne(host.createFetcher(), makeUrl(host))).rejects.toMatchObject({
        name: 'UpstreamFailure',
        message: expect.stringContaining(message),
      });
      expect(host.connections).toBe(0);
    });

    it.each([
      ['a page', { 'content-type': 'text/html' }, png],
      ['SVG', { 'content-type': 'image/svg+xml' }, png],
      ['bytes of no known image', { 'content-type': 'application/octet-stream' }, Buffer.from('hello')],
      ['nothing', { 'content-type': 'image/png' }, Buffer.of()],
    ])('%s', async (_name, headers, body) => {
      await using host = await openImageHost((_request, response) => {
        response.writeHead(200, headers).end(body);
      });
      await expect(fetchOne(host.createFetcher(), urlOf(host))).rejects.toThrow('no image');
    });

    it('what is compressed', async () => {
      await using host = await openImageHost((_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }).end(png);
      });
      await expect(fetchOne(host.createFetcher(), urlOf(host))).rejects.toThrow('compressed');
    });

    it('a certificate that it does not know', async () => {
      await using host = await openImageHost(sendPng);
      const { resolve, isAllowed } = { resolve: localhost, isAllowed: () => true };
      const fetcher = new ImageFetcher({ ...imageFetchLimits, resolve, isAllowed });
      await expect(fetchOne(fetcher, urlOf(host))).rejects.toMatchObject({ kind: 'unreachable' });
      expect(host.paths).toEqual([]);
    });
  });

  it('tells the type of bytes that come without one', async () => {
    await using host = await openImageHost((_request, response) => {
      response.writeHead(200, {}).end(png);
    });
    expect((await fetchOne(host.createFetcher(), urlOf(host)))?.mimeType).toBe('image/png');
  });

  it('believes the bytes and not the type that is told', async () => {
    await using host = await openImageHost((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(png);
    });
    expect((await fetchOne(host.createFetcher(), urlOf(host)))?.mimeType).toBe('image/png');
  });

  describe('is bounded', () => {
    it('by the size of an image, wherever it ends', async () => {
      await using host = await openImageHost((_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png' });
        const fill = () => {
          while (!response.destroyed && response.write(Buffer.alloc(4096)));
          if (!response.destroyed) response.once('drain', fill);
        };
        fill();
      });
      await expect(fetchOne(host.createFetcher(), urlOf(host))).rejects.toMatchObject({
        kind: 'too-large',
        message: 'it is larger than 1000 bytes',
      });
    });

    it('by the size of all together', async () => {
      await using host = await openImageHost((_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(900));
      });
      const both = host
        .createFetcher()
        .fetchAll([urlOf(host), urlOf(host, '/2')], new AbortController().signal, () => {});
      await expect(both).rejects.toMatchObject({ kind: 'too-large', message: expect.stringContaining('1500 bytes') });
    });

    it('by their number, before the first is fetched', async () => {
      await using host = await openImageHost(sendPng);
      const five = Array.from({ length: 5 }, (_, index) => urlOf(host, `/${index}`));
      const failed: number[] = [];
      const all = host.createFetcher().fetchAll(five, new AbortController().signal, (index) => failed.push(index));
      await expect(all).rejects.toThrow('no more than 4 images');
      expect(failed).toEqual([4]);
      expect(host.connections).toBe(0);
    });

    it('by the time', async () => {
      const asked = Promise.withResolvers<void>();
      await using host = await openImageHost(() => asked.resolve());
      let expire: (() => void) | undefined;
      const fetcher = host.createFetcher({
        after: (delayMs, callback) => {
          expect(delayMs).toBe(10_000);
          expire = callback;
          return () => {};
        },
      });
      const image = fetchOne(fetcher, urlOf(host));
      await asked.promise;
      expire?.();
      await expect(image).rejects.toThrow('longer than 10000 ms');
    });

    it('by its caller', async () => {
      const asked = Promise.withResolvers<void>();
      await using host = await openImageHost(() => asked.resolve());
      const controller = new AbortController();
      const image = fetchOne(host.createFetcher(), urlOf(host), controller.signal);
      await asked.promise;
      controller.abort();
      await expect(image).rejects.toMatchObject({ kind: 'aborted' });
    });
  });
});

async function localhost() {
  return [{ address: '127.0.0.1', family: 4 }];
}
