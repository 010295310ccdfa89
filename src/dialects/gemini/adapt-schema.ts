import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** Keywords whose values are schemas by name, so that what stands in them is no keyword. */
const mapKeywords: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'definitions']);

/** Keywords whose values are data. */
const dataKeywords: ReadonlySet<string> = new Set(['enum', 'default', 'examples', 'required', 'propertyOrdering']);

/**
 * Writes a JSON Schema in the words that Gemini reads (ai.google.dev/api/generate-content#FIELDS.response_json_schema), which ignores
 * others: `const` as an `enum` of one, what stands beside `$ref` around it, no `$schema`.
 */
export function adaptSchema(schema: JsonObject): JsonObject {
  const { $schema: _, const: only, $ref: reference, ...rest } = schema;
  const adapted: JsonObject = {};
  for (const [keyword, value] of Object.entries(rest)) {
    if (dataKeywords.has(keyword)) set(adapted, keyword, value);
    else if (mapKeywords.has(keyword) && isJsonObject(value)) set(adapted, keyword, adaptMap(value));
    else set(adapted, keyword, adaptValue(value));
  }
  if ((typeof only === 'string' || typeof only === 'number') && !('enum' in adapted)) adapted['enum'] = [only];
  else if (only !== undefined) adapted['const'] = only;
  if (reference === undefined) return adapted;
  const isAlone = Object.keys(adapted).every((keyword) => keyword.startsWith('$'));
  return isAlone || 'anyOf' in adapted ? { ...adapted, $ref: reference } : { ...adapted, anyOf: [{ $ref: reference }] };
}

function adaptMap(map: JsonObject): JsonObject {
  const adapted: JsonObject = {};
  for (const [name, value] of Object.entries(map)) set(adapted, name, adaptValue(value));
  return adapted;
}

function adaptValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(adaptValue);
  return isJsonObject(value) ? adaptSchema(value) : value;
}

/** As a field of its own, whatever its name: a property of a schema may be called `__proto__`. */
function set(target: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}
