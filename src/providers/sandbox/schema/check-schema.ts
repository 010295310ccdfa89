import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { isJsonEqual } from './json-equal.ts';
import { isInRange, isMultipleOf, readNumberRange } from './number-range.ts';
import { type SchemaContext, Undecidable } from './schema-context.ts';
import {
  asSchema,
  listRest,
  listSchema,
  readDependentSchemas,
  readDependents,
  readList,
  readNumber,
  readObject,
  readPrefix,
  readReferences,
  readSchema,
  readText,
  readTexts,
  readTypes,
  type Schema,
} from './schema-keywords.ts';

/** How many schemas may stand inside one another while one value is checked. */
const maxNesting = 256;

/**
 * Whether a value is valid against a schema of JSON Schema 2020-12, with the keywords of draft 7 that it replaced.
 *
 * `format` and the content keywords are annotations here, as the specification has them; `unevaluatedItems` and
 * `unevaluatedProperties` are not looked at, since the sampler adds nothing that they would refuse.
 *
 * A validator made for general use compiles the schema to code and hands its patterns to a backtracking engine; both are out of
 * the question for a schema that a caller sends.
 *
 * @throws WorkExhausted
 * @throws Undecidable for a reference or a pattern that cannot be read, and for schemas that refer to themselves without end.
 */
export function isValid(value: JsonValue, schema: Schema, context: SchemaContext): boolean {
  return isValidWithin(value, schema, context, 0);
}

function isValidWithin(value: JsonValue, schema: Schema, context: SchemaContext, nesting: number): boolean {
  context.budget.spend(1);
  if (typeof schema === 'boolean') {
    return schema;
  }
  if (nesting > maxNesting) {
    throw new Undecidable('the schema nests too deep');
  }
  const check: Check = (inner, innerSchema) => isValidWithin(inner, innerSchema, context, nesting + 1);
  return (
    isAllowedType(value, schema, context) &&
    isAllowedValue(value, schema, context) &&
    (typeof value !== 'number' || isAllowedNumber(value, schema)) &&
    (typeof value !== 'string' || isAllowedText(value, schema, context)) &&
    (!Array.isArray(value) || isAllowedArray(value, schema, context, check)) &&
    (!isJsonObject(value) || isAllowedObject(value, schema, context, check)) &&
    isAllowedBySubschemas(value, schema, context, check)
  );
}

type Check = (value: JsonValue, schema: Schema) => boolean;

/** Whether a value is of one of JSON Schema's types. */
export function isOfType(value: JsonValue, type: JsonValue): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    default:
      return typeof value === type;
  }
}

function isAllowedType(value: JsonValue, schema: JsonObject, { budget }: SchemaContext): boolean {
  const types = readTypes(schema);
  return (
    types === undefined ||
    types.some((type) => {
      budget.spend(1);
      return isOfType(value, type);
    })
  );
}

function isAllowedValue(value: JsonValue, schema: JsonObject, { budget }: SchemaContext): boolean {
  const constant = schema['const'];
  return (
    (constant === undefined || isJsonEqual(value, constant, budget)) &&
    (!Array.isArray(schema['enum']) || readList(schema, 'enum').some((item) => isJsonEqual(value, item, budget)))
  );
}

function isAllowedNumber(value: number, schema: JsonObject): boolean {
  const step = readNumber(schema, 'multipleOf');
  return isInRange(value, readNumberRange(schema)) && (step === undefined || isMultipleOf(value, step));
}

function isWithin(size: number, schema: JsonObject, least: string, most: string): boolean {
  return size >= (readNumber(schema, least) ?? 0) && size <= (readNumber(schema, most) ?? Number.POSITIVE_INFINITY);
}

function isAllowedText(value: string, schema: JsonObject, context: SchemaContext): boolean {
  const pattern = readText(schema, 'pattern');
  if (schema['minLength'] !== undefined || schema['maxLength'] !== undefined) {
    context.budget.spend(1 + value.length);
    // Lengths count code points.
    if (!isWithin(Array.from(value).length, schema, 'minLength', 'maxLength')) {
      return false;
    }
  }
  return pattern === undefined || context.matches(pattern, value);
}

