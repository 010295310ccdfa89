import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';

/**
 * Reads values of a provider's answer. Providers are not clients: what has an unexpected type is taken as absent, so that one odd field does
 * not cost an answer.
 */

/** A non-empty string, or `undefined`. Half a surrogate pair in it, which RPC cannot carry, becomes U+FFFD. */
export function text(value: JsonValue | undefined): string | undefined {
  return piece(value)?.toWellFormed();
}

/** A non-empty string as it came, or `undefined`: a piece of a text, which can begin or end inside a surrogate pair. */
export function piece(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, or `undefined`. */
export function number(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A whole number that a 32-bit field holds, from 0, or `undefined`: an index, a place in a text, a count. */
export function count(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : undefined;
}

/** The objects of an array; nothing when it is none. */
export function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The object itself, or an empty one in place of anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The objects of an array, or the one object that stands in its place. */
export function oneOrMore(value: JsonValue | undefined): JsonObject[] {
  return isJsonObject(value) ? [value] : objects(value);
}

/** The object that a text is, as JSON. `undefined`: it is none. */
export function parseObject(json: string): JsonObject | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isJsonObject(value) ? value : undefined;
}
