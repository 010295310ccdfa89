import type { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkText } from './check-bounds.ts';

/** The longest id of a route or a variant, in UTF-16 units. */
const maxIdChars = 128;

/**
 * Checks the id of a route or a variant. Control characters are refused, so that a newline can stand between ids where several of them are
 * hashed together.
 */
export function checkId(id: string, path: string, violations: ViolationList): void {
  checkText(id, maxIdChars, path, violations);
  if (/\p{Cc}/u.test(id)) violations.add(path, 'it must not have control characters');
}
