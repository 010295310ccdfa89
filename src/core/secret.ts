const mask = '***';

/**
 * A value that must not be shown: it prints as `***` as text, as JSON and in logs, and only {@link Secret.reveal} gives it out.
 */
export class Secret {
  readonly #value: string;
  /** The environment variable that the value came from. `undefined`: it was written out. */
  readonly variable: string | undefined;

  constructor(value: string, variable?: string) {
    this.#value = value;
    this.variable = variable;
    Object.freeze(this);
  }

  /** The value itself. Call it where the value is used, and keep nothing of it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  /** What node:util's `inspect` prints, and with it console.log and assertion messages. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Secret(${mask})`;
  }
}
