import { isJsonObject, type JsonValue } from '../core/json.ts';

/** The longest text that is shown whole, in characters. */
export const maxShownChars = 200;

/** The most elements of a list, or keys of an object, that are shown. */
export const maxShownItems = 3;
export const maxShownKeys = 10;

/** How deep lists and objects are shown. */
const maxShownDepth = 3;

/** A text cut to a length, with a mark where it was cut. Characters stay whole. */
export function shortenText(text: string, maxChars: number = maxShownChars): string {
  if (text.length <= maxChars) return text;
  const cut = text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, '');
  return `${cut}… (${text.length} characters)`;
}

/** A value for people: long texts, long lists and large objects are cut, and say what is missing. */
export function describeValue(value: JsonValue, depth = 1): JsonValue {
  if (typeof value === 'string') return shortenText(value);
  if (Array.isArray(value)) {
    if (depth > maxShownDepth) return `(${value.length} elements)`;
    const shown = value.slice(0, maxShownItems).map((item) => describeValue(item, depth + 1));
    return value.length > maxShownItems ? [...shown, `… (${value.length} elements)`] : shown;
  }
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value);
  if (depth > maxShownDepth) return `(${keys.length} keys)`;
  const shown = keys.slice(0, maxShownKeys).map((key): [string, JsonValue] => {
    return [shortenText(key), describeValue(value[key] ?? null, depth + 1)];
  });
  return Object.fromEntries(keys.length > maxShownKeys ? [...shown, ['…', `${keys.length} keys`]] : shown);
}
