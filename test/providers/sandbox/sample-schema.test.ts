import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/core/json.ts';
import { sampleSchema } from '../../../src/providers/sandbox/schema/sample-schema.ts';
import type { Schema } from '../../../src/providers/sandbox/schema/schema-keywords.ts';
import { anySchema, satisfiableSchema, smallJson } from './generated-schemas.ts';
import { sampledSchemas } from './sampled-schemas.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true });

/** Whether a value is valid by another implementation. `undefined`: that one fails at the schema, as it does at some unusual ones. */
function judge(schema: Schema, value: JsonValue): boolean | undefined {
  try {
    return ajv.validate(schema, value);
  } catch {
    return undefined;
  }
}

function sampleValue(schema: Schema): JsonValue {
  const sample = sampleSchema(schema);
  if (!sample.found) {
    throw new Error(sample.problem);
  }
  return sample.value;
}

describe('sampleSchema', () => {
  it.each(sampledSchemas)('gives a valid value for %s', (_, schema, expected) => {
    const value = sampleValue(schema);
    expect(value).toEqual(expected);
    expect(ajv.validate(schema, value)).toBe(true);
  });

  it('makes a property of the name __proto__', () => {
    const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"const":1}},"required":["__proto__"]}');
    expect(JSON.stringify(sampleValue(schema))).toBe('{"__proto__":1}');
  });

  it.each<[string, (text: string) => boolean]>([
    ['date', (text) => new Date(text).toISOString().startsWith(text)],
    ['time', (text) => !Number.isNaN(Date.parse(`2025-01-01T${text}`))],
    ['date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text))],
    ['duration', (text) => /^P\d+D$/.test(text)],
    ['email', (text) => /^[a-z0-9]{1,64}@sandbox\.example$/.test(text)],
    ['hostname', (text) => new URL(`http://${text}`).hostname === text],
    ['ipv4', (text) => new URL(`http://${text}`).hostname === text],
    ['ipv6', (text) => new URL(`http://[${text}]`).hostname === `[${text}]`],
    ['uri', (text) => URL.canParse(text)],
    ['uri-reference', (text) => URL.canParse(text, 'https://sandbox.example')],
    ['uuid', (text) => /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(text)],
    ['regex', (text) => new RegExp(text, 'u') instanceof RegExp],
    ['json-pointer', (text) => text.startsWith('/')],
    ['byte', (text) => Buffer.from(text, 'base64').toString('base64') === text],
  ])('makes different texts of the format %s', (format, holds) => {
    const value = sampleValue({ type: 'array', items: { type: 'string', format }, minItems: 3, uniqueItems: true });
    const texts = Array.isArray(value) ? value.map(String) : [];
    expect(new Set(texts).size).toBe(3);
    expect(texts.every(holds)).toBe(true);
  });

  it('draws formats out to a length', () => {
    expect(sampleValue({ type: 'string', format: 'email', minLength: 40 })).toHaveLength(40);
    expect(sampleValue({ type: 'string', format: 'uri', minLength: 60 })).toHaveLength(60);
  });

  it('finds a valid value whenever there is a plain one', () => {
    fc.assert(
      fc.property(satisfiableSchema, (schema) => {
        const value = sampleValue(schema);
        expect(ajv.validate(schema, value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a valid value or none, always the same, whatever the schema', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const sample = sampleSchema(schema);
        expect(sampleSchema(structuredClone(schema))).toEqual(sample);
        if (sample.found) expect(judge(schema, sample.value)).not.toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('takes any JSON for a schema', () => {
    const keyword = fc.constantFrom(
      'type',
      'enum',
      'properties',
      'items',
      'required',
      'anyOf',
      '$ref',
      'if',
      'pattern',
      'minItems',
      'maxLength',
      'contains',
      'not',
      'dependencies',
    );
    fc.assert(
      fc.property(fc.dictionary(keyword, smallJson, { noNullPrototype: true }), (schema) => {
        expect(typeof sampleSchema(schema).found).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, Schema, RegExp]>([
    ['false', false, /allows no value/],
    ['contradictory types', { allOf: [{ type: 'string' }, { type: 'integer' }] }, /allows no value/],
    [
      'three different booleans',
      { type: 'array', items: { type: 'boolean' }, minItems: 3, uniqueItems: true },
      /allows no value/,
    ],
    [
      'a required property that is not allowed',
      { type: 'object', required: ['a'], additionalProperties: false },
      /allows no value/,
    ],
    [
      'a value inside itself without end',
      { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
      /allows no value/,
    ],
    [
      'a reference to elsewhere',
      { $ref: 'https://elsewhere.example/schema' },
      /"https:\/\/elsewhere\.example\/schema" leads to nothing/,
    ],
    ['a file', { $ref: 'file:///etc/passwd' }, /leads to nothing/],
    ['a reference to nothing', { $ref: '#/$defs/none' }, /leads to nothing/],
    ['a reference through what objects inherit', { $ref: '#/__proto__' }, /leads to nothing/],
    ['a schema that is only itself', { $ref: '#' }, /nests too deep/],
    ['a pattern that is not read', { type: 'string', pattern: '(a)\\1' }, /pattern "\(a\)\\\\1" is not one/],
  ])('says why there is none for %s', (_, schema, problem) => {
    const sample = sampleSchema(schema);
    expect(sample).toEqual({ found: false, problem: expect.stringMatching(problem) });
  });

  it('gives no number that JSON cannot write', () => {
    expect(sampleValue({ type: 'number', default: Number.POSITIVE_INFINITY })).toBe(1);
  });

  it('takes another choice where one cannot be read', () => {
    expect(
      sampleValue({
        anyOf: [{ $ref: 'https://elsewhere.example' }, { type: 'string', pattern: '(a)\\1' }, { const: 1 }],
      }),
    ).toBe(1);
  });
});
