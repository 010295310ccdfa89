import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { fitSchema } from '../../../src/dialects/anthropic-messages/fit-schema.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });

describe('fitSchema', () => {
  it('says of every object that it has no other properties', () => {
    const inner = object({ b: { type: 'string' } });
    expect(fitSchema(object({ a: inner, list: { type: 'array', items: inner } }))).toEqual(
      object(
        {
          a: { ...inner, additionalProperties: false },
          list: { type: 'array', items: { ...inner, additionalProperties: false } },
        },
        { additionalProperties: false },
      ),
    );
  });

  it('keeps what the provider holds the answer to', () => {
    const schema = object(
      {
        a: { type: 'string', enum: ['x', 'y'], description: 'A letter', default: 'x' },
        b: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
        c: { $ref: '#/$defs/c' },
        d: { type: 'array', items: { type: 'number' }, minItems: 1 },
      },
      { required: ['a'], additionalProperties: false, $defs: { c: { const: 1 } } },
    );
    expect(fitSchema(schema)).toEqual(schema);
  });

  it('puts the rest into words', () => {
    const schema = object({
      a: { type: 'string', description: 'A name.', minLength: 2, format: 'phone' },
      b: { oneOf: [{ type: 'string' }, { type: 'number', maximum: 3 }] },
    });
    expect(fitSchema({ ...schema, $schema: 'https://json-schema.org/draft/2020-12/schema' })).toMatchObject({
      properties: {
        a: { type: 'string', description: 'A name.\n\n(minLength: 2, format: "phone")' },
        b: { anyOf: [{ type: 'string' }, { type: 'number', description: '(maximum: 3)' }] },
      },
    });
  });

  it.each([
    ['an answer that is no object', { type: 'array', items: { type: 'string' } }],
    ['properties that are not named', object({}, { additionalProperties: { type: 'string' } })],
    ['an object of anything', object({ a: { type: 'object' } })],
    ['anything', object({ a: {} })],
    ['a schema that is true', object({ a: true })],
    ['a list of anything', object({ a: { type: 'array', items: true } })],
    ['a reference to elsewhere', object({ a: { $ref: 'https://a.example/schema' } })],
    [
      'a schema within itself',
      object({ a: { $ref: '#/$defs/n' } }, { $defs: { n: object({ b: { $ref: '#/$defs/n' } }) } }),
    ],
    [
      'a schema within itself over another',
      object(
        { a: { $ref: '#/$defs/n' } },
        { $defs: { n: object({ b: { $ref: '#/$defs/m' } }), m: { $ref: '#/$defs/n' } } },
      ),
    ],
    ['a schema within its own properties', object({ a: object({ b: { $ref: '#/properties/a' } }) })],
  ])('does not fit %s', (_name, schema) => {
    expect(fitSchema(schema)).toBeUndefined();
  });

  it('fits what is used twice', () => {
    const schema = object(
      { a: { $ref: '#/$defs/n' }, b: { $ref: '#/$defs/m' } },
      { $defs: { n: object({ c: { $ref: '#/$defs/m' } }), m: { type: 'string' } } },
    );
    expect(fitSchema(schema)).toBeDefined();
  });

  it('does not fit what is nested too deep', () => {
    let schema = object({ a: { type: 'string' } });
    for (let depth = 0; depth < 200; depth += 1) schema = object({ a: schema });
    expect(fitSchema(schema)).toBeUndefined();
  });
});
