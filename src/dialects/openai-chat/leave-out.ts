import { isJsonObject, type JsonValue } from '../../core/json.ts';

/**
 * Leaves out what stands at a path, in every element where it leads through arrays.
 *
 * @param value - changed in place.
 * @param path - the fields' names with dots between.
 * @returns whether anything stood there.
 */
export function leaveOut(value: JsonValue | undefined, path: string): boolean {
  return leaveOutAt(value, path.split('.'));
}

function leaveOutAt(value: JsonValue | undefined, [field = '', ...below]: readonly string[]): boolean {
  if (Array.isArray(value)) return value.map((element) => leaveOutAt(element, [field, ...below])).includes(true);
  if (!isJsonObject(value) || !Object.hasOwn(value, field)) return false;
  if (below.length > 0) return leaveOutAt(value[field], below);
  delete value[field];
  return true;
}
