import { UpstreamFailure } from './upstream-failure.ts';
import type { UpstreamResponse } from './upstream-response.ts';

/**
 * Reads a body to its end, as UTF-8. A byte order mark is left out; bytes that are not UTF-8 become U+FFFD.
 *
 * @param maxBytes - the longest body. A longer one is given up and its connection closed.
 * @throws UpstreamFailure `too-large`, and whatever the body throws.
 */
export async function readBodyText(response: UpstreamResponse, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new UpstreamFailure('too-large', `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, bytes));
}

/** Gives up a body that nobody will read, and closes its connection. */
export async function discardBody(response: UpstreamResponse): Promise<void> {
  await response.body[Symbol.asyncIterator]().return?.();
}
