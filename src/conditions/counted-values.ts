import { type CelList, type CelMap, type CelUint, type CelValue, celList, celMap } from '@bufbuild/cel';
import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { chargeSteps } from './evaluation-budget.ts';

/** What one element of a list or a map costs to hand out. */
const stepsPerElement = 15;

/** The library knows lists and maps by a mark that it does not export: it is taken from an empty one. */
const listMark = { ...celList([]) };
const mapMark = { ...celMap(new Map()) };

/** A key of a map. */
type Key = bigint | string | boolean | CelUint;

/** A list whose elements are converted when they are asked for, and whose use is charged. */
class CountedList<Item> {
  readonly size: number;
  readonly #items: readonly Item[];
  readonly #convert: (item: Item, index: number) => CelValue;

  constructor(items: readonly Item[], size: number, convert: (item: Item, index: number) => CelValue) {
    this.size = size;
    this.#items = items;
    this.#convert = convert;
  }

  get(index: number): CelValue | undefined {
    chargeSteps(stepsPerElement);
    const item = index < this.size ? this.#items[index] : undefined;
    return item === undefined ? undefined : this.#convert(item, index);
  }

  *values(): Generator<CelValue, undefined, undefined> {
    chargeSteps(this.size * stepsPerElement);
    let index = 0;
    for (const item of this.#items) {
      if (index >= this.size) return;
      yield this.#convert(item, index);
      index += 1;
    }
  }

  [Symbol.iterator](): Generator<CelValue, undefined, undefined> {
    return this.values();
  }
}

/** What a map reads its entries from. */
export interface MapSource {
  readonly keys: readonly string[];
  read(key: string): CelValue | undefined;
  has(key: string): boolean;
}

/** A map with text keys, whose values are converted when they are asked for, and whose use is charged. */
class CountedMap {
  readonly #source: MapSource;

  constructor(source: MapSource) {
    this.#source = source;
  }

  get size(): number {
    chargeSteps(stepsPerElement);
    return this.#source.keys.length;
  }

  get(key: Key | number): CelValue | undefined {
    return typeof key === 'string' ? this.#source.read(key) : undefined;
  }

  has(key: Key | number): boolean {
    return typeof key === 'string' && this.#source.has(key);
  }

  *keys(): Generator<string, undefined, undefined> {
    const { keys } = this.#source;
    chargeSteps(keys.length * stepsPerElement);
    yield* keys;
  }

  *values(): Generator<CelValue, undefined, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  *entries(): Generator<[string, CelValue], undefined, undefined> {
    for (const key of this.keys()) {
      const value = this.#source.read(key);
      if (value !== undefined) yield [key, value];
    }
  }

  forEach(callback: (value: CelValue, key: Key, map: CelMap) => void): void {
    const map = markMap(this);
    for (const [key, value] of this.entries()) callback(value, key, map);
  }

  [Symbol.iterator](): Generator<[string, CelValue], undefined, undefined> {
    return this.entries();
  }
}

function markMap(map: CountedMap): CelMap {
  return Object.assign(map, mapMark);
}

/** A list over other values. `convert` is called again on each use of an element. */
export function createCountedList<Item>(
  items: readonly Item[],
  convert: (item: Item, index: number) => CelValue,
  size: number = items.length,
): CelList {
  return Object.assign(new CountedList(items, size, convert), listMark);
}

/** A map over a source. */
export function createCountedMap(source: MapSource): CelMap {
  return markMap(new CountedMap(source));
}

/** JSON as CEL has it: numbers are doubles, as in google.protobuf.Struct. */
export function createJsonValue(json: JsonValue): CelValue {
  if (Array.isArray(json)) return createCountedList(json, createJsonValue);
  return isJsonObject(json) ? createJsonMap(json) : json;
}

/** A JSON object as a map. */
export function createJsonMap(json: JsonObject): CelMap {
  let keys: readonly string[] | undefined;
  return createCountedMap({
    get keys() {
      keys ??= Object.keys(json);
      return keys;
    },
    read(key) {
      const value = Object.hasOwn(json, key) ? json[key] : undefined;
      return value === undefined ? undefined : createJsonValue(value);
    },
    has: (key) => Object.hasOwn(json, key),
  });
}

/** The elements behind each list that {@link concatLists} made. */
const grownItems = new WeakMap<CelList, CelValue[]>();

const keepValue = (value: CelValue): CelValue => value;

/**
 * One list after the other.
 *
 * `map` and `filter` add one element at a time to what they have. The new list shares the array of the old one where the old one ends at
 * the array's end, so that n elements cost n steps, and not n².
 */
export function concatLists(left: CelList, right: CelList): CelList {
  const grown = grownItems.get(left);
  const items = grown !== undefined && grown.length === left.size ? grown : [...left];
  if (grown !== items) chargeSteps(items.length);
  chargeSteps(right.size + stepsPerElement);
  // The right list is read first: it can be the left one.
  for (const value of [...right]) items.push(value);
  const list = createCountedList(items, keepValue, items.length);
  grownItems.set(list, items);
  return list;
}

/** The last element of a list, or the first. */
export function listEnd(list: CelList, end: 'first' | 'last'): CelValue {
  const value = list.size === 0 ? undefined : list.get(end === 'first' ? 0 : list.size - 1);
  if (value === undefined) throw new Error(`${end}() has nothing to give: the list is empty`);
  return value;
}
