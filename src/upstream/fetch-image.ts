import { isIP } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { classifyFailure } from './classify-failure.ts';
import { createForbiddenHost, createGuardedLookup, type ResolveHost, resolveWithSystem } from './guarded-lookup.ts';
import { canBeImage, findImageType } from './image-type.ts';
import { isPublicAddress } from './public-address.ts';
import { headerValue } from './response-headers.ts';
import { abortedFailure, UpstreamFailure } from './upstream-failure.ts';

/** The bounds of fetching images. There are no defaults here. */
export interface ImageFetchLimits {
  /** How many images one request may have fetched. */
  readonly maxImages: number;
  /** The largest image, in bytes. */
  readonly maxImageBytes: number;
  /** All images of one request together, in bytes. */
  readonly maxTotalBytes: number;
  /** How long one image may take, redirects included, in milliseconds. */
  readonly timeoutMs: number;
  /** How many redirects are followed for one image. */
  readonly maxRedirects: number;
}

/** What images are fetched with. What differs from the defaults is for tests, and for nothing that a configuration could say. */
export interface ImageFetchOptions extends ImageFetchLimits {
  /** Runs a callback after a time in milliseconds; calling what it gives cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** Default: as the operating system does. */
  readonly resolve?: ResolveHost;
  /** Default: public addresses alone. */
  readonly isAllowed?: (address: string) => boolean;
  /** Certificates in PEM that are trusted in place of the usual ones. */
  readonly trusted?: string;
}

/** An image that was fetched. */
export interface FetchedImage {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** How much all images of one request may still have, in bytes. */
interface Budget {
  bytesLeft: number;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const maxHeaderBytes = 16 * 1024;

/**
 * Fetches images that clients name by address, for providers that take only bytes.
 *
 * The address is the client's, and the network the operator's: only https to public addresses is spoken, for every redirect too, and each
 * connection goes to an address that was checked for it. A connection carries one request and is closed.
 */
export class ImageFetcher {
  readonly #options: ImageFetchOptions;

  constructor(options: ImageFetchOptions) {
    this.#options = options;
  }

  /**
   * Fetches the images of one request, all at a time.
   *
   * @returns the images in the order of the addresses.
   * @throws UpstreamFailure. Its message is the end of a sentence about an image; `onFailure` gets the place of that image before.
   */
  async fetchAll(
    urls: readonly string[],
    signal: AbortSignal,
    onFailure: (index: number) => void,
  ): Promise<FetchedImage[]> {
    const { maxImages, maxTotalBytes } = this.#options;
    if (urls.length > maxImages) {
      onFailure(maxImages);
      throw new UpstreamFailure('too-large', `no more than ${maxImages} images are fetched for one request`);
    }
    const budget: Budget = { bytesLeft: maxTotalBytes };
    const others = new AbortController();
    const stop = AbortSignal.any([signal, others.signal]);
    let hasFailed = false;
    return Promise.all(
      urls.map(async (url, index) => {
        try {
          return await this.#fetch(url, stop, budget);
        } catch (failure) {
          if (!hasFailed) onFailure(index);
          hasFailed = true;
          others.abort();
          throw failure;
        }
      }),
    );
  }

  async #fetch(address: string, signal: AbortSignal, budget: Budget): Promise<FetchedImage> {
    const { timeoutMs, maxRedirects, after } = this.#options;
    const deadline = new AbortController();
    const cancel = after(timeoutMs, () => deadline.abort());
    const stop = AbortSignal.any([signal, deadline.signal]);
    try {
      let url = parseUrl(address, undefined);
      for (let hop = 0; hop <= maxRedirects; hop += 1) {
        const next = await this.#request(url, stop, budget);
        if (!(next instanceof URL)) return next;
        url = next;
      }
      throw new UpstreamFailure('protocol', `it redirects more than ${maxRedirects} times`);
    } catch (thrown) {
      if (signal.aborted) throw abortedFailure;
      if (deadline.signal.aborted) {
        throw new UpstreamFailure('headers-timeout', `it took longer than ${timeoutMs} ms`, thrown);
      }
      throw classifyFailure(thrown, false, {
        connectTimeoutMs: timeoutMs,
        headersTimeoutMs: timeoutMs,
        idleTimeoutMs: timeoutMs,
        maxHeaderBytes,
      });
    } finally {
      cancel();
    }
  }

  /** One request: the image, or where it is. */
  async #request(url: URL, signal: AbortSignal, budget: Budget): Promise<FetchedImage | URL> {
    const { resolve = resolveWithSystem, isAllowed = isPublicAddress, timeoutMs, trusted } = this.#options;
    // A socket looks no numbers up.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isAllowed(host)) throw createForbiddenHost();
    const client = new Client(url.origin, {
      allowH2: false,
      connectTimeout: timeoutMs,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxHeaderSize: maxHeaderBytes,
      connect: { lookup: createGuardedLookup(resolve, isAllowed), ...(trusted !== undefined && { ca: trusted }) },
    });
    try {
      const response = await client.request({
        method: 'GET',
        path: url.pathname + url.search,
        headers: { accept: 'image/*', 'accept-encoding': 'identity' },
        signal,
      });
      // The client is closed below with the body unread, which fails it; nobody listens.
      response.body.on('error', () => {});
      const location = headerValue(response.headers, 'location');
      if (redirects.has(response.statusCode) && location !== undefined) return parseUrl(location, url);
      return await this.#readImage(response, budget);
    } finally {
      await client.destroy();
    }
  }

  async #readImage(response: Dispatcher.ResponseData, budget: Budget): Promise<FetchedImage> {
    const { statusCode, headers, body } = response;
    if (statusCode !== 200) throw new UpstreamFailure('protocol', `its server answered with HTTP ${statusCode}`);
    if ((headerValue(headers, 'content-encoding') || 'identity').toLowerCase() !== 'identity') {
      throw new UpstreamFailure('protocol', 'it came compressed, though that was not asked for');
    }
    const contentType = headerValue(headers, 'content-type');
    if (!canBeImage(contentType)) throw createNoImage();
    const maxBytes = this.#options.maxImageBytes;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      budget.bytesLeft -= chunk.length;
      if (bytes > maxBytes) throw new UpstreamFailure('too-large', `it is larger than ${maxBytes} bytes`);
      if (budget.bytesLeft < 0) {
        throw new UpstreamFailure(
          'too-large',
          `the images of the request are larger than ${this.#options.maxTotalBytes} bytes together`,
        );
      }
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks, bytes);
    const mimeType = findImageType(contentType, whole);
    if (mimeType === undefined || bytes === 0) throw createNoImage();
    return { mimeType, data: whole.toString('base64') };
  }
}

function createNoImage(): UpstreamFailure {
  return new UpstreamFailure('protocol', 'what is there is no image');
}

function parseUrl(address: string, base: URL | undefined): URL {
  const url = URL.parse(address, base?.href);
  if (url === null) throw new UpstreamFailure('unreachable', 'its URL is not valid');
  if (url.protocol !== 'https:') throw new UpstreamFailure('unreachable', 'only https and data URLs can be read');
  if (url.username !== '' || url.password !== '') {
    throw new UpstreamFailure('unreachable', 'its URL holds a name or a password');
  }
  return url;
}
