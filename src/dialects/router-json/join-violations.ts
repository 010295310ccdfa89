import type { FieldViolation } from '../../core/errors.ts';
import { toPlainName } from './field-names.ts';

/**
 * Everything that is wrong with a router: what decodeRouter found, and what checkRouter found in the rest of it.
 *
 * What the check says of a field that could not be read, of what is in it and of what it is in, is left out: a weight of a wrong type is not
 * also missing from the sum.
 */
export function joinViolations(
  decoded: readonly FieldViolation[],
  checked: readonly FieldViolation[],
): FieldViolation[] {
  const unreadable = decoded.map(({ field }) => toPlainName(field));
  const unrelated = checked.filter(({ field }) => {
    const path = toPlainName(field);
    return !unreadable.some((other) => isWithin(path, other) || isWithin(other, path));
  });
  return [...decoded, ...unrelated];
}

/** Whether a path is another one, or inside it. */
function isWithin(path: string, outer: string): boolean {
  if (!path.startsWith(outer)) return false;
  const next = path[outer.length];
  return next === undefined || next === '.' || next === '[';
}
