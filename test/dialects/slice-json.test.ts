import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../../src/core/json.ts';
import { each, type JsonPath, sliceJson } from '../../src/dialects/slice-json.ts';
import { exactArguments } from '../contract/exact-arguments.ts';

function slice(text: string, path: JsonPath): string[] {
  return [...sliceJson(text, JSON.parse(text), path).values()];
}

/** The objects and arrays at a path, found the plain way. */
function valuesAt(json: JsonValue, [step, ...rest]: JsonPath): JsonValue[] {
  if (step === undefined) return typeof json === 'object' && json !== null ? [json] : [];
  if (step === each) return Array.isArray(json) ? json.flatMap((element) => valuesAt(element, rest)) : [];
  const member = isJsonObject(json) && Object.hasOwn(json, step) ? json[step] : undefined;
  return member === undefined ? [] : valuesAt(member, rest);
}

/** The ways to all objects and arrays, and to places where none is. */
function pathsOf(json: JsonValue): JsonPath[] {
  if (Array.isArray(json)) return [[], ...json.flatMap(pathsOf).map((path): JsonPath => [each, ...path])];
  if (!isJsonObject(json)) return [[], ['a'], [each]];
  return [[], ...Object.entries(json).flatMap(([name, value]) => pathsOf(value).map((path) => [name, ...path]))];
}

/** JSON as no serialiser writes it: with names that stand twice or in escapes, and white space of any kind. */
const { anyText } = fc.letrec<{ anyText: string }>((tie) => {
  const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n  ');
  const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(''));
  const name = fc.constantFrom('"a"', '"b"', '"\\u0061"', '"__proto__"', '"toString"', '"a\\\\"', '"\\"a"', '""');
  const member = fc.tuple(spaced(name), tie('anyText')).map((parts) => parts.join(':'));
  const list = (item: fc.Arbitrary<string>) =>
    fc.array(item, { maxLength: 3, size: 'max' }).map((items) => items.join(','));
  const literal = fc.constantFrom(...['1.0', '1e3', '-0', '12345678901234567890', 'true', 'null', '"a"', '"\\ud83d"']);
  const text = fc.string({ unit: fc.constantFrom(...'{}[]",:\\aü') }).map((value) => JSON.stringify(value));
  const inner = fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(literal, text),
    fc.tuple(space, list(tie('anyText'))).map(([gap, items]) => `[${gap}${items}]`),
    fc.tuple(space, list(member)).map(([gap, members]) => `{${gap}${members}}`),
  );
  return { anyText: spaced(inner) };
});

describe('sliceJson', () => {
  it('gives values as they were written', () => {
    expect(slice(exactArguments, [])).toEqual([exactArguments]);
    const text = `{"c":{"d":{}},"a":[{"b":"\\"d\\":{"},{"d": ${exactArguments}\n},{"d":1},{"d" :[ 1.0 ]}],"d":{"d":{}}}`;
    expect(slice(text, ['a', each, 'd'])).toEqual([exactArguments, '[ 1.0 ]']);
  });

  it.each([
    ['{"a":{"b":[1]},"a":{"b":[2]}}', ['[2]']],
    ['{"a":{"b":[1]},"a":{"b":2}}', []],
    ['{"a":{"b":[1]},"a":{"b":null}}', []],
    ['{"a":{"b":[1]},"a":[]}', []],
    ['{"a":[{"b":[1]}],"a":{"b":[2]}}', ['[2]']],
    ['{"\\u0061":{"b":[1]}}', ['[1]']],
    ['{"a\\\\":{"b":[1]}}', []],
    ['{"a":{"\\"b":[1]}}', []],
    ['{"x":{"a":{"b":[1]}}}', []],
    ['{"a":{"b":{"b":[1]}}}', ['{"b":[1]}']],
  ])('of %s finds what JSON.parse gives', (text, expected) => {
    expect(slice(text, ['a', 'b'])).toEqual(expected);
  });

  it('finds nothing in what every object inherits', () => {
    expect(slice('{"a":{"__proto__":{}},"a":{}}', ['a', '__proto__'])).toEqual([]);
    expect(slice('{"__proto__":{"a":[ ]}}', ['__proto__', 'a'])).toEqual(['[ ]']);
  });

  it('finds every value at a path, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), (text) => {
        const json: JsonValue = JSON.parse(text);
        for (const path of pathsOf(json)) {
          const slices = sliceJson(text, json, path);
          const values = valuesAt(json, path);
          expect(slices.size).toBe(values.length);
          for (const value of values) {
            const found = slices.get(value) ?? '';
            expect(text).toContain(found);
            expect(found).toBe(found.trim());
            expect(JSON.stringify(JSON.parse(found))).toBe(JSON.stringify(value));
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('takes any depth', () => {
    const deep = `${'[{"a":'.repeat(100_000)}1${'}]'.repeat(100_000)}`;
    expect(slice(deep, [each, 'a'])[0] === deep.slice('[{"a":'.length, -'}]'.length)).toBe(true);
  });

  it('makes half a surrogate pair well-formed', () => {
    expect(slice('{"a":["\ud83d"]}', ['a'])).toEqual(['["\ufffd"]']);
  });
});
