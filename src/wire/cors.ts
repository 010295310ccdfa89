import { cors as connectCors } from '@connectrpc/connect';
import corsMiddleware from 'cors';
import type { RequestListener } from './one-port-options.ts';

/** Which web pages may call the server. */
export interface CorsOptions {
  /** Origins, or `*` for all. Empty: no page of another origin may. */
  readonly origins: readonly string[];
  /** How long a browser may keep the answer to a preflight, in seconds. */
  readonly preflightMaxAgeS: number;
}

/** Headers of ours that pages may read, beside those of the RPC protocols. */
const exposedHeaders = ['x-generation-id', 'retry-after', ...connectCors.exposedHeaders];

/**
 * Puts CORS (fetch.spec.whatwg.org#http-cors-protocol) before a listener, for REST and RPC alike. Preflights are answered here.
 * Without origins the listener is left as it is.
 */
export function allowOrigins(listener: RequestListener, { origins, preflightMaxAgeS }: CorsOptions): RequestListener {
  if (origins.length === 0) return listener;
  const apply = corsMiddleware({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    // Left out, so that a preflight gets back whatever headers it asks for: SDKs add their own.
    allowedHeaders: undefined,
    exposedHeaders,
    maxAge: preflightMaxAgeS,
  });
  return (request, response) => {
    let result: unknown;
    apply(request, response, () => {
      result = listener(request, response);
    });
    return result;
  };
}
