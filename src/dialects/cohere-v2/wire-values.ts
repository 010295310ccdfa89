import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** The object itself, or an empty one in place of anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The objects of an array, or the one object that stands in its place: whole answers have arrays where streams have objects. */
export function oneOrMore(value: JsonValue | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isJsonObject);
  return isJsonObject(value) ? [value] : [];
}

/** Sets a field, unless there is nothing to set. */
export function set(target: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) target[key] = value;
}
