import type { FieldViolation } from '../core/errors.ts';

/** A field at fault as a line: its path and what is wrong. */
export function describeViolation({ field, description }: FieldViolation): string {
  return field === '' ? description : `${field}: ${description}`;
}
