import { createError, type SignalboxError } from '../../core/errors.ts';
import { decodeErrorBody } from '../../dialects/gemini/decode-error.ts';

/**
 * The error for HTTP 404 that does not come from the API. An API that does not know a model says so in JSON; a page is what Google's front
 * answers for a location that does not exist or has no such path, which is the operator's to mend.
 *
 * @returns PROVIDER_FAILED. `undefined`: it is another answer.
 */
export function classifyUnknownPlace(provider: string, status: number, body: string): SignalboxError | undefined {
  if (status !== 404 || decodeErrorBody(body).message !== undefined) return undefined;
  const problem =
    'there is no such place. The location in the configuration or the name of the model is wrong. The operator must check them.';
  return createError('PROVIDER_FAILED', { provider, status, problem });
}
