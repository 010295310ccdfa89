import type { JsonObject, JsonValue } from '../core/json.ts';
import { type JsonPath, sliceJson } from './slice-json.ts';

/**
 * JSON of a provider's with the text that it was parsed from, for objects that must stay as they were written: the arguments of tool calls.
 * Parsed and written again they would be others, since JSON.parse knows no whole numbers above 2^53 and no `1.0`.
 */
export class JsonSource {
  readonly #text: string;
  readonly #json: JsonValue;
  readonly #path: JsonPath;
  #slices: ReadonlyMap<JsonValue, string> | undefined;

  /**
   * @param text - what `json` was parsed from.
   * @param path - where the objects stand.
   */
  constructor(text: string, json: JsonValue, path: JsonPath) {
    this.#text = text;
    this.#json = json;
    this.#path = path;
  }

  /** The text of an object, which is searched for when it is asked for; of one that does not stand at the path, new text. */
  textOf(value: JsonObject): string {
    this.#slices ??= sliceJson(this.#text, this.#json, this.#path);
    return this.#slices.get(value) ?? JSON.stringify(value);
  }
}
