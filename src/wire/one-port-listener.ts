import { toSignalboxError } from '../core/errors.ts';
import { answerWithError, createHostError, type NodeRequest, type NodeResponse } from './one-port-errors.ts';
import type { RequestListener } from './one-port-options.ts';

/** A request's host: `:authority` in HTTP/2, else the Host header. */
function getHost(request: NodeRequest): string | undefined {
  return 'authority' in request ? request.authority : request.headers.host;
}

/**
 * Wraps a listener so that what it throws or rejects with ends the request and not the process.
 *
 * A failed request is answered with 500, and with 400 when its host is unusable: adapters that build a URL of it throw then, and
 * looking only afterwards costs good requests nothing.
 */
export function guardListener(
  listener: RequestListener,
  onError: (thrown: unknown) => void,
): (request: NodeRequest, response: NodeResponse) => void {
  const fail = (request: NodeRequest, response: NodeResponse, thrown: unknown): void => {
    const host = getHost(request);
    if (host === undefined || !URL.canParse(`http://${host}`)) {
      answerWithError(response, createHostError());
      return;
    }
    onError(thrown);
    answerWithError(response, toSignalboxError(thrown));
  };
  return (request, response) => {
    try {
      const result = listener(request, response);
      if (result instanceof Promise) result.catch((thrown: unknown) => fail(request, response, thrown));
    } catch (thrown) {
      fail(request, response, thrown);
    }
  };
}
