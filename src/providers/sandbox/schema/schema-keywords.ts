import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { WorkBudget } from '../work-budget.ts';

/** A JSON Schema: an object of keywords, or true (anything) or false (nothing). */
export type Schema = boolean | JsonObject;

// Readers of keywords. A keyword of the wrong type says nothing, so that a schema with a mistake in it still gives a sample.

/** A value as a schema. */
export function toSchema(value: JsonValue | undefined): Schema | undefined {
  return typeof value === 'boolean' || isJsonObject(value) ? value : undefined;
}

/** A member of a list of schemas. What is no schema says nothing. */
export function asSchema(value: JsonValue | undefined): Schema {
  return toSchema(value) ?? true;
}

/** One schema for several that must all hold; a single one stays itself. */
export function joinSchemas(schemas: readonly Schema[]): Schema {
  const [first = true] = schemas;
  return schemas.length <= 1 ? first : { allOf: [...schemas] };
}

/** A keyword that holds a schema. */
export function readSchema(schema: JsonObject, keyword: string): Schema | undefined {
  return toSchema(schema[keyword]);
}

/** A keyword that holds a schema, as a list of one or none. */
export function listSchema(schema: JsonObject, keyword: string): readonly Schema[] {
  const found = readSchema(schema, keyword);
  return found === undefined ? [] : [found];
}

/** A keyword that holds a list; it is not copied. Absent: empty. */
export function readList(schema: JsonObject, keyword: string): readonly JsonValue[] {
  const value = schema[keyword];
  return Array.isArray(value) ? value : [];
}

/**
 * A keyword that holds a list of texts. Absent: empty.
 *
 * @throws WorkExhausted
 */
export function readTexts(schema: JsonObject, keyword: string, budget: WorkBudget): readonly string[] {
  const list = readList(schema, keyword);
  budget.spend(list.length);
  return list.filter((value) => typeof value === 'string');
}

/** A keyword that holds an object; it is not copied. Absent: empty. */
export function readObject(schema: JsonObject, keyword: string): JsonObject {
  const value = schema[keyword];
  return isJsonObject(value) ? value : {};
}

/** A keyword that holds a text. */
export function readText(schema: JsonObject, keyword: string): string | undefined {
  const value = schema[keyword];
  return typeof value === 'string' ? value : undefined;
}

/** A keyword that holds a number. */
export function readNumber(schema: JsonObject, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The types that a schema allows. `undefined`: all. */
export function readTypes(schema: JsonObject): readonly JsonValue[] | undefined {
  const type = schema['type'];
  return typeof type === 'string' ? [type] : Array.isArray(type) ? type : undefined;
}

/** The schemas of an array's first items: `prefixItems`, or `items` as a list as up to draft 2019-09. */
export function readPrefix(schema: JsonObject): readonly JsonValue[] {
  return readList(schema, Array.isArray(schema['prefixItems']) ? 'prefixItems' : 'items');
}

/** The schema of an array's items after the first ones, as a list of one or none. */
export function listRest(schema: JsonObject): readonly Schema[] {
  return listSchema(schema, Array.isArray(schema['items']) ? 'additionalItems' : 'items');
}

/**
 * What a property by this name asks for beside itself: `dependentRequired`, and names in `dependencies` of draft 7.
 *
 * @throws WorkExhausted
 */
export function readDependents(schema: JsonObject, name: string, budget: WorkBudget): readonly string[] {
  return ['dependentRequired', 'dependencies'].flatMap((keyword) => {
    const dependents = readObject(schema, keyword);
    return Object.hasOwn(dependents, name) ? readTexts(dependents, name, budget) : [];
  });
}

/**
 * The schemas that hold when a property is there, with the property's name, from the same two generations of keywords.
 *
 * @throws WorkExhausted
 */
export function readDependentSchemas(
  schema: JsonObject,
  budget: WorkBudget,
): readonly (readonly [name: string, schema: Schema])[] {
  return ['dependentSchemas', 'dependencies'].flatMap((keyword) => {
    const entries = Object.entries(readObject(schema, keyword));
    budget.spend(entries.length);
    return entries.flatMap(([name, value]): [string, Schema][] => {
      const dependent = toSchema(value);
      return dependent === undefined ? [] : [[name, dependent]];
    });
  });
}

/** The references of a schema. A dynamic one is taken as a plain one, which it is unless schemas extend one another. */
export function readReferences(schema: JsonObject): readonly string[] {
  return [readText(schema, '$ref') ?? [], readText(schema, '$dynamicRef') ?? []].flat();
}
