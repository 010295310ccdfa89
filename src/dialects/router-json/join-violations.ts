import type { FieldViolation } from '../../core/errors.ts';
import { noSuchField, toPlainName } from './field-names.ts';

/**
 * Everything that is wrong with a router: what decodeRouter found, and what checkRouter found in the rest of it.
 *
 * What the check says of a field that could not be read, of what is in it and of the list or message that it is in, is left out: a weight of a
 * wrong type is not also missing from the sum. So is, beside a field that does not exist, that another one is missing: it is most likely meant.
 */
export function joinViolations(
  decoded: readonly FieldViolation[],
  checked: readonly FieldViolation[],
): FieldViolation[] {
  const unreadable = decoded.map(({ field, description }) => ({
    path: toPlainName(field),
    isUnknown: description.startsWith(noSuchField),
  }));
  const unrelated = checked.filter(({ field, description }) => {
    const path = toPlainName(field);
    return !unreadable.some((other) =>
      other.isUnknown
        ? absence.test(description) && parentOf(path) === parentOf(other.path)
        : isWithin(path, other.path) || path === parentOf(other.path) || path === parentOf(parentOf(other.path)),
    );
  });
  return [...decoded, ...unrelated];
}

/** What checks say of something that is not there. */
const absence = /^(?:it is required|a router needs)/;

/** The path of what a field or an element is in. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0));
}

/** Whether a path is another one, or inside it. */
function isWithin(path: string, outer: string): boolean {
  if (!path.startsWith(outer)) return false;
  const next = path[outer.length];
  return next === undefined || next === '.' || next === '[';
}
