import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Modality } from '../catalog-model.ts';

/** The longest name or text of a row, in UTF-16 units. Longer ones are not taken. */
export const maxTextLength = 256;

/** Most entries of a list in a row, such as its parameters. Further ones are not taken. */
const maxListLength = 128;

/** How sources name what models take and give. */
const modalities: Readonly<Record<string, Modality>> = {
  text: 'text',
  image: 'image',
  audio: 'audio',
  video: 'video',
  pdf: 'file',
  file: 'file',
};

/**
 * Reads the fields of one row of a source. Nothing is trusted: what is missing or null is `undefined`, and so is what has another type than
 * it should, which is told.
 */
export class RowReader {
  readonly #row: JsonObject;
  readonly #path: string;
  readonly #onOdd: (problem: string) => void;

  /**
   * @param onOdd - hears of a field that is not as it should be.
   * @param path - what stands before the names of fields when they are told.
   */
  constructor(row: JsonObject, onOdd: (problem: string) => void, path = '') {
    this.#row = row;
    this.#path = path;
    this.#onOdd = onOdd;
  }

  /** The names of the row's fields. */
  get keys(): readonly string[] {
    return Object.keys(this.#row);
  }

  /** A field as it is. */
  raw(key: string): JsonValue | undefined {
    const value = Object.hasOwn(this.#row, key) ? this.#row[key] : undefined;
    return value === null ? undefined : value;
  }

  /** Text that is not empty, in one line. */
  text(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && isShortLine(value)) return value.trim() || undefined;
    return this.#tell(key, `is no line of at most ${maxTextLength} characters`);
  }

  /** A number of things. 0 is not known: that is how sources write it. */
  count(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined || value === 0) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    return this.#tell(key, 'is no whole number');
  }

  flag(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#tell(key, 'is neither true nor false');
  }

  /** A day. One of which only the month is known is not known. */
  date(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && isDate(value)) return value;
    return typeof value === 'string' && /^\d{4}(-\d{2})?$/.test(value) ? undefined : this.#tell(key, 'is no date');
  }

  /** Short texts. Others in the list are not taken. */
  texts(key: string): readonly string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return this.#tell(key, 'is no list');
    return value
      .filter((item) => typeof item === 'string')
      .filter((item) => item !== '' && isShortLine(item))
      .slice(0, maxListLength);
  }

  /** What a model takes or gives. What is not among our names is left out. */
  modalities(key: string): readonly Modality[] | undefined {
    const found = this.texts(key)?.flatMap((name) => (Object.hasOwn(modalities, name) ? (modalities[name] ?? []) : []));
    return found === undefined ? undefined : [...new Set(found)];
  }

  /** The fields of an object in the row. One that is not there has none. */
  object(key: string): RowReader {
    const value = this.raw(key);
    const path = `${this.#path}${key}.`;
    if (isJsonObject(value)) return new RowReader(value, this.#onOdd, path);
    if (value !== undefined) this.#tell(key, 'is no object');
    return new RowReader({}, this.#onOdd, path);
  }

  /** The objects of a list in the row. */
  objects(key: string): readonly RowReader[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#tell(key, 'is no list');
      return [];
    }
    return value
      .slice(0, maxListLength)
      .filter(isJsonObject)
      .map((item, index) => new RowReader(item, this.#onOdd, `${this.#path}${key}[${index}].`));
  }

  /** Tells that a field is not as it should be. */
  #tell(key: string, problem: string): undefined {
    this.#onOdd(`${this.#path}${key} ${problem}`);
  }
}

/** Whether a text is short, and has nothing that would disguise it in a list. */
export function isShortLine(text: string): boolean {
  return text.length <= maxTextLength && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
}

/** Whether a text is a day, `YYYY-MM-DD`, that exists. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
