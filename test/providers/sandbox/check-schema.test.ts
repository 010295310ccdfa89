import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import { isValid } from '../../../src/providers/sandbox/schema/check-schema.ts';
import { createSchemaContext } from '../../../src/providers/sandbox/schema/schema-context.ts';
import type { Schema } from '../../../src/providers/sandbox/schema/schema-keywords.ts';
import { defaultSchemaLimits } from '../../../src/providers/sandbox/schema/schema-limits.ts';
import { anySchema, smallJson } from './generated-schemas.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true });

function check(value: JsonValue, schema: Schema): boolean {
  return isValid(value, schema, createSchemaContext(schema, { ...defaultSchemaLimits, maxWork: 10_000_000 }));
}

describe('isValid', () => {
  it('agrees with a validator made for general use', () => {
    fc.assert(
      fc.property(anySchema, smallJson, (schema, value) => {
        expect(check(value, schema)).toBe(ajv.validate(schema, value));
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, Schema, JsonValue, boolean]>([
    ['a property named __proto__', { required: ['__proto__'] }, {}, false],
    ['a tuple of draft 7', { items: [{ type: 'string' }], additionalItems: false }, ['a', 1], false],
    ['exclusive bounds of draft 4', { minimum: 1, exclusiveMinimum: true }, 1, false],
    ['dependencies of draft 7, by name', { dependencies: { a: ['b'] } }, { a: 1 }, false],
    ['dependencies of draft 7, by schema', { dependencies: { a: { required: ['b'] } } }, { a: 1 }, false],
    [
      'a reference beside other keywords',
      { $defs: { s: { type: 'string' } }, $ref: '#/$defs/s', minLength: 2 },
      'a',
      false,
    ],
    ['a reference to an anchor', { $defs: { s: { $anchor: 'here', type: 'string' } }, $ref: '#here' }, 'a', true],
    [
      'a reference by the own $id',
      { $id: 'https://a.example/s', properties: { a: { $ref: 'https://a.example/s#' } } },
      { a: { a: {} } },
      true,
    ],
    ['lengths in characters, not units', { maxLength: 1 }, '😀', true],
    ['a multiple that doubles do not hold', { multipleOf: 0.01 }, 1.15, false],
    ['a keyword of the wrong type', { minimum: 'x', required: 3, properties: [], anyOf: {} }, 1, true],
  ])('knows %s', (_, schema, value, expected) => {
    expect(check(value, schema)).toBe(expected);
  });
});
