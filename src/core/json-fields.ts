import { createError, type SignalboxError } from './errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/**
 * Reads one typed field of a JSON object that a client sent. `null` means absent, since many clients send it for fields they do
 * not set. Whatever is there with another type is refused with the field's path.
 */

/** The error for a field that is wrong. `problem` is the end of a sentence, without a full stop. */
export function createFieldError(field: string, problem: string): SignalboxError {
  return createError(
    'INVALID_FIELD',
    { field, problem },
    { param: field, violations: [{ field, description: problem }] },
  );
}

/** The path of a field inside an object at `path`; the root's path is empty. */
export function joinPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function describeType(value: JsonValue): string {
  if (Array.isArray(value)) return 'an array';
  return isJsonObject(value) ? 'an object' : `a ${typeof value}`;
}

function createTypeError(object: JsonObject, key: string, path: string, expected: string): SignalboxError {
  const value = object[key];
  return createFieldError(
    joinPath(path, key),
    `it must be ${expected}${value === undefined || value === null ? '' : `, not ${describeType(value)}`}`,
  );
}

/** A string, or `undefined` when absent. */
export function readString(object: JsonObject, key: string, path: string): string | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw createTypeError(object, key, path, 'a string');
  return value;
}

/** A string that must be there. */
export function requireString(object: JsonObject, key: string, path: string): string {
  const value = readString(object, key, path);
  if (value === undefined) throw createFieldError(joinPath(path, key), 'it is required');
  return value;
}

/** A number, or `undefined` when absent. */
export function readNumber(object: JsonObject, key: string, path: string): number | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw createTypeError(object, key, path, 'a number');
  return value;
}

/** A whole number that a 32-bit field holds, or `undefined` when absent. */
export function readInt32(object: JsonObject, key: string, path: string): number | undefined {
  const value = readNumber(object, key, path);
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) throw createFieldError(joinPath(path, key), 'it must be a whole number');
  if (value !== (value | 0)) throw createFieldError(joinPath(path, key), 'it is too large');
  return value;
}

/** A whole number that JSON holds exactly, or `undefined` when absent. */
export function readSafeInteger(object: JsonObject, key: string, path: string): number | undefined {
  const value = readNumber(object, key, path);
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value)) {
    throw createFieldError(joinPath(path, key), 'it must be a whole number of at most 53 bits');
  }
  return value;
}

/** A boolean, or `undefined` when absent. */
export function readBoolean(object: JsonObject, key: string, path: string): boolean | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw createTypeError(object, key, path, 'true or false');
  return value;
}

/** An object, or `undefined` when absent. */
export function readObject(object: JsonObject, key: string, path: string): JsonObject | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw createTypeError(object, key, path, 'an object');
  return value;
}

/** An object that must be there. */
export function requireObject(object: JsonObject, key: string, path: string): JsonObject {
  const value = readObject(object, key, path);
  if (value === undefined) throw createFieldError(joinPath(path, key), 'it is required');
  return value;
}

/** An array, or `undefined` when absent. */
export function readArray(object: JsonObject, key: string, path: string): JsonValue[] | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw createTypeError(object, key, path, 'an array');
  return value;
}

/** An array of objects, each read by `decode` with its own path. Empty when absent. */
export function readObjects<Item>(
  object: JsonObject,
  key: string,
  path: string,
  decode: (item: JsonObject, path: string) => Item,
): Item[] {
  const fieldPath = joinPath(path, key);
  return (readArray(object, key, path) ?? []).map((item, index) => {
    const itemPath = `${fieldPath}[${index}]`;
    if (!isJsonObject(item))
      throw createFieldError(itemPath, `it must be an object, not ${item === null ? 'null' : describeType(item)}`);
    return decode(item, itemPath);
  });
}

/** An array of strings. Empty when absent. */
export function readStrings(object: JsonObject, key: string, path: string): string[] {
  const fieldPath = joinPath(path, key);
  return (readArray(object, key, path) ?? []).map((item, index) => {
    if (typeof item !== 'string') throw createFieldError(`${fieldPath}[${index}]`, 'it must be a string');
    return item;
  });
}
