/**
 * What an evaluation has left to spend.
 *
 * A step is some two to twenty-five nanoseconds of work on one core, so that costs of different kinds can be added up. Evaluation is synchronous, and
 * one at a time in a process: the budget is a value of this module, and every list, map and function charges it as it works.
 */

/** The most steps of one evaluation: 20 to 125 ms, measured over the worst expressions tried on a busy machine. */
export const maxEvaluationSteps = 5_000_000;

/** The most steps of all evaluations on one call together. */
export const maxCallSteps = 10_000_000;

let stepsLeft = 0;
let isExhausted = false;

/** Opens an evaluation that may spend so many steps. */
export function openBudget(steps: number): void {
  stepsLeft = steps;
  isExhausted = false;
}

/** Steps that the evaluation has not spent. Not below 0. */
export function budgetLeft(): number {
  return Math.max(0, stepsLeft);
}

/** Whether the evaluation wanted more than it had. What it came to is worthless then. */
export function isBudgetExhausted(): boolean {
  return isExhausted;
}

/**
 * Pays for work that is about to be done.
 *
 * @throws Error when the budget does not cover it, now and on every later charge: CEL's `||` and `&&` can swallow one error, but work that
 * is not paid for must never be done.
 */
export function chargeSteps(steps: number): void {
  stepsLeft -= steps;
  if (isExhausted || stepsLeft < 0) {
    isExhausted = true;
    stepsLeft = -1;
    throw budgetError;
  }
}

/** Made once: it is thrown on purpose and often, and its stack says nothing. */
const budgetError = new Error('the evaluation takes too much work');
