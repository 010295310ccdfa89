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

/**
 * Addresses inside of a platform, which only providers of that platform read: Google's Cloud Storage and Files API
 * (ai.google.dev/gemini-api/docs/file-input-methods), and Amazon's S3.
 */
const platformAddress = /^(?:gs:\/\/|s3:\/\/|files\/)/i;

/**
 * The error for an image whose address a provider cannot read.
 *
 * @param field - where it stands in the request.
 * @param url - the address.
 * @returns REQUEST_UNSUPPORTED for one that another provider may read, and PROVIDER_REFUSED for one that nobody can: of an unknown scheme,
 *   or a data URI that is malformed.
 */
export function createImageFault(field: string, url: string): SignalboxError {
  if (platformAddress.test(url)) {
    return createRefusal(field, 'The provider cannot open this address of an image. Send an https URL or a data URI.');
  }
  return createRequestFault(field, 'The address of an image must be an https URL or a data URI.');
}
