import type { SignalboxError } from '../../core/errors.ts';

/**
 * Whether a provider says that it has no such model: HTTP 404. Of all refusals this one is not the request's fault where the server chose
 * the model: catalogues are older than what providers switch off. It would not be so elsewhere, so that another candidate is worth asking.
 */
export function isMissingModel({ reason, httpStatus }: SignalboxError): boolean {
  return reason === 'PROVIDER_REFUSED' && httpStatus === 404;
}
