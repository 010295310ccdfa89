import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../../gen/grpc/health/v1/health_pb.ts';
import type { ServerState } from '../server-state.ts';

/**
 * grpc.health.v1 (github.com/grpc/grpc/blob/master/doc/health-checking.md): the server as a whole under the empty name, and each
 * service under its own. All are up or down together.
 */
export function createHealthService(state: ServerState, serviceNames: readonly string[]): ServiceImpl<typeof Health> {
  const known = new Set(['', ...serviceNames]);
  const readStatus = () => (state.isDraining ? ServingStatus.NOT_SERVING : ServingStatus.SERVING);

  return {
    check({ service }) {
      if (!known.has(service)) throw new ConnectError(`unknown service ${service}`, Code.NotFound);
      return { status: readStatus() };
    },

    list() {
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status: readStatus() }])) };
    },

    async *watch({ service }, context) {
      yield { status: known.has(service) ? readStatus() : ServingStatus.SERVICE_UNKNOWN };
      if (state.isDraining) return;
      const change = Promise.withResolvers<void>();
      const unsubscribe = state.onChange(change.resolve);
      try {
        await Promise.race([change.promise, waitForAbort(context.signal)]);
      } finally {
        unsubscribe();
      }
      // Draining is the last state: the stream ends with it, so that it does not hold up the shutdown.
      if (state.isDraining && known.has(service)) yield { status: readStatus() };
    },
  };
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
