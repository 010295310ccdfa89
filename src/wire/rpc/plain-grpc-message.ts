import type { OutgoingHttpHeaders } from 'node:http';
import type { NodeResponse } from '../one-port-errors.ts';

const messageName = 'grpc-message';

/**
 * Makes the message of a status readable for every client. Connect escapes it as a part of a URL; gRPC asks to escape only what is no
 * printable ASCII, and `%` (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Most clients undo either, but grpc-js shows `%3A` and `%2C`.
 */
export function sendPlainGrpcMessages(response: NodeResponse): void {
  // The two types of responses differ in what they take; what Connect gives is an object of headers.
  const target: { addTrailers(trailers: OutgoingHttpHeaders): void } = response;
  const addTrailers = target.addTrailers.bind(response);
  target.addTrailers = (trailers) => {
    const message = trailers[messageName];
    addTrailers(typeof message === 'string' ? { ...trailers, [messageName]: escapeMessage(message) } : trailers);
  };
}

function escapeMessage(escapedAsUrl: string): string {
  return decodeURIComponent(escapedAsUrl).replace(/[^\x20-\x24\x26-\x7e]+/gu, encodeURIComponent);
}
