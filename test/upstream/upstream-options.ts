import type { UpstreamOptions } from '../../src/upstream/upstream-client.ts';

/** Bounds that no test meets by accident. */
export const upstreamOptions: UpstreamOptions = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  idleTimeoutMs: 10_000,
  maxConnectionsPerOrigin: 16,
  keepAliveMs: 60_000,
  maxHeaderBytes: 16_384,
  maxBufferedBytes: 65_536,
};
