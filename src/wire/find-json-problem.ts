import type { JsonObject, JsonValue } from '../core/json.ts';

/** What a JSON value may be at most. */
export interface JsonBounds {
  /** How deep arrays and objects may nest; the value itself is the first level. Whatever walks it later may recurse as deep. */
  readonly maxDepth: number;
  /** How many values it may hold in all, at every level. */
  readonly maxValues: number;
}

/**
 * Looks for what parsers of JSON and of `google.protobuf.Struct` let pass: nesting too deep, more values than anybody needs, and
 * numbers that JSON has not. JSON.parse makes Infinity of those past the range of a double, and JSON.stringify makes null of that,
 * so that the provider would get something else than the client sent.
 *
 * Level by level and not by recursion: the value may be nested deeper than the stack is.
 *
 * @returns the end of a sentence that begins with the value, or `undefined` when there is none.
 */
export function findJsonProblem(json: JsonObject, { maxDepth, maxValues }: JsonBounds): string | undefined {
  let level: (JsonObject | JsonValue[])[] = [json];
  let valueCount = 0;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return `it is nested deeper than ${maxDepth} levels`;
    const next: (JsonObject | JsonValue[])[] = [];
    for (const value of level) {
      const children = Array.isArray(value) ? value : Object.values(value);
      valueCount += children.length;
      if (valueCount > maxValues) return `it has more than ${maxValues} values`;
      for (const child of children) {
        if (typeof child === 'object' && child !== null) next.push(child);
        else if (typeof child === 'number' && !Number.isFinite(child)) {
          return Number.isNaN(child) ? 'it has a number that is not one (NaN)' : 'it has a number that is too large';
        }
      }
    }
    level = next;
  }
  return undefined;
}
