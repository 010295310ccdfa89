import type { UniversalClientFn } from '@connectrpc/connect/protocol';

/** Holds the HTTP status among the headers of an answer. No server's own header counts: it is always set. */
export const httpStatusHeader = 'x-http-status';

/**
 * Makes a client that notes the HTTP status of each answer among its headers, which are the metadata of Connect's errors. Connect itself
 * drops the status of an error whose body is JSON, although it may be that of some other server.
 */
export function noteStatus(client: UniversalClientFn): UniversalClientFn {
  return async (request) => {
    const response = await client(request);
    response.header.set(httpStatusHeader, String(response.status));
    return response;
  };
}
