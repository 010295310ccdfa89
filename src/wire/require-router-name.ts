import { createFieldError } from '../core/json-fields.ts';
import { parseRouterName } from '../routers/router-name.ts';

/**
 * Reads the name of a router that is to exist, `NAME` or `routers/NAME`.
 *
 * @throws SignalboxError INVALID_FIELD for `name` when no router can have it.
 */
export function requireRouterName(text: string): string {
  if (text === '') throw createFieldError('name', 'it is required');
  const name = parseRouterName(text);
  if (name === undefined) {
    throw createFieldError(
      'name',
      'it must be lower-case letters, digits and hyphens, at most 63, as routers are named',
    );
  }
  return name;
}
