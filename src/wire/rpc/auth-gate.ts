import { createContextKey, type HandlerContext } from '@connectrpc/connect';
import { ChatService } from '../../../gen/signalbox/chat/v1/chat_service_pb.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import type { Principal } from '../../core/principal.ts';
import { encodeThrown } from './error-interceptor.ts';

/** Who calls, on services that need to know. */
export const principalKey = createContextKey<Principal | undefined>(undefined, { description: 'principal' });

/** Services that need a key. Health and reflection are for probes and tools, which have none. */
const protectedServices: ReadonlySet<string> = new Set([ChatService.typeName]);

/**
 * Puts the principal of a call into its context, or refuses it. Runs before the message is read: nobody without a key makes the
 * server take ten megabytes.
 */
export function createAuthGate(authenticator: Authenticator): (context: HandlerContext) => void {
  return ({ service, method, requestHeader, values }) => {
    if (!protectedServices.has(service.typeName)) return;
    try {
      values.set(principalKey, authenticator.authenticate(requestHeader.get('authorization') ?? undefined));
    } catch (thrown) {
      // Interceptors do not see what a gate throws.
      throw encodeThrown(thrown, method, requestHeader);
    }
  };
}
