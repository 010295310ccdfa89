import type { JsonObject, JsonValue } from '../core/json.ts';

/** Sets a field, unless there is nothing to set. */
export function setKnown(target: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) target[key] = value;
}
