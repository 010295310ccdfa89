import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';

/** A step of a path to every element of an array. */
export const each: unique symbol = Symbol('each');

/** The way to values in JSON: the names of members, and {@link each}. */
export type JsonPath = readonly (string | typeof each)[];

/**
 * Finds the text of the objects and arrays at a path. It looks at each character once, and nesting costs no stack.
 *
 * Where an object has a name twice, the text is that of the last member, which is the one that JSON.parse gives (ECMA-262, JSON.parse).
 *
 * @param text - what `json` was parsed from.
 * @returns the texts, by the values in `json` themselves. Half a surrogate pair in them, which RPC cannot carry, becomes U+FFFD.
 */
export function sliceJson(text: string, json: JsonValue, path: JsonPath): ReadonlyMap<JsonValue, string> {
  const slices = new Map<JsonValue, string>();
  // What is open of the path, outermost first. All else is skipped as a whole.
  const open: OpenValue[] = [];
  let name = '';
  /** What of `json` stands at the next value. `undefined`: nothing on the path does. */
  let next: JsonValue | undefined = json;
  let at = 0;
  while (at < text.length) {
    const inner = open.at(-1);
    switch (text[at]) {
      case '"': {
        const end = findStringEnd(text, at);
        name = text.slice(at, end);
        at = end;
        continue;
      }
      case ':':
        next = inner?.member(name);
        break;
      case ',':
        next = inner?.nextElement();
        break;
      case '{':
      case '[': {
        const step = path[open.length];
        const entered = step === undefined ? undefined : openValue(next, step);
        if (entered === undefined) {
          const end = findValueEnd(text, at);
          // Of members with one name the last comes last, and its text stays.
          if (step === undefined && typeof next === 'object' && next !== null) {
            slices.set(next, text.slice(at, end).toWellFormed());
          }
          at = end;
          continue;
        }
        open.push(entered);
        next = entered.nextElement();
        break;
      }
      case '}':
      case ']':
        open.pop();
        break;
    }
    at += 1;
  }
  return slices;
}

/** An object or array on the path, with what the path says of its inside. */
interface OpenValue {
  /** The member, if its name, quoted as it stands in the text, is the path's. */
  member(quoted: string): JsonValue | undefined;
  /** The element after the last one that was asked for, if the path goes to elements. */
  nextElement(): JsonValue | undefined;
}

/** `undefined`: the path does not go on in the value. */
function openValue(value: JsonValue | undefined, step: string | typeof each): OpenValue | undefined {
  if (step === each) return Array.isArray(value) ? openArray(value) : undefined;
  return isJsonObject(value) ? openObject(value, step) : undefined;
}

function openArray(elements: readonly JsonValue[]): OpenValue {
  let index = 0;
  return { member: () => undefined, nextElement: () => elements[index++] };
}

function openObject(json: JsonObject, step: string): OpenValue {
  const isStep = (quoted: string) => (quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1)) === step;
  return {
    member: (quoted) => (isStep(quoted) && Object.hasOwn(json, step) ? json[step] : undefined),
    nextElement: () => undefined,
  };
}

/** Where the text goes on after the object or array that begins at `start`. */
function findValueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    switch (text[at]) {
      case '"':
        at = findStringEnd(text, at);
        continue;
      case '{':
      case '[':
        depth += 1;
        break;
      case '}':
      case ']':
        depth -= 1;
        break;
    }
    at += 1;
    if (depth === 0) break;
  }
  return at;
}

/** Where the text goes on after the string that begins at `start`. */
function findStringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
  }
  return text.length;
}
