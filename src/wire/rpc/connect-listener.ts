import { Code, ConnectError, type ConnectRouter, createContextKey, createContextValues } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { requestRejected } from '../../core/events.ts';
import { cutResponse } from '../cut-response.ts';
import type { NodeRequest, NodeResponse } from '../one-port-errors.ts';
import type { RequestListener } from '../one-port-options.ts';
import { clientSignalKey } from './explain-wire-errors.ts';
import { sendPlainGrpcMessages } from './plain-grpc-message.ts';
import { readProtocol } from './read-protocol.ts';

/** Breaks off what a call answers on: for a client that does not take its answer, on which Connect would wait for good. */
export const cutResponseKey = createContextKey<() => void>(() => {}, { description: 'cut the response' });

/**
 * Makes the services of a router a listener, which hands everything else to `fallback`.
 *
 * Connect's own node adapter does the same but writes to the console whenever a client goes away.
 */
export function createConnectListener(router: ConnectRouter, fallback: RequestListener): RequestListener {
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const handler = handlers.get(request.url?.split('?', 1)[0] ?? '');
    if (handler !== undefined) return serve(handler, request, response);
    const protocol = readProtocol(request.headers['content-type']);
    return protocol === 'connect' ? fallback(request, response) : refuseUnknown(request, response);
  };
}

async function serve(handler: UniversalHandler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const values = createContextValues();
  const universal = universalRequestFromNodeRequest(request, response, undefined, values);
  values.set(clientSignalKey, universal.signal);
  values.set(cutResponseKey, () => cutResponse(response));
  sendPlainGrpcMessages(response);
  try {
    const answer = await handler(universal);
    // RFC 9110, section 15.5.6: a 405 names the methods that are allowed.
    if (answer.status === 405) response.setHeader('allow', handler.allowedMethods.join(', '));
    await universalResponseToNodeResponse(answer, response);
  } catch (thrown) {
    // The client went away, which the call's own record tells.
    if (universal.signal.aborted || ConnectError.from(thrown).code === Code.Aborted) return;
    requestRejected.publish({
      protocol: readProtocol(request.headers['content-type']),
      path: handler.requestPath,
      errorReason: 'INTERNAL',
      httpStatus: 500,
      cause: thrown,
    });
    response.destroy();
  }
}

/** gRPC has no 404: a method that is not there is a status in the header (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
function refuseUnknown(request: NodeRequest, response: NodeResponse): void {
  response.statusCode = 200;
  // The client's own, codec included: gRPC-Web clients take no other.
  response.setHeader('content-type', request.headers['content-type'] ?? 'application/grpc');
  response.setHeader('grpc-status', String(Code.Unimplemented));
  response.setHeader('grpc-message', 'This method does not exist here. gRPC reflection lists those that do.');
  response.end();
}
