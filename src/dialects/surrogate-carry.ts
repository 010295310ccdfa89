/**
 * Joins the pieces of one text so that each is well-formed UTF-16, as UTF-8 and so RPC demand.
 *
 * A provider that cuts its text between the halves of a surrogate pair can say so in JSON alone ("\ud83d", then "\ude00"): the first
 * half waits here for the second. A half that never gets its other becomes U+FFFD.
 */
export class SurrogateCarry {
  #held = '';

  /** Takes a piece and gives what is known to be whole, which can be the empty string. */
  push(piece: string): string {
    if (piece === '') return '';
    const text = this.#held + piece;
    const endsInHalf = isHighSurrogate(text.charCodeAt(text.length - 1));
    this.#held = endsInHalf ? text.slice(-1) : '';
    // Where there is nothing to mend, which is nearly always, V8 gives the same string back.
    return (endsInHalf ? text.slice(0, -1) : text).toWellFormed();
  }

  /** Ends the text: U+FFFD for a half that is held, or the empty string. */
  end(): string {
    const rest = this.#held.toWellFormed();
    this.#held = '';
    return rest;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
