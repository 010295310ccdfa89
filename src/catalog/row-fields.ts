import type { JsonObject, JsonValue } from '../core/json.ts';

/** Reads the fields of one row of the shipped catalogue, so that a fault says where it is. */
export class RowFields {
  readonly #row: JsonObject;
  readonly #name: string;

  /** @param name - of the row, for errors. */
  constructor(row: JsonObject, name: string) {
    this.#row = row;
    this.#name = name;
  }

  /** @throws Error when the row has a field that is not of these. */
  refuseOthers(known: ReadonlySet<string>): void {
    for (const field in this.#row) {
      if (!known.has(field)) this.fail(`has a field "${field}", which this version does not know`);
    }
  }

  /** @throws Error when it is there and no text. */
  text(field: string, pattern: RegExp = /./): string | undefined {
    return this.#read(
      field,
      () => 'text of the expected form',
      (value) => isTextLike(value, pattern),
    );
  }

  /** @throws Error when it is there and no whole number above 0. */
  count(field: string): number | undefined {
    return this.#read(field, () => 'a whole number above 0', isCount);
  }

  /** @throws Error when it is there and not true or false. */
  flag(field: string): boolean | undefined {
    return this.#read(field, () => 'true or false', isFlag);
  }

  /** @throws Error when it is there and no list of these words; with none, no list of texts. */
  words<Word extends string>(field: string, known: readonly Word[]): readonly Word[] | undefined {
    return this.#read(
      field,
      () => `a list of ${known.join(', ')}`,
      (value) => isListOf(value, (item) => isOneOf(item, known)),
    );
  }

  /** @throws Error when it is there and no list of texts. */
  texts(field: string): readonly string[] | undefined {
    return this.#read(
      field,
      () => 'a list of texts',
      (value) => isListOf(value, isText),
    );
  }

  /** @throws Error */
  fail(problem: string): never {
    throw new Error(`The shipped catalogue is damaged: ${this.#name} ${problem}. Install Signalbox again.`);
  }

  #read<Value extends JsonValue>(
    field: string,
    form: () => string,
    isRight: (value: JsonValue) => value is Value,
  ): Value | undefined {
    const value = this.#row[field];
    if (value === undefined) return undefined;
    return isRight(value) ? value : this.fail(`has a "${field}" that is not ${form()}`);
  }
}

function isListOf<Item extends JsonValue>(
  value: JsonValue,
  isRight: (item: JsonValue) => item is Item,
): value is Item[] {
  return Array.isArray(value) && value.every(isRight);
}

function isOneOf<Word extends string>(value: JsonValue, words: readonly Word[]): value is Word {
  return words.some((word) => word === value);
}

function isTextLike(value: JsonValue, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isText(value: JsonValue): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function isFlag(value: JsonValue): value is boolean {
  return typeof value === 'boolean';
}
