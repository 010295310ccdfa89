import type { CelError } from '@bufbuild/cel';
import { shortenText } from './describe-value.ts';
import { isBudgetExhausted } from './evaluation-budget.ts';
import { locateOffset } from './expression-problem.ts';
import type { ParsedExpression } from './expression-tree.ts';
import { operandHint } from './operand-hint.ts';
import type { PreparedExpression } from './prepare-expression.ts';
import { operatorName } from './type-name.ts';

/** The most of an error that is shown: some quote what they were given. */
const maxErrorChars = 300;

export const budgetSentence =
  'The condition takes too much work on this call: use fewer loops inside loops, simpler patterns, or shorter texts.';

const indexPattern = /^index (\S+) out of bounds /;
const overloadPattern = /^found no matching overload for '?([^' ]+)'? applied to '\(?(.*?)\)?'$/s;

/** Why an evaluation failed, in one sentence. */
export function describeEvaluationError(
  error: CelError,
  expression: string,
  parsed: ParsedExpression,
  { keysById }: PreparedExpression,
): string {
  if (isBudgetExhausted()) return budgetSentence;
  const id = error.exprId;
  const key = id === undefined ? undefined : keysById.get(id);
  if (key !== undefined && error.message.startsWith('field not found')) {
    return `The variable ${shortenText(key)} is missing: the metadata of the call has no such key.`;
  }
  const offset = id === undefined ? undefined : parsed.sourceInfo?.positions[id.toString()];
  const { line, column } = locateOffset(expression, offset ?? 0);
  const place = offset === undefined ? '' : `At line ${line}, column ${column}: `;
  if (error.message === 'unresolved attribute' && offset !== undefined) {
    const name = /^\.?\w+/.exec(expression.slice(offset))?.[0] ?? 'a value';
    return `The variable ${name} is missing: the call does not have it.`;
  }
  const problem = shortenText(explain(error.message).replace(/\.$/, ''), maxErrorChars);
  return `${place}${place === '' ? problem.replace(/^[a-z]/, (letter) => letter.toUpperCase()) : problem}.`;
}

/** The library's message in this project's words, where it has some. */
function explain(message: string): string {
  if (message.startsWith('Maximum call stack')) return 'the values are nested too deep';
  const position = indexPattern.exec(message);
  if (position !== null) return describePosition(Number(position[1]));
  const overload = overloadPattern.exec(message);
  if (overload === null) return message;
  const [, name = '', given = ''] = overload;
  const types = given.split(', ');
  const shown = given.includes('(') ? given.replace('.(', ' with (') : types.join(' and ');
  return `${operatorName(name)} does not take ${shown || 'this'}${operandHint(name, types)}`;
}

function describePosition(index: number): string {
  const hint = Number.isInteger(index) && index >= 0 ? '' : ': positions are whole numbers from 0';
  return `the list has no position ${index}${hint}`;
}
