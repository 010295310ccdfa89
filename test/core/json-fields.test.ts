import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SignalboxError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import * as fields from '../../src/core/json-fields.ts';

type Reader = (object: JsonObject, key: string, path: string) => unknown;

const readItems: Reader = (object, key, path) => fields.readObjects(object, key, path, (item) => item);

/** Every reader of a field that may be absent, and what it gives then. */
const readers: [name: string, read: Reader, absent: unknown][] = [
  ['readString', fields.readString, undefined],
  ['readNumber', fields.readNumber, undefined],
  ['readInt32', fields.readInt32, undefined],
  ['readSafeInteger', fields.readSafeInteger, undefined],
  ['readBoolean', fields.readBoolean, undefined],
  ['readObject', fields.readObject, undefined],
  ['readArray', fields.readArray, undefined],
  ['readStrings', fields.readStrings, []],
  ['readObjects', readItems, []],
];

describe.each(readers)('%s', (_name, read, absent) => {
  test('takes null as absent', () => {
    expect(read({}, 'x', '')).toEqual(absent);
    expect(read({ x: null }, 'x', '')).toEqual(absent);
  });

  test('gives what is there, or refuses it with its path; nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const object: JsonObject = JSON.parse(JSON.stringify({ x: value }));
        try {
          expect([object['x'], absent]).toContainEqual(read(object, 'x', 'a.b'));
        } catch (error) {
          if (!(error instanceof SignalboxError)) throw error;
          expect([error.reason, error.httpStatus]).toEqual(['INVALID_FIELD', 400]);
          expect(error.details.param).toMatch(/^a\.b\.x(\[\d+\])?$/);
          expect(error.details.violations).toEqual([{ field: error.details.param, description: expect.any(String) }]);
        }
      }),
    );
  });
});

describe('what is wrong is told', () => {
  test.each<[read: Reader, value: JsonObject[string], message: string]>([
    [fields.readString, 1, 'The field x is invalid: it must be a string, not a number.'],
    [fields.readString, [], 'The field x is invalid: it must be a string, not an array.'],
    [fields.readNumber, {}, 'The field x is invalid: it must be a number, not an object.'],
    [fields.readBoolean, 'true', 'The field x is invalid: it must be true or false, not a string.'],
    [fields.readInt32, 1.5, 'The field x is invalid: it must be a whole number.'],
    [fields.readInt32, 2 ** 31, 'The field x is invalid: it is too large.'],
    [fields.readInt32, 1e300, 'The field x is invalid: it is too large.'],
    [fields.readSafeInteger, 2 ** 53, 'The field x is invalid: it must be a whole number of at most 53 bits.'],
    [fields.readStrings, ['a', 1], 'The field x[1] is invalid: it must be a string.'],
    [readItems, [null], 'The field x[0] is invalid: it must be an object, not null.'],
  ])('%o of %j', (read, value, message) => {
    expect(() => read({ x: value }, 'x', '')).toThrow(message);
  });

  test('a field that is required', () => {
    expect(() => fields.requireString({}, 'x', '')).toThrow('The field x is invalid: it is required.');
    expect(() => fields.requireObject({ x: null }, 'x', 'a')).toThrow('The field a.x is invalid: it is required.');
  });
});

test.each([0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])('%d is a whole number of 32 bits', (value) => {
  expect(fields.readInt32({ x: value }, 'x', '')).toBe(value);
});
