import { constants, Http2ServerResponse } from 'node:http2';
import type { NodeResponse } from './one-port-errors.ts';

/** How long a client may take to read the end of an answer that was stopped, in milliseconds. */
export const endGraceMs = 1000;

/** Breaks a response off, so that nobody takes it for complete. Over HTTP/2 the connection stays. */
export function cutResponse(response: NodeResponse): void {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_CANCEL);
  else response.destroy();
}
