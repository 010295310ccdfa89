/**
 * Follows JSON text that comes in pieces, to tell when the object or array that it begins with is closed. It remembers only where it
 * stands, not the text, and looks at each character once. It does not check the text otherwise.
 */
export class JsonExtent {
  #depth = 0;
  #hasBegun = false;
  #isInString = false;
  #isEscaped = false;

  /** Whether an object or array was begun and is closed. */
  get isClosed(): boolean {
    return this.#hasBegun && this.#depth === 0;
  }

  push(piece: string): void {
    for (let at = 0; at < piece.length; at += 1) this.#step(piece.charAt(at));
  }

  #step(char: string): void {
    if (this.#isInString) this.#stepInString(char);
    else if (char === '"') this.#isInString = true;
    else if (char === '{' || char === '[') {
      this.#depth += 1;
      this.#hasBegun = true;
    } else if (char === '}' || char === ']') this.#depth -= 1;
  }

  #stepInString(char: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (char === '\\') this.#isEscaped = true;
    else if (char === '"') this.#isInString = false;
  }
}
