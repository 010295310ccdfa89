import type { FieldViolation } from '../../core/errors.ts';

/** The most violations that are told one by one. More of them help nobody, and would make an answer larger than its request. */
const maxViolations = 1000;

/** Collects what is wrong with the fields of a message. */
export class ViolationList {
  readonly #violations: FieldViolation[] = [];
  #leftOut = 0;

  /**
   * Adds a violation, or counts it when there are too many.
   *
   * @param field - the path in the client's terms.
   * @param description - what is wrong, without a full stop.
   */
  add(field: string, description: string): void {
    if (this.#violations.length < maxViolations) this.#violations.push({ field, description });
    else this.#leftOut += 1;
  }

  /** The violations in the order in which they came, the last one saying how many were left out, if any were. */
  toArray(): FieldViolation[] {
    if (this.#leftOut === 0) return [...this.#violations];
    const rest = this.#leftOut === 1 ? 'there is 1 more violation' : `there are ${this.#leftOut} more violations`;
    return [...this.#violations, { field: '', description: rest }];
  }
}
