import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import type { Schema } from '../../../src/providers/sandbox/schema/schema-keywords.ts';

/** A condition, built so that no object here has a member `then`, which would make it look like a promise. */
function condition(test: Schema, met: Schema, unmet: Schema): JsonObject {
  return Object.fromEntries([
    ['if', test],
    ['then', met],
    ['else', unmet],
  ]);
}

const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['value', 'children'],
      additionalProperties: false,
    },
  },
};

/** So many that only the flattest value is found in time. */
const rules = 60;

const grammar: JsonObject = {
  $ref: '#/$defs/expression',
  $defs: {
    expression: {
      anyOf: [
        ...Array.from({ length: rules }, (_, n) => ({ $ref: `#/$defs/binary${n}` })),
        { $ref: '#/$defs/literal' },
      ],
    },
    literal: {
      type: 'object',
      properties: { kind: { const: 'literal' }, value: { type: 'number' } },
      required: ['kind', 'value'],
    },
    ...Object.fromEntries(
      Array.from({ length: rules }, (_, n) => [
        `binary${n}`,
        {
          type: 'object',
          properties: {
            kind: { const: n },
            left: { $ref: '#/$defs/expression' },
            right: { $ref: '#/$defs/expression' },
          },
          required: ['kind', 'left', 'right'],
        },
      ]),
    ),
  },
};

