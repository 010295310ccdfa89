import type { ConditionProblem } from './condition.ts';

/** Why an expression is refused, thrown from wherever that is found out. Caught by the check. */
export class ExpressionProblem extends Error {
  /** Where it is, in UTF-16 units from the start of the expression. */
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

/** Where an offset is, in lines and characters from 1. The parser places operators before the space in front of them. */
export function locateOffset(expression: string, offset: number): { readonly line: number; readonly column: number } {
  const space = /^\s*/.exec(expression.slice(offset))?.[0] ?? '';
  const before = expression.slice(0, offset + space.length);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 };
}

/** The problem with its place in front. */
export function createProblem(expression: string, problem: string, offset: number): ConditionProblem {
  const { line, column } = locateOffset(expression, offset);
  return { problem: `line ${line}, column ${column}: ${problem}`, line, column };
}
