import type { Clock } from '../core/clock.ts';
import { createError } from '../core/errors.ts';
import { ImageFetcher, type ImageFetchOptions } from '../upstream/fetch-image.ts';
import { UpstreamFailure } from '../upstream/upstream-failure.ts';

/** An image that has to be fetched before a request can be encoded. */
export interface RequestImage {
  readonly url: string;
  /** Where it stands in the request. */
  readonly param: string;
}

/** An image's bytes. */
export interface FetchedImage {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** Fetches the images of one request: the same addresses, with their bytes. */
export type FetchRequestImages = (
  images: readonly RequestImage[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, FetchedImage>>;

/**
 * Makes a function that fetches the images which a request names by address, for a provider that does not open addresses itself.
 *
 * It throws PROVIDER_REFUSED, with the place of the image, for one that cannot be had.
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
      const problem = `The image in ${failed ?? 'messages'} could not be fetched: ${thrown.message}.`;
      throw createError('PROVIDER_REFUSED', { problem }, { param: failed, code: 'invalid_image_url', cause: thrown });
    }
  };
}
