import { isIP } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { createError } from '../core/errors.ts';
import type { InlineMedia, RemoteImage } from '../dialects/remote-images.ts';
import { ImageFetcher, type ImageFetchOptions } from '../upstream/fetch-image.ts';
import { isPublicAddress } from '../upstream/public-address.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';

/** Fetches the images of one request: the same addresses, with their bytes. */
export type FetchRequestImages = (
  images: readonly RemoteImage[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, InlineMedia>>;

/**
 * Makes a function that fetches the images which a request names by address, for a provider that does not open addresses itself.
 *
 * For one that cannot be had it throws, with the place of the image:
 *
 * - REQUEST_UNSUPPORTED where the network is the reason: another provider may open the address itself;
 * - PROVIDER_REFUSED where the address or what is there is.
 */
export function createRequestImages(options: Omit<ImageFetchOptions, 'after'>, clock: Clock): FetchRequestImages {
  const fetcher = new ImageFetcher({ after: (delayMs, callback) => clock.after(delayMs, callback), ...options });
  return async (images, signal) => {
    const urls = images.map(({ url }) => url);
    let failed: string | undefined;
    try {
      const fetched = await fetcher.fetchAll(urls, signal, (index) => {
        failed = images[index]?.param;
      });
      return new Map(fetched.map((image, index) => [urls[index] ?? '', image]));
    } catch (thrown) {
      if (!(thrown instanceof UpstreamFailure) || thrown.kind === 'aborted') throw thrown;
      const { url } = images.find(({ param }) => param === failed) ?? {};
      const isOfNetwork = isNetworkFailure(thrown) && url !== undefined && canBeOpened(url, options.isAllowed);
      const problem = `The image in ${failed ?? 'messages'} could not be fetched: ${thrown.message}.`;
      throw createError(
        isOfNetwork ? 'REQUEST_UNSUPPORTED' : 'PROVIDER_REFUSED',
        { problem },
        { param: failed, code: 'invalid_image_url', cause: thrown },
      );
    }
  };
}

/** How the failure of a server that is asked too much, or is ill, ends. */
const serverProblem = / HTTP (?:408|429|5\d\d)$/;

function isNetworkFailure({ kind, message }: UpstreamFailure): boolean {
  switch (kind) {
    case 'unreachable':
    case 'headers-timeout':
    case 'idle-timeout':
    case 'cut':
      return true;
    default:
      return serverProblem.test(message);
  }
}

/**
 * Whether an address is one that anybody could open. Only the address itself tells: names inside the operator's network and names that do
 * not exist must look the same, so that nobody can ask for the former.
 */
function canBeOpened(address: string, isAllowed: (address: string) => boolean = isPublicAddress): boolean {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 || isAllowed(host);
}
