import type { JsonValue } from '../core/json.ts';

/** What YAML text holds, as JSON would hold it. */
export interface JsonData {
  readonly value: JsonValue;
  /** Where numbers stand that JSON does not have: `.nan`, `.inf`. In `value` they are null. */
  readonly notNumbers: readonly (readonly PropertyKey[])[];
}

/** Makes JSON data of what parseYaml gave: an empty entry of a list is null, which keeps the places of the others. */
export function toJsonData(data: unknown): JsonData {
  const notNumbers: PropertyKey[][] = [];
  const convert = (item: unknown, path: PropertyKey[]): JsonValue => {
    switch (typeof item) {
      case 'string':
      case 'boolean':
        return item;
      case 'number':
        if (Number.isFinite(item)) return item;
        notNumbers.push(path);
        return null;
      case 'object':
        if (item === null) return null;
        if (Array.isArray(item)) return Array.from(item, (inner: unknown, index) => convert(inner, [...path, index]));
        return Object.fromEntries(
          Object.entries(item).map(([key, inner]: [string, unknown]) => [key, convert(inner, [...path, key])]),
        );
      default:
        return null;
    }
  };
  return { value: convert(data, []), notNumbers };
}