/** Schemas by what they show, each with the value that the sandbox makes from it. */
export const sampledSchemas: readonly (readonly [shows: string, schema: Schema, value: JsonValue])[] = [
  ['true', true, 'text'],
  ['const', { const: { a: [1] } }, { a: [1] }],
  ['enum', { enum: ['x', 2] }, 'x'],
  ['enum with a type', { type: 'integer', enum: ['x', 2] }, 2],
  ['default', { type: 'string', default: 'given' }, 'given'],
  ['an invalid default', { type: 'integer', default: 'given' }, 1],
  ['a default out of range', { type: 'integer', minimum: 10, default: 3 }, 10],
  ['examples', { type: 'string', minLength: 5, examples: ['short'.slice(1), 'example'] }, 'example'],
  ['several types, null last', { type: ['null', 'string'] }, 'text'],
  ['boolean', { type: 'boolean' }, true],
  ['null', { type: 'null' }, null],
  [
    'optional properties',
    { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } },
    { a: 'text', b: 1 },
  ],
  ['required properties that are not declared', { type: 'object', required: ['z'] }, { z: 'text' }],
  ['properties without a type', { properties: { a: { type: 'null' } } }, { a: null }],
  ['a closed object', { type: 'object', properties: { a: true }, additionalProperties: false }, { a: 'text' }],
  ['minItems', { type: 'array', items: { type: 'integer' }, minItems: 3 }, [1, 1, 1]],
  ['uniqueItems', { type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true }, [1, 2, 3]],
  [
    'uniqueItems of objects',
    {
      type: 'array',
      items: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      minItems: 2,
      uniqueItems: true,
    },
    [{ id: 'text' }, { id: 'text1' }],
  ],
  ['prefixItems', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false }, ['text', 1]],
  ['contains', { type: 'array', contains: { const: 7 }, minContains: 2 }, [7, 7]],
  ['contains among items', { type: 'array', items: { enum: [1, 7] }, contains: { const: 7 }, minItems: 2 }, [7, 1]],
  ['minLength', { type: 'string', minLength: 12 }, 'text text te'],
  ['maxLength', { type: 'string', maxLength: 2 }, 'te'],
  ['pattern', { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' }, 'ABC-5678'],
  ['pattern with lookaheads', { type: 'string', pattern: '^(?=.*\\d)(?=.*[A-Z])[a-zA-Z\\d]{8,}$' }, 'a1Ab2Bc3'],
  ['pattern with lengths', { type: 'string', pattern: '^a+$', minLength: 5, maxLength: 6 }, 'aaaaa'],
  ['pattern without edges, and a length', { type: 'string', pattern: 'abc', minLength: 8 }, 'abctextt'],
  ['two patterns', { allOf: [{ pattern: '^[ab]{4}$' }, { pattern: '^a' }], type: 'string' }, 'abab'],
  ['exclusive bounds', { type: 'integer', exclusiveMinimum: 3, exclusiveMaximum: 5 }, 4],
  ['a narrow range', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 }, 0.25],
  ['multipleOf', { type: 'integer', multipleOf: 7, minimum: 50 }, 56],
  ['multipleOf a fraction', { type: 'number', multipleOf: 0.05, minimum: 0.9, maximum: 0.96 }, 0.9],
  ['two steps', { type: 'integer', allOf: [{ multipleOf: 4 }, { multipleOf: 6 }], minimum: 1 }, 12],
  ['a negative range', { type: 'integer', maximum: -5 }, -5],
  ['anyOf whose first choice allows nothing', { anyOf: [false, { type: 'string' }] }, 'text'],
  [
    'oneOf that must not both hold',
    {
      oneOf: [
        { type: 'integer', multipleOf: 3 },
        { type: 'integer', multipleOf: 5 },
      ],
    },
    3,
  ],
  [
    'oneOf with a mark',
    {
      oneOf: [
        { properties: { k: { const: 1 }, a: { type: 'null' } }, required: ['k', 'a'] },
        { properties: { k: { const: 2 } }, required: ['k'] },
      ],
    },
    { k: 1, a: null },
  ],
  [
    'allOf of objects',
    {
      allOf: [
        { properties: { a: { const: 1 } }, required: ['a'] },
        { properties: { b: { const: 2 } }, required: ['b'] },
      ],
    },
    { a: 1, b: 2 },
  ],
  [
    'allOf of one property',
    {
      allOf: [{ properties: { a: { minimum: 3 } } }, { properties: { a: { type: 'integer', maximum: 4 } } }],
      required: ['a'],
    },
    { a: 3 },
  ],
  [
    'anyOf beside properties',
    { type: 'object', properties: { a: { type: 'null' } }, anyOf: [{ required: ['b'] }] },
    { a: null, b: 'text' },
  ],
  ['not', { type: 'integer', not: { minimum: 0 } }, -1],
  [
    'if and then',
    {
      type: 'object',
      properties: { a: { enum: ['x', 'y'] } },
      required: ['a'],
      ...condition({ properties: { a: { const: 'x' } } }, { required: ['b'] }, true),
    },
    { a: 'x', b: 'text' },
  ],
  ['if and else', { type: 'integer', ...condition({ minimum: 5 }, false, { multipleOf: 2 }) }, 2],
  [
    '$ref',
    { $defs: { p: { type: 'string', minLength: 5 } }, properties: { a: { $ref: '#/$defs/p' } } },
    { a: 'text ' },
  ],
  ['$ref with escapes', { $defs: { 'a/b~c %': { const: 1 } }, $ref: '#/$defs/a~1b~0c%20%25' }, 1],
  [
    '$ref into a list',
    { $defs: { list: { prefixItems: [{ const: 1 }, { const: 2 }] } }, $ref: '#/$defs/list/prefixItems/1' },
    2,
  ],
  ['$ref to an anchor', { $defs: { x: { $anchor: 'here', const: 5 } }, $ref: '#here' }, 5],
  ['a tree', tree, { value: 1, children: [{ value: 1, children: [] }] }],
  [
    'a list',
    { type: 'object', properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }, required: ['next'] },
    { next: { next: null } },
  ],
  ['a recursive grammar of many rules', grammar, { kind: 'literal', value: 1 }],
  [
    'patternProperties',
    {
      type: 'object',
      patternProperties: { '^x-': { type: 'integer' } },
      additionalProperties: false,
      minProperties: 1,
    },
    { 'x-': 1 },
  ],
  [
    'additionalProperties',
    { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 },
    { property1: 1, property2: 1 },
  ],
  [
    'propertyNames',
    { type: 'object', propertyNames: { enum: ['p', 'q'] }, minProperties: 2 },
    { p: 'text', q: 'text' },
  ],
  [
    'maxProperties',
    { type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' } }, maxProperties: 1 },
    { a: null },
  ],
  [
    'dependentRequired',
    { type: 'object', properties: { a: { type: 'null' } }, dependentRequired: { a: ['b'] }, required: ['a'] },
    { a: null, b: 'text' },
  ],
  [
    'dependentSchemas',
    { type: 'object', required: ['a'], dependentSchemas: { a: { properties: { a: { const: 3 } } } } },
    { a: 3 },
  ],
  [
    'unevaluatedProperties',
    { allOf: [{ properties: { a: { const: 1 } } }], properties: { b: { const: 2 } }, unevaluatedProperties: false },
    { b: 2, a: 1 },
  ],
  [
    'an enum of objects',
    { type: 'array', items: { enum: [{ a: 1 }, { a: 2 }] }, minItems: 2, uniqueItems: true },
    [{ a: 1 }, { a: 2 }],
  ],
  [
    'names that objects inherit',
    {
      type: 'object',
      properties: { constructor: { const: 1 }, toString: { const: 2 } },
      required: ['constructor', 'toString', 'valueOf'],
    },
    { constructor: 1, toString: 2, valueOf: 'text' },
  ],
  [
    'properties named like keywords',
    { type: 'object', properties: { default: { const: 1 }, enum: { const: 2 } } },
    { default: 1, enum: 2 },
  ],
];
