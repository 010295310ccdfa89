import fc from 'fast-check';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/core/json.ts';
import { createSeededRandom } from '../catalog/speed/seeded-random.ts';

/** Values that a field may have in place of the right one. */
const odd: readonly JsonValue[] = [
  ...[null, true, 0, -0, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, 1e-320],
  ...['', ' ', 'x', '0', 'null', '__proto__', 'constructor', '\uD800', '\u0000', '2026-02-30', 'data:;base64,'],
  ...[[], {}, [null], [[]], [{}], { a: 1 }, { type: 'text' }],
];

/** Names that an object has without being given them, or that code may take for something else. */
const oddNames = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '', '0', 'type'];

/** Any JSON. */
export const anyJson: fc.Arbitrary<JsonValue> = fc.json().map((text): JsonValue => JSON.parse(text));

const oddJson = fc.oneof(fc.constantFrom(...odd), anyJson);

/** In one of so many places something is another than it should be. */
const rates = [5, 20, 100];

/** How the places are drawn, and what comes there. Not drawn by fast-check, for which each place of a long document would be a choice. */
const mutation = fc.record({
  every: fc.constantFrom(...rates),
  seed: fc.noShrink(fc.nat(2 ** 31)),
  values: fc.array(oddJson, { minLength: 1, maxLength: 8 }),
});

/** Copies of what was given, with odd values, and names that are odd, in some places. */
export function mutated(originals: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  return fc.tuple(originals, mutation).map(([original, { every, seed, values }]) => {
    const random = createSeededRandom(seed);
    const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
    const isHit = (): boolean => random() < 1 / every;
    const mutate = (value: JsonValue): JsonValue => {
      if (isHit()) return pick(values) ?? null;
      if (Array.isArray(value)) {
        const items = value.map(mutate);
        return isHit() ? [...items, ...items] : items;
      }
      if (!isJsonObject(value)) return value;
      const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [
        isHit() ? (pick(oddNames) ?? '') : key,
        mutate(item),
      ]);
      return Object.fromEntries(entries);
    };
    return mutate(original);
  });
}

/** The value, or an object with it under each of the names. */
export function asObject(value: JsonValue, ...names: readonly string[]): JsonObject {
  return isJsonObject(value) ? value : Object.fromEntries(names.map((name) => [name, value]));
}
