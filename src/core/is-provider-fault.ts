import type { ErrorReason } from './error-registry.ts';

/**
 * What says that a provider is not well. A request that it refuses says nothing of that, nor does a stop of ours. A rate limit does: whoever
 * has another model at hand had better leave this one alone.
 */
const faults: ReadonlySet<ErrorReason> = new Set([
  'PROVIDER_UNREACHABLE',
  'PROVIDER_TIMEOUT',
  'FIRST_TOKEN_TIMEOUT',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_FAILED',
  'PROVIDER_CREDENTIALS',
  'PROVIDER_UNUSABLE',
  'PROVIDER_CUT',
]);

/** Whether an attempt that failed so counts against its provider. */
export function isProviderFault(reason: ErrorReason): boolean {
  return faults.has(reason);
}
