/**
 * Thrown when a {@link WorkBudget} is used up. Caught where the budget is made; it never leaves the sandbox.
 */
export class WorkExhausted extends Error {
  override readonly name = 'WorkExhausted';
}

/**
 * A count of steps that a computation over a caller's schema may still take. Every loop and every recursion whose length the
 * caller controls spends from it, so that no schema can hold up the process.
 */
export interface WorkBudget {
  /**
   * Takes `units` off the budget. One unit is about one visited node or compared character class.
   *
   * @throws WorkExhausted when nothing is left.
   */
  spend(units: number): void;
}

/** Makes a budget of `units`. */
export function createWorkBudget(units: number): WorkBudget {
  let left = units;
  return {
    spend(used) {
      left -= used;
      if (left < 0) {
        throw new WorkExhausted('The budget is used up.');
      }
    },
  };
}

/** How many units a text of this length costs to copy or compare. */
export function textUnits(text: string): number {
  return 1 + (text.length >> 4);
}
