import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Authenticator, requireScope } from '../../auth/authenticator.ts';
import type { Clock } from '../../core/clock.ts';
import { createError } from '../../core/errors.ts';
import type { Principal, Scope } from '../../core/principal.ts';

/** Who sent a request, and when. */
export interface Caller {
  readonly principal: Principal;
  /** On the monotonic clock. */
  readonly receivedAtMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the key is known to be good; `undefined` on paths that need none. */
    caller: Caller | undefined;
  }
}

/** What callers are known by. */
export interface CallerOptions {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
}

/** A hook that runs when the header of a request is there. */
export type RequestHook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Makes the hook of a path that needs a key with one of some scopes. It runs before the body is read: nobody without a key makes the server take
 * ten megabytes.
 */
export function createCallerHook(
  { authenticator, clock }: CallerOptions,
  ...scopes: readonly [Scope, ...Scope[]]
): RequestHook {
  return async (request, reply) => {
    const principal = authenticator.authenticate(request.headers.authorization);
    requireScope(principal, ...scopes);
    request.caller = { principal, receivedAtMs: clock.monotonicMs() };
    requirePlainBody(request, reply);
  };
}

/** Who sent a request to a path that needs a key. */
export function readCaller({ caller }: FastifyRequest): Caller {
  if (caller === undefined) throw createError('CREDENTIALS_MISSING', {});
  return caller;
}

/** RFC 9110, sections 8.4.1 and 15.5.16: what a compressed body is answered with, and what would do. */
function requirePlainBody(request: FastifyRequest, reply: FastifyReply): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  reply.header('accept-encoding', 'identity');
  const problem = `its content-encoding is ${encoding.slice(0, 100)}, and only a plain body is taken: send it uncompressed`;
  throw createError('INVALID_REQUEST', { problem }, { httpStatus: 415, code: 'unsupported_content_encoding' });
}
