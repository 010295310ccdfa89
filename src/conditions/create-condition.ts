import { isCelError, plan } from '@bufbuild/cel';
import type { Condition, ConditionScope, ConditionVerdict } from './condition.ts';
import { conditionEnvironment } from './condition-functions.ts';
import { CallScope } from './condition-scope.ts';
import { budgetLeft, isBudgetExhausted, maxEvaluationSteps, openBudget } from './evaluation-budget.ts';
import { budgetSentence, describeEvaluationError } from './evaluation-error.ts';
import { createProblem, ExpressionProblem } from './expression-problem.ts';
import { checkTreeSize, parseExpression } from './expression-tree.ts';
import { prepareExpression } from './prepare-expression.ts';

/** An expression that is ready to run. */
interface CompiledExpression {
  readonly variables: readonly string[];
  evaluate(scope: CallScope): ConditionVerdict;
}

/**
 * A condition. It is compiled when it is first evaluated, or asked for its variables, and kept.
 *
 * The variables are named as `tier` for a key of the metadata that is written so, `metadata.tier` for one that is written so, and
 * `messages`, `model`, `user`, `stream` and `metadata` for the call's own. Evaluating never throws: an expression that has not passed its
 * check is false, with the problem as its error.
 */
export function createCondition(expression: string): Condition {
  let compiled: CompiledExpression | undefined;
  const compile = (): CompiledExpression => {
    compiled ??= compileExpression(expression);
    return compiled;
  };
  return {
    expression,
    get variables() {
      return compile().variables;
    },
    evaluate(scope: ConditionScope): ConditionVerdict {
      if (!(scope instanceof CallScope)) return failed('The scope was not made by createConditionScope.');
      return compile().evaluate(scope);
    },
  };
}

const isTrue: ConditionVerdict = Object.freeze({ isTrue: true, error: undefined });
const isFalse: ConditionVerdict = Object.freeze({ isTrue: false, error: undefined });

/**
 * Runs without recording where errors are made. CEL makes an error for everything that goes wrong, and `||` swallows it: in a loop, their
 * stacks would cost ten times what the loop pays for.
 */
function withoutStacks<Result>(run: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function failed(error: string): ConditionVerdict {
  return { isTrue: false, error };
}

function compileExpression(expression: string): CompiledExpression {
  try {
    const { parsed, root } = parseExpression(expression);
    checkTreeSize(parsed, root);
    const prepared = prepareExpression(parsed, root);
    const run = plan(conditionEnvironment, root);
    return {
      variables: prepared.variables,
      evaluate(scope) {
        const allowed = Math.min(maxEvaluationSteps, scope.stepsLeft);
        openBudget(allowed);
        const result = withoutStacks(() => run(scope.bindings));
        // A budget that ran out spent all that it was allowed.
        scope.stepsLeft -= allowed - budgetLeft();
        if (isBudgetExhausted()) return failed(budgetSentence);
        if (result === true) return isTrue;
        if (result === false) return isFalse;
        if (isCelError(result)) return failed(describeEvaluationError(result, expression, parsed, prepared));
        return failed('The condition did not give true or false.');
      },
    };
  } catch (error) {
    const problem = error instanceof ExpressionProblem ? error.message : 'it cannot be compiled';
    const offset = error instanceof ExpressionProblem ? error.offset : 0;
    const verdict = failed(`The expression is not valid: ${createProblem(expression, problem, offset).problem}.`);
    return { variables: [], evaluate: () => verdict };
  }
}
