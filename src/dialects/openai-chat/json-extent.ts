/**
 * Follows JSON text that comes in pieces, to tell whether the object or array that it begins with is open or closed. It remembers only where it
 * stands, not the text, and looks at each character once. It does not check the text otherwise.
 */
export class JsonExtent {
  #depth = 0;
  #hasBegun = false;
  #isInString = false;
  #isEscaped = false;
  #isBlank = true;

  /** Whether an object or array was begun and is closed. */
  get isClosed(): boolean {
    return this.#hasBegun && this.#depth === 0;
  }

  /** Whether an object, an array or a string was begun and is not closed: what came is not the whole of it. */
  get isOpen(): boolean {
    return this.#depth > 0 || this.#isInString;
  }

  /** Whether nothing came, or nothing but white space. */
  get isBlank(): boolean {
    return this.#isBlank;
  }

  push(piece: string): void {
    if (this.#isBlank) this.#isBlank = piece.trim() === '';
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
