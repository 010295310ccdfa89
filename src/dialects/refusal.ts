import { createError, type SignalboxError } from '../core/errors.ts';

/**
 * The error for what a provider cannot do and what cannot be left out without changing what the request means. Another provider may be
 * able to: the router goes on with the next candidate.
 *
 * @param field - where it stands in the request.
 * @param problem - a sentence that says what to do.
 * @returns REQUEST_UNSUPPORTED.
 */
export function createRefusal(field: string, problem: string): SignalboxError {
  return createError('REQUEST_UNSUPPORTED', { problem }, { code: 'unsupported_value', param: field });
}

/**
 * The error for what is wrong in itself, so that no provider could do it: the call ends with it.
 *
 * @param field - where it stands in the request.
 * @param problem - a sentence that says what to do.
 * @returns PROVIDER_REFUSED.
 */
export function createRequestFault(field: string, problem: string): SignalboxError {
  return createError('PROVIDER_REFUSED', { problem }, { code: 'unsupported_value', param: field });
}

/** The error for an image whose address nobody can read: of an unknown scheme, or a data URI that is malformed. */
export function createImageFault(field: string): SignalboxError {
  return createRequestFault(field, 'The address of an image must be an https URL or a data URI.');
}
