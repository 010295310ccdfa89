import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/core/json.ts';
import { sampleSchema } from '../../../src/providers/sandbox/schema/sample-schema.ts';
import type { Schema } from '../../../src/providers/sandbox/schema/schema-keywords.ts';
import { defaultSchemaLimits } from '../../../src/providers/sandbox/schema/schema-limits.ts';

describe('sampleSchema within bounds', () => {
  const doubling = (wrap: (inner: JsonObject) => JsonObject, depth: number): JsonObject => ({
    $defs: {
      ...Object.fromEntries(Array.from({ length: depth }, (_, n) => [`d${n}`, wrap({ $ref: `#/$defs/d${n + 1}` })])),
      [`d${depth}`]: { type: 'integer' },
    },
    $ref: '#/$defs/d0',
  });
  let deep: JsonObject = { type: 'integer' };
  for (let depth = 0; depth < 5_000; depth++) {
    deep = { type: 'object', properties: { a: deep }, required: ['a'] };
  }
  let deepValue: JsonValue = 1;
  for (let depth = 0; depth < 50_000; depth++) {
    deepValue = [deepValue];
  }
  const many = Array.from({ length: 200_000 }, (_, n) => n);
  const thousandThousand = {
    type: 'array',
    minItems: 200,
    items: { type: 'array', minItems: 200, items: { type: 'array', minItems: 200 } },
  };

  it.each<[string, Schema]>([
    ['a long text', { type: 'string', minLength: 1e9 }],
    ['many items', { type: 'array', minItems: 1e9 }],
    ['many items three times over', thousandThousand],
    ['many contained items', { type: 'array', contains: true, minContains: 1e9 }],
    ['many properties', { type: 'object', minProperties: 1e9 }],
    ['many required properties', { type: 'object', required: many.map(String) }],
    ['many alternatives', { anyOf: many.map((n) => ({ const: n, type: 'string' })) }],
    ['many constraints', { allOf: many.map(() => ({})) }],
    ['many values to compare', { allOf: [{ enum: many }, { const: 'x' }] }],
    ['long values many times', { type: 'array', minItems: 256, items: { const: 'x'.repeat(1_000_000) } }],
    ['deep nesting', deep],
    ['a deep value', { const: deepValue }],
    [
      'objects that double at each level',
      doubling((inner) => ({ type: 'object', properties: { a: inner, b: inner }, required: ['a', 'b'] }), 30),
    ],
    ['constraints that double', doubling((inner) => ({ allOf: [inner, { ...inner }] }), 30)],
    ['choices that double', doubling((inner) => ({ oneOf: [inner, { ...inner }] }), 30)],
    ['a long repeat', { type: 'string', pattern: '^((a{1000}){1000}){1000}$' }],
    ['a pattern that backtracks', { type: 'string', pattern: '^(a+)+$', const: `${'a'.repeat(5_000)}!` }],
    [
      'a property pattern that backtracks',
      { patternProperties: { '^(a+)+$': true }, required: [`${'a'.repeat(5_000)}!`], additionalProperties: false },
    ],
    [
      'references in a circle',
      { $defs: { a: { $ref: '#/$defs/b' }, b: { allOf: [{ $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' },
    ],
  ])('gives up on %s', (_, schema) => {
    expect(sampleSchema(schema).found).toBe(false);
  });

  it('keeps to the limits that it is given', () => {
    const limits = { ...defaultSchemaLimits, maxItems: 2, maxTextLength: 3, maxDepth: 1 };
    expect(sampleSchema({ type: 'array', minItems: 2 }, limits).found).toBe(true);
    expect(sampleSchema({ type: 'array', minItems: 3 }, limits).found).toBe(false);
    expect(sampleSchema({ type: 'string', minLength: 3 }, limits).found).toBe(true);
    expect(sampleSchema({ type: 'string', minLength: 4 }, limits).found).toBe(false);
    expect(sampleSchema({ const: [[]] }, limits).found).toBe(false);
  });
});
