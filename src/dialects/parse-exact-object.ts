import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { parseObject } from './read-values.ts';

/** What TypeScript's library does not have yet of ECMA-262's JSON.parse source text access, which V8 has since 11.4. */
declare global {
  interface JSON {
    /** Something that JSON.stringify writes as this text, the JSON of a value that is no object and no array. */
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/**
 * The object that a text is, as JSON, to be written again by JSON.stringify with every number as it stands in the text. `undefined`: it is
 * none.
 *
 * A number that would change, as `12345678901234567890`, `1.0` or `1e400` would, is a JSON.rawJSON and cannot be read.
 */
export function parseExactObject(json: string): JsonObject | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(json, keepNumber);
  } catch (thrown) {
    // A function for each value costs stack, which JSON.parse alone does not: beyond some thousand levels numbers are not kept.
    return thrown instanceof RangeError ? parseObject(json) : undefined;
  }
  return isJsonObject(value) && !JSON.isRawJSON(value) ? value : undefined;
}

/** @param context - optional in TypeScript only, whose JSON.parse does not know it. */
function keepNumber(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && source !== String(value) ? JSON.rawJSON(source) : value;
}
