import { checkCondition } from './check-condition.ts';
import type { ConditionProblem } from './condition.ts';
import { budgetLeft, isBudgetExhausted, maxEvaluationSteps } from './evaluation-budget.ts';
import { countTokens } from './scan-expression.ts';

/** The most characters of all conditions of a router together. */
export const maxConditionChars = 65_536;

/** The most names, values, operators and brackets of all conditions of a router together. Parsing and compiling one takes 2 to 14 microseconds. */
export const maxConditionTokens = 16_000;

/** What the conditions of a router are checked to be. */
export interface ConditionsReport {
  /** Why they are too much together, as the end of a sentence. Nothing is said of each then. */
  readonly tooMuch: string | undefined;
  /** For each expression what is wrong with it, or `undefined`. */
  readonly problems: readonly (ConditionProblem | undefined)[];
}

/**
 * Checks all conditions of a router. They are compiled without a pause, and again on the first call: what they may be together is bounded, as
 * well as each.
 */
export function checkConditions(
  expressions: readonly string[],
  limits: { readonly maxExpressionChars: number },
): ConditionsReport {
  // Those that are too long by themselves are refused without being read.
  const read = expressions.filter(({ length }) => length <= limits.maxExpressionChars);
  const chars = read.reduce((sum, { length }) => sum + length, 0);
  if (chars > maxConditionChars) {
    return refuse(`its conditions together have ${chars} characters, of at most ${maxConditionChars}`);
  }
  const tokens = read.reduce((sum, expression) => sum + countTokens(expression), 0);
  if (tokens > maxConditionTokens) {
    return refuse(
      `its conditions together have ${tokens} names, values, operators and brackets, of at most ${maxConditionTokens}`,
    );
  }
  const problems: (ConditionProblem | undefined)[] = [];
  let stepsLeft = maxEvaluationSteps;
  for (const expression of expressions) {
    problems.push(checkCondition(expression, limits, stepsLeft));
    if (isBudgetExhausted()) return refuse('the patterns of its conditions are too large together');
    stepsLeft = budgetLeft();
  }
  return { tooMuch: undefined, problems };
}

function refuse(tooMuch: string): ConditionsReport {
  return { tooMuch, problems: [] };
}
