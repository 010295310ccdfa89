import { CelScalar } from '@bufbuild/cel';
import type { ConditionProblem } from './condition.ts';
import { maxEvaluationSteps, openBudget } from './evaluation-budget.ts';
import { createProblem, ExpressionProblem } from './expression-problem.ts';
import { checkTreeSize, parseExpression } from './expression-tree.ts';
import { inferType } from './infer-type.ts';
import { typeName } from './type-name.ts';

/**
 * Checks what a router has as a condition, without a call: that it is CEL, that it is not too large, that its functions exist and can take
 * what they are given, and that it can come to true or false. What passes can still fail on a call, and is false then.
 *
 * @param maxSteps - what compiling its patterns may take.
 * @returns the first problem, or `undefined` when there is none. With a limit of a few thousand characters it takes tens of milliseconds at worst.
 */
export function checkCondition(
  expression: string,
  limits: { readonly maxExpressionChars: number },
  maxSteps: number = maxEvaluationSteps,
): ConditionProblem | undefined {
  // Compiling the patterns of the expression is paid for.
  openBudget(maxSteps);
  if (expression.length > limits.maxExpressionChars) {
    const problem = `the expression has ${expression.length} characters, of at most ${limits.maxExpressionChars}`;
    return createProblem('', problem, 0);
  }
  try {
    const { parsed, root } = parseExpression(expression);
    checkTreeSize(parsed, root);
    const type = inferType(parsed, root, expression);
    if (type === CelScalar.BOOL || type === CelScalar.DYN) return undefined;
    const problem = `the expression gives ${typeName(type)}, but a condition must give true or false`;
    return createProblem(expression, problem, 0);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    return createProblem(expression, error.message, error.offset);
  }
}
