import { createError, type FieldViolation, type SignalboxError } from './errors.ts';

/**
 * Makes one INVALID_FIELD error of everything that is wrong with what was sent. Its message and `param` are about the first violation
 * and say how many more there are; `violations` holds them all.
 *
 * @param first - at least one, so that there is something to say.
 */
export function createViolationsError(first: FieldViolation, ...others: readonly FieldViolation[]): SignalboxError {
  const { field, description } = first;
  const more = others.length === 0 ? '' : `, and ${others.length} more ${others.length === 1 ? 'problem' : 'problems'}`;
  const details = { param: field === '' ? undefined : field, violations: [first, ...others] };
  // Of a field without a name the sentence would have a hole.
  return field === ''
    ? createError('INVALID_REQUEST', { problem: `${description}${more}` }, details)
    : createError('INVALID_FIELD', { field, problem: `${description}${more}` }, details);
}
