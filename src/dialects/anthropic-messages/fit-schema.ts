import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { isRecursiveSchema } from '../is-recursive-schema.ts';

/**
 * Fits a JSON Schema to what `output_config.format` takes: platform.claude.com/docs/en/build-with-claude/structured-outputs.
 *
 * Keywords that are not taken there become words of the description, as Anthropic's own SDKs do it: the model reads them, though nothing
 * holds it to them.
 */

/** Keywords that stay as they are. */
const keptKeywords: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'enum',
  'const',
  'default',
  'required',
  '$ref',
]);

/** Keywords whose values are schemas by name, lists of schemas, or one schema. */
const namedSchemas: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
const listedSchemas: ReadonlySet<string> = new Set(['anyOf', 'allOf']);

/** Values of `format` that are taken. */
const keptFormats: ReadonlySet<string> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** How deep a schema may be nested. Deeper ones are not fitted. */
const maxDepth = 64;

/** Keywords that say nothing of what the answer may be. */
const silentKeywords: ReadonlySet<string> = new Set(['$schema', '$id', '$comment', 'strict']);

/**
 * Fits a schema.
 *
 * @returns `undefined` when what it means cannot be said so: objects with properties that are not named, references to elsewhere,
 * schemas of anything, and schemas that refer to themselves.
 */
export function fitSchema(schema: JsonObject): JsonObject | undefined {
  if (schema['type'] !== 'object') return undefined;
  const fitted = fitObject(schema, 0);
  return fitted === undefined || isRecursiveSchema(fitted) ? undefined : fitted;
}

function fitNested(value: JsonValue | undefined, depth: number): JsonObject | undefined {
  return isJsonObject(value) && Object.keys(value).length > 0 ? fitObject(value, depth) : undefined;
}

function fitObject(schema: JsonObject, depth: number): JsonObject | undefined {
  if (depth > maxDepth) return undefined;
  const fitted: JsonObject = {};
  const left: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (silentKeywords.has(keyword)) continue;
    if (keyword === 'additionalProperties') {
      if (value !== false) return undefined;
    } else if (keyword === '$ref' && !(typeof value === 'string' && value.startsWith('#/'))) {
      return undefined;
    } else if (keptKeywords.has(keyword)) {
      fitted[keyword] = value;
    } else if (namedSchemas.has(keyword)) {
      const named = fitNamed(value, depth + 1);
      if (named === undefined) return undefined;
      fitted[keyword] = named;
    } else if (listedSchemas.has(keyword) || keyword === 'oneOf') {
      const listed = fitListed(value, depth + 1);
      if (listed === undefined) return undefined;
      fitted[keyword === 'oneOf' ? 'anyOf' : keyword] = listed;
    } else if (keyword === 'items') {
      const items = fitNested(value, depth + 1);
      if (items === undefined) return undefined;
      fitted['items'] = items;
    } else if (isKept(keyword, value)) {
      fitted[keyword] = value;
    } else {
      left[keyword] = value;
    }
  }
  if (isObjectType(schema)) {
    // An object without named properties may have any.
    if (fitted['properties'] === undefined && schema['additionalProperties'] !== false) return undefined;
    fitted['additionalProperties'] = false;
  }
  return describeLeft(fitted, left);
}

function isObjectType({ type, properties }: JsonObject): boolean {
  return type === 'object' || properties !== undefined || (Array.isArray(type) && type.includes('object'));
}

function isKept(keyword: string, value: JsonValue): boolean {
  if (keyword === 'format') return typeof value === 'string' && keptFormats.has(value);
  return keyword === 'minItems' && (value === 0 || value === 1);
}

function fitNamed(value: JsonValue, depth: number): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).map(([name, schema]) => [name, fitNested(schema, depth)] as const);
  const fitted: JsonObject = {};
  for (const [name, schema] of entries) {
    if (schema === undefined) return undefined;
    fitted[name] = schema;
  }
  return fitted;
}

function fitListed(value: JsonValue, depth: number): JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const fitted = value.map((schema) => fitNested(schema, depth)).filter((schema) => schema !== undefined);
  return fitted.length === value.length ? fitted : undefined;
}

function describeLeft(fitted: JsonObject, left: JsonObject): JsonObject {
  const rules = Object.entries(left).map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`);
  if (rules.length === 0) return fitted;
  const said = typeof fitted['description'] === 'string' ? `${fitted['description']}\n\n` : '';
  return { ...fitted, description: `${said}(${rules.join(', ')})` };
}
