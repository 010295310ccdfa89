import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { isRecursiveSchema } from '../is-recursive-schema.ts';

/**
 * What Bedrock can hold a model to by itself: docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html. Bounds of numbers,
 * texts and lists, patterns, objects of any properties and schemas that refer to themselves are not among it.
 */

const keptKeywords: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'enum',
  'const',
  'default',
  'required',
]);
const schemasByName: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
const schemaLists: ReadonlySet<string> = new Set(['anyOf', 'allOf']);

/** Keywords that say nothing of what the answer may be. */
const silentKeywords: ReadonlySet<string> = new Set(['$schema', '$id', '$comment', 'strict']);

/** How deep a schema may be nested. Deeper ones are not native. */
const maxDepth = 64;

/**
 * Writes a schema as Bedrock takes it, with its objects closed.
 *
 * @returns `undefined` when Bedrock cannot hold a model to it.
 */
export function toNativeSchema(schema: JsonObject): JsonObject | undefined {
  const native = schema['type'] === 'object' ? toNative(schema, 0) : undefined;
  return native === undefined || isRecursiveSchema(native) ? undefined : native;
}

function toNative(schema: JsonValue | undefined, depth: number): JsonObject | undefined {
  // A schema without keywords takes anything.
  if (depth > maxDepth || !isJsonObject(schema) || Object.keys(schema).length === 0) return undefined;
  const native: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (silentKeywords.has(keyword)) continue;
    const written = writeKeyword(keyword, value, depth + 1);
    if (written === undefined) return undefined;
    native[keyword] = written;
  }
  if (schema['type'] !== 'object') return native;
  // An object without named properties may have any, unless it says that it has none.
  if (native['properties'] === undefined && native['additionalProperties'] !== false) return undefined;
  return { ...native, additionalProperties: false };
}

function writeKeyword(keyword: string, value: JsonValue, depth: number): JsonValue | undefined {
  if (keptKeywords.has(keyword)) return value;
  if (keyword === 'additionalProperties') return value === false ? value : undefined;
  if (keyword === 'items') return toNative(value, depth);
  if (keyword === '$ref') return typeof value === 'string' && value.startsWith('#/') ? value : undefined;
  if (schemasByName.has(keyword) && isJsonObject(value)) {
    const entries = Object.entries(value).map(([name, inner]) => [name, toNative(inner, depth)] as const);
    const known = entries.flatMap(([name, inner]) => (inner === undefined ? [] : [[name, inner] as const]));
    return known.length === entries.length ? Object.fromEntries(known) : undefined;
  }
  if (schemaLists.has(keyword) && Array.isArray(value)) {
    const known = value.map((inner) => toNative(inner, depth)).filter((inner) => inner !== undefined);
    return known.length === value.length ? known : undefined;
  }
  return undefined;
}
