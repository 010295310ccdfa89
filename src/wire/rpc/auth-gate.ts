import { createContextKey, type HandlerContext } from '@connectrpc/connect';
import { Health } from '../../../gen/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import { createError } from '../../core/errors.ts';
import type { Principal } from '../../core/principal.ts';
import { encodeThrown } from './error-interceptor.ts';

/** Who calls, on services that need to know. */
const principalKey = createContextKey<Principal | undefined>(undefined, { description: 'principal' });

/** The only services that need no key: probes and tools have none. Whatever is served beside them needs one. */
const publicServices: ReadonlySet<string> = new Set([
  Health.typeName,
  ServerReflection.typeName,
  ServerReflectionAlpha.typeName,
]);

/**
 * Puts the principal of a call into its context, or refuses it. Runs before the message is read: nobody without a key makes the
 * server take ten megabytes.
 */
export function createAuthGate(authenticator: Authenticator): (context: HandlerContext) => void {
  return ({ service, method, requestHeader, values }) => {
    if (publicServices.has(service.typeName)) return;
    try {
      values.set(principalKey, authenticator.authenticate(requestHeader.get('authorization') ?? undefined));
    } catch (thrown) {
      // Interceptors do not see what a gate throws.
      throw encodeThrown(thrown, method, requestHeader);
    }
  };
}

/**
 * Who made a call of a service that needs a key.
 *
 * @throws SignalboxError CREDENTIALS_MISSING on a service that needs none.
 */
export function requirePrincipal({ values }: HandlerContext): Principal {
  const principal = values.get(principalKey);
  if (principal === undefined) throw createError('CREDENTIALS_MISSING', {});
  return principal;
}
