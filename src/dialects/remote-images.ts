import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';

/** Bytes inside a request. */
export interface InlineMedia {
  readonly mimeType: string;
  /** Base64. */
  readonly data: string;
}

/** An image that has to be fetched before a request can be encoded, for a provider that does not open its address. */
export interface RemoteImage {
  readonly url: string;
  /** Where it stands in the request. */
  readonly param: string;
}

/**
 * Lists the images of a request that must be fetched, in their order, each address once.
 *
 * @param isRemote - whether the provider does not take an address.
 */
export function listImages({ messages }: ChatCompletionRequest, isRemote: (url: string) => boolean): RemoteImage[] {
  const images = new Map<string, RemoteImage>();
  for (const [at, { contentParts }] of messages.entries()) {
    for (const [index, { part }] of contentParts.entries()) {
      if (part.case !== 'imageUrl' || images.has(part.value.url) || !isRemote(part.value.url)) continue;
      images.set(part.value.url, { url: part.value.url, param: `messages[${at}].content[${index}].image_url.url` });
    }
  }
  return [...images.values()];
}
