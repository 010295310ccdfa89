import { createError, type SignalboxError } from '../../core/errors.ts';

/**
 * The error for what Gemini cannot do and what cannot be left out without changing what was asked.
 *
 * @param problem - a sentence.
 * @param param - the field at fault.
 */
export function createRefusal(problem: string, param: string): SignalboxError {
  return createError('PROVIDER_REFUSED', { problem }, { param, code: 'unsupported_value' });
}
