import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../../gen/grpc/health/v1/health_pb.ts';
import type { ServerState } from '../server-state.ts';

/**
 * grpc.health.v1 (github.com/grpc/grpc/blob/master/doc/health-checking.md): the server as a whole under the empty name, and each
 * service under its own. All are up or down together: they are down when /readyz says no.
 */
export function createHealthService(state: ServerState, serviceNames: readonly string[]): ServiceImpl<typeof Health> {
  const known = new Set(['', ...serviceNames]);
  const readStatus = () => (state.isReady ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);

  return {
    check({ service }) {
      if (!known.has(service)) throw new ConnectError(`unknown service ${service}`, Code.NotFound);
      return { status: readStatus() };
    },

    list() {
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status: readStatus() }])) };
    },

    async *watch({ service }, { signal }) {
      const isKnown = known.has(service);
      let wake = (): void => {};
      const onChange = (): void => wake();
      const unsubscribe = state.onChange(onChange);
      signal.addEventListener('abort', onChange, { once: true });
      try {
        let told: ServingStatus | undefined;
        for (;;) {
          // Made before the status is read, so that no change after it is missed.
          const change = Promise.withResolvers<void>();
          wake = change.resolve;
          const status = isKnown ? readStatus() : ServingStatus.SERVICE_UNKNOWN;
          if (status !== told) {
            told = status;
            yield { status };
          } else if (state.isDraining || signal.aborted) {
            // Draining is the last state: the stream ends with it, so that it does not hold up the shutdown.
            return;
          } else {
            await change.promise;
          }
        }
      } finally {
        unsubscribe();
        signal.removeEventListener('abort', onChange);
      }
    },
  };
}
