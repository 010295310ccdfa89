import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';

/**
 * Names that need care, without those that the validator of the tests gets wrong: `__proto__`, `constructor`, `toString` and the
 * empty one.
 */
const propertyName = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'hasOwnProperty', 'isPrototypeOf', 'type', 'default', ' ', 'a/b', 'a~b', '%'),
  fc.string({ minLength: 1, maxLength: 4 }).filter((name) => name !== '__proto__'),
);

/** Small JSON values. */
export const smallJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue[]>(null, true, false, 0, 1, 2, 3, -1, 1.5, 10, '', 'a', 'ab', 'abc', 'text'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const size = fc.nat({ max: 4 });
const pattern = fc.constantFrom('^[a-z]+$', '^\\d{2}-[A-F]$', '^(red|green)$', 'x', '^(?!foo)\\w{3,5}$', '^a*$');

/** Schemas that some value is valid against, whatever the generator draws. */
export const satisfiableSchema: fc.Arbitrary<JsonObject> = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonObject[]>({}, { type: 'boolean' }, { type: 'null' }, { type: ['null', 'number'] }),
    fc.tuple(size, size).map(([least, more]) => ({ type: 'string', minLength: least, maxLength: least + more })),
    pattern.map((source) => ({ type: 'string', pattern: source })),
    fc
      .constantFrom('date', 'date-time', 'email', 'uri', 'uuid', 'unknown')
      .map((format) => ({ type: 'string', format })),
    fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 })).map(([minimum, step]) => ({
      type: 'integer',
      minimum,
      exclusiveMaximum: minimum + step,
      multipleOf: step,
    })),
    fc
      .double({ min: -5, max: 5, noNaN: true })
      .map((low) => ({ exclusiveMinimum: low, maximum: low + 0.25, type: 'number' })),
    fc.array(smallJson, { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
    smallJson.map((value) => ({ const: value })),
    fc.tuple(smallJson, tie('schema')).map(([value, schema]) => ({ default: value, ...schema })),
    fc
      .record({
        items: tie('schema'),
        prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        minItems: size,
      })
      .map((array) => ({ type: 'array', ...array })),
    fc
      .tuple(
        fc.dictionary(propertyName, tie('schema'), { maxKeys: 4, noNullPrototype: true }),
        fc.boolean(),
        fc.boolean(),
      )
      .map(([properties, areRequired, additionalProperties]) => ({
        type: 'object',
        properties,
        required: areRequired ? Object.keys(properties) : [],
        additionalProperties,
      })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    tie('schema').map((schema) => ({ allOf: [schema, {}] })),
    fc.tuple(tie('schema'), tie('schema')).map(([left, right]) => ({
      oneOf: [
        { type: 'object', properties: { kind: { const: 'left' }, left }, required: ['kind'] },
        { type: 'object', properties: { kind: { const: 'right' }, right }, required: ['kind', 'right'] },
      ],
    })),
    tie('schema').map((schema) => ({ not: { type: 'string' }, anyOf: [schema, { type: 'integer' }] })),
  ),
})).schema;

/** Schemas of any mixture of keywords: many allow nothing. */
export const anySchema: fc.Arbitrary<JsonObject> = fc.letrec<{ schema: JsonObject; keyword: JsonObject }>((tie) => {
  const key = fc.constantFrom('a', 'b', 'c');
  const schemas = fc.array(tie('schema'), { minLength: 1, maxLength: 3 });
  const byName = fc.dictionary(key, tie('schema'), { maxKeys: 3, noNullPrototype: true });
  const byPattern = fc.dictionary(fc.constantFrom('^a', 'b$'), tie('schema'), { maxKeys: 2, noNullPrototype: true });
  const named = (keyword: string, value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> =>
    value.map((given) => ({ [keyword]: given }));
  return {
    schema: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      satisfiableSchema,
      fc.array(tie('keyword'), { minLength: 1, maxLength: 5 }).map((keywords) => Object.assign({}, ...keywords)),
    ),
    keyword: fc.oneof(
      named('type', fc.constantFrom('string', 'integer', 'number', 'object', 'array', 'boolean', 'null')),
      named('minimum', fc.integer({ min: -5, max: 5 })),
      named('exclusiveMaximum', fc.integer({ min: -5, max: 9 })),
      named('multipleOf', fc.integer({ min: 1, max: 4 })),
      named('pattern', pattern),
      fc
        .constantFrom('minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties')
        .chain((name) => named(name, size)),
      named('uniqueItems', fc.boolean()),
      named('items', fc.oneof(tie('schema'), fc.boolean())),
      named('contains', tie('schema')),
      named('properties', byName),
      named('patternProperties', byPattern),
      named('additionalProperties', fc.oneof(tie('schema'), fc.boolean())),
      named('propertyNames', fc.constantFrom({ maxLength: 2 }, { pattern: '^[abx]+$' })),
      named('required', fc.uniqueArray(key, { maxLength: 3 })),
      named('dependentRequired', fc.constantFrom({ a: ['b'] }, { b: ['c', 'a'] })),
      named(
        'dependentSchemas',
        tie('schema').map((schema) => ({ a: schema })),
      ),
      fc.constantFrom('anyOf', 'oneOf', 'allOf').chain((name) => named(name, schemas)),
      named('not', tie('schema')),
      fc.tuple(tie('schema'), tie('schema')).map(([condition, otherwise]) => ({ if: condition, else: otherwise })),
    ),
  };
}).schema;
