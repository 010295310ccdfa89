import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ImageFetcher } from '../../src/upstream/fetch-image.ts';
import type { ResolvedAddress } from '../../src/upstream/guarded-lookup.ts';
import { isPublicAddress } from '../../src/upstream/public-address.ts';
import { type ImageHost, imageFetchLimits, openImageHost } from './image-host.ts';

const forbidden = { kind: 'unreachable', message: 'its host has no public address' };

function sendPng(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'image/png' }).end('png');
}

function fetchOne(fetcher: ImageFetcher, url: string): Promise<unknown> {
  return fetcher.fetchAll([url], new AbortController().signal, () => {});
}

function ipv4(...addresses: readonly string[]): ResolvedAddress[] {
  return addresses.map((address) => ({ address, family: 4 }));
}

describe('isPublicAddress', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '192.167.255.255',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('ImageFetcher reaches no host of the operator', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '169.254.169.254',
    '10.0.0.1',
    '0.0.0.0',
  ])('by the number %s', async (name) => {
    await using host = await openImageHost(sendPng);
    const fetcher = new ImageFetcher(imageFetchLimits);
    await expect(fetchOne(fetcher, `https://${name}:${host.port}/`)).rejects.toMatchObject(forbidden);
    expect(host.connections).toBe(0);
  });

  it.each(['localhost', 'localhost.', 'LOCALHOST'])('by the name %s', async (name) => {
    await using host = await openImageHost(sendPng);
    const fetcher = new ImageFetcher(imageFetchLimits);
    await expect(fetchOne(fetcher, `https://${name}:${host.port}/`)).rejects.toMatchObject(forbidden);
    expect(host.connections).toBe(0);
  });

  it.each([
    ['stands for an inner address', ipv4('10.1.2.3')],
    ['stands for the metadata of a cloud', ipv4('169.254.169.254')],
    ['stands for an inner address beside a public one', ipv4('8.8.8.8', '127.0.0.1')],
    ['stands for no address', []],
  ])('by a name that %s', async (_name, addresses) => {
    await using host = await openImageHost(sendPng);
    const fetcher = new ImageFetcher({ ...imageFetchLimits, resolve: async () => addresses });
    await expect(fetchOne(fetcher, `https://images.test:${host.port}/`)).rejects.toMatchObject(forbidden);
    expect(host.connections).toBe(0);
  });

  it('and tells nobody whether an inner name exists', async () => {
    const fetcher = new ImageFetcher({
      ...imageFetchLimits,
      resolve: async () => {
        throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
      },
    });
    await expect(fetchOne(fetcher, 'https://no-such-name.internal/')).rejects.toMatchObject(forbidden);
  });

  it('by a name whose answer changes between check and connection', async () => {
    await using host = await openImageHost(sendPng);
    const answers = [ipv4('127.0.0.1'), ipv4('127.0.0.2')];
    let asked = 0;
    const fetcher = host.createFetcher({ resolve: async () => answers[asked++] ?? [] });
    // What was checked is what is connected to: the name is not asked for again.
    await expect(fetchOne(fetcher, `https://localhost:${host.port}/`)).resolves.toHaveLength(1);
    expect(asked).toBe(1);
    // The next request is checked anew.
    await expect(fetchOne(fetcher, `https://localhost:${host.port}/`)).rejects.toMatchObject(forbidden);
    expect(host.connections).toBe(1);
  });
});

describe('ImageFetcher follows redirects', () => {
  function redirectTo(makeLocation: (host: ImageHost, path: string) => string, status = 302) {
    const opened: { host: ImageHost | undefined } = { host: undefined };
    const opening = openImageHost((request, response) => {
      const { host } = opened;
      if (request.url === '/image' || host === undefined) sendPng(request, response);
      else response.writeHead(status, { location: makeLocation(host, request.url ?? '') }).end('moved');
    });
    return opening.then((host) => {
      opened.host = host;
      return host;
    });
  }

  it.each([301, 302, 303, 307, 308])('of HTTP %i', async (status) => {
    await using host = await redirectTo(() => '/image', status);
    await fetchOne(host.createFetcher(), `https://localhost:${host.port}/start`);
    expect(host.paths).toEqual(['/start', '/image']);
  });

  it.each([
    ['an inner number', ({ port }: ImageHost) => `https://127.0.0.2:${port}/image`, forbidden],
    ['the metadata of a cloud', () => 'https://169.254.169.254/latest/meta-data/', forbidden],
    ['loopback in IPv6', ({ port }: ImageHost) => `https://[::1]:${port}/image`, forbidden],
    [
      'plain http',
      ({ port }: ImageHost) => `http://localhost:${port}/image`,
      { message: expect.stringMatching('https') },
    ],
    ['a file', () => 'file:///etc/passwd', { message: expect.stringMatching('https') }],
    ['what is no URL', () => 'https://[', { message: 'its URL is not valid' }],
  ])('but not to %s', async (_name, makeLocation, failure) => {
    await using host = await redirectTo(makeLocation);
    await expect(fetchOne(host.createFetcher(), `https://localhost:${host.port}/start`)).rejects.toMatchObject(failure);
    expect(host.paths).toEqual(['/start']);
  });

  it('but not to a name that stands for an inner address', async () => {
    await using host = await redirectTo(({ port }) => `https://inner.test:${port}/image`);
    const fetcher = host.createFetcher({
      resolve: async (name) => ipv4(name === 'localhost' ? '127.0.0.1' : '10.0.0.1'),
    });
    await expect(fetchOne(fetcher, `https://localhost:${host.port}/start`)).rejects.toMatchObject(forbidden);
    expect(host.connections).toBe(1);
  });

  it('a few times', async () => {
    await using host = await redirectTo((_host, path) => `${path}x`);
    await expect(fetchOne(host.createFetcher(), `https://localhost:${host.port}/start`)).rejects.toThrow(
      'more than 2 times',
    );
    expect(host.paths).toHaveLength(3);
  });
});