function isAllowedArray(
  value: readonly JsonValue[],
  schema: JsonObject,
  { budget }: SchemaContext,
  check: Check,
): boolean {
  if (!isWithin(value.length, schema, 'minItems', 'maxItems')) {
    return false;
  }
  const prefix = readPrefix(schema);
  const [rest = true] = listRest(schema);
  const contained = readSchema(schema, 'contains');
  if (!value.every((item, index) => check(item, index < prefix.length ? asSchema(prefix[index]) : rest))) {
    return false;
  }
  if (contained !== undefined) {
    const count = value.filter((item) => check(item, contained)).length;
    if (count < (readNumber(schema, 'minContains') ?? 1)) {
      return false;
    }
    if (count > (readNumber(schema, 'maxContains') ?? Number.POSITIVE_INFINITY)) {
      return false;
    }
  }
  return (
    schema['uniqueItems'] !== true ||
    value.every((item, index) => !value.slice(0, index).some((earlier) => isJsonEqual(item, earlier, budget)))
  );
}

function isAllowedObject(value: JsonObject, schema: JsonObject, context: SchemaContext, check: Check): boolean {
  const names = Object.keys(value);
  const required = readTexts(schema, 'required', context.budget);
  context.budget.spend(names.length);
  if (
    !isWithin(names.length, schema, 'minProperties', 'maxProperties') ||
    !required.every((name) => Object.hasOwn(value, name))
  ) {
    return false;
  }
  const nameSchema = readSchema(schema, 'propertyNames') ?? true;
  return names.every((name) => {
    const inner = value[name];
    return (
      inner !== undefined &&
      check(name, nameSchema) &&
      listPropertySchemas(schema, name, context).every((propertySchema) => check(inner, propertySchema)) &&
      readDependents(schema, name, context.budget).every((dependent) => Object.hasOwn(value, dependent))
    );
  });
}

/**
 * The schemas that a schema has for one property of an object.
 *
 * @throws WorkExhausted
 * @throws Undecidable for a pattern of `patternProperties` that cannot be read.
 */
export function listPropertySchemas(schema: JsonObject, name: string, context: SchemaContext): readonly Schema[] {
  const found = [...listNamed(readObject(schema, 'properties'), name)];
  const byPattern = readObject(schema, 'patternProperties');
  for (const pattern of Object.keys(byPattern)) {
    if (context.matches(pattern, name)) {
      found.push(asSchema(byPattern[pattern]));
    }
  }
  return found.length === 0 ? listSchema(schema, 'additionalProperties') : found;
}

/** The schema by this name, as a list of one or none. */
function listNamed(schemas: JsonObject, name: string): readonly Schema[] {
  return Object.hasOwn(schemas, name) ? [asSchema(schemas[name])] : [];
}

function isAllowedBySubschemas(value: JsonValue, schema: JsonObject, context: SchemaContext, check: Check): boolean {
  const holds = (inner: JsonValue): boolean => check(value, asSchema(inner));
  const not = readSchema(schema, 'not');
  const condition = readSchema(schema, 'if');
  return (
    readReferences(schema).every((ref) => holds(context.resolveRef(ref))) &&
    readList(schema, 'allOf').every(holds) &&
    (!Array.isArray(schema['anyOf']) || isAny(readList(schema, 'anyOf'), holds, context)) &&
    (!Array.isArray(schema['oneOf']) || isExactlyOne(readList(schema, 'oneOf'), holds)) &&
    (not === undefined || !holds(not)) &&
    (condition === undefined || holds(readSchema(schema, holds(condition) ? 'then' : 'else') ?? true)) &&
    (!isJsonObject(value) || isAllowedByDependents(value, schema, context, check))
  );
}

/** One choice that holds is enough, whatever cannot be told of the others. */
function isAny(choices: readonly JsonValue[], holds: (choice: JsonValue) => boolean, context: SchemaContext): boolean {
  let isUndecided = false;
  for (const choice of choices) {
    const verdict = context.decide(() => holds(choice));
    if (verdict === true) {
      return true;
    }
    isUndecided ||= verdict === undefined;
  }
  if (isUndecided) {
    throw new Undecidable(context.problem ?? 'none of its choices can be told to hold');
  }
  return false;
}

function isExactlyOne(choices: readonly JsonValue[], holds: (choice: JsonValue) => boolean): boolean {
  const first = choices.findIndex(holds);
  return first >= 0 && !choices.some((choice, index) => index > first && holds(choice));
}

function isAllowedByDependents(
  value: JsonObject,
  schema: JsonObject,
  { budget }: SchemaContext,
  check: Check,
): boolean {
  return readDependentSchemas(schema, budget).every(
    ([name, dependent]) => !Object.hasOwn(value, name) || check(value, dependent),
  );
}
