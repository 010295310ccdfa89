import { parse } from '@bufbuild/cel';
import { ExpressionProblem } from './expression-problem.ts';
import { scanExpression } from './scan-expression.ts';

/** An expression as the library parses it. Macros are expanded to comprehensions. */
export type ParsedExpression = ReturnType<typeof parse>;

/** One node of it. */
export type Expression = NonNullable<ParsedExpression['expr']>;

/** A macro's loop. */
export type Comprehension = Extract<Expression['exprKind'], { case: 'comprehensionExpr' }>['value'];

/** The most nodes of a tree, with those that macros add. */
export const maxNodes = 5_000;

/** The deepest tree. `a + b + c` is one deeper with each term; `a || b || c` is not. */
export const maxTreeDepth = 100;

/** The most macros inside one another's bodies. */
export const maxMacroDepth = 3;

/** The names that the call's own values have. They win over keys of the metadata that are called the same. */
export const fixedVariables: ReadonlySet<string> = new Set(['messages', 'model', 'user', 'stream', 'metadata']);

/** The names of CEL's types. A key of the metadata that is called the same wins over them. */
export const typeNames: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
]);

/** The variable that a macro collects in. It cannot be written in an expression. */
export const accumulatorName = '@result';

/** Parses what has passed the scan. @throws ExpressionProblem */
export function parseExpression(expression: string): { readonly parsed: ParsedExpression; readonly root: Expression } {
  scanExpression(expression);
  try {
    const parsed = parse(expression);
    if (parsed.expr === undefined) throw new ExpressionProblem('the expression is empty', 0);
    return { parsed, root: parsed.expr };
  } catch (error) {
    if (error instanceof ExpressionProblem) throw error;
    throw describeSyntaxError(error, expression);
  }
}

/** Where a node is in the text, in UTF-16 units. */
export function offsetOf(parsed: ParsedExpression, node: Expression): number {
  return parsed.sourceInfo?.positions[node.id.toString()] ?? 0;
}

/** The nodes directly below one, in the order of the text. */
export function childrenOf(node: Expression): readonly Expression[] {
  const { exprKind } = node;
  switch (exprKind.case) {
    case 'selectExpr':
      return exprKind.value.operand === undefined ? [] : [exprKind.value.operand];
    case 'callExpr':
      return exprKind.value.target === undefined
        ? exprKind.value.args
        : [exprKind.value.target, ...exprKind.value.args];
    case 'listExpr':
      return exprKind.value.elements;
    case 'structExpr':
      return exprKind.value.entries.flatMap(({ keyKind, value }) => [
        ...(keyKind.case === 'mapKey' ? [keyKind.value] : []),
        ...(value === undefined ? [] : [value]),
      ]);
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return [iterRange, accuInit, loopCondition, loopStep, result].filter((child) => child !== undefined);
    }
    default:
      return [];
  }
}

/** How many nodes a tree has. */
export function countNodes(node: Expression | undefined): number {
  return node === undefined ? 0 : childrenOf(node).reduce((sum, child) => sum + countNodes(child), 1);
}

/** Refuses a tree that is too large or too deep. @throws ExpressionProblem */
export function checkTreeSize(parsed: ParsedExpression, root: Expression): void {
  let nodes = 0;
  const visit = (node: Expression, depth: number, macros: number): void => {
    nodes += 1;
    const offset = offsetOf(parsed, node);
    if (nodes > maxNodes)
      throw new ExpressionProblem(`the expression is too long: it has more than ${maxNodes} parts`, offset);
    if (depth > maxTreeDepth)
      throw new ExpressionProblem(`the expression is nested more than ${maxTreeDepth} deep`, offset);
    if (macros > maxMacroDepth)
      throw new ExpressionProblem(`macros are nested more than ${maxMacroDepth} deep`, offset);
    const range = node.exprKind.case === 'comprehensionExpr' ? node.exprKind.value.iterRange : undefined;
    const inner = node.exprKind.case === 'comprehensionExpr' ? macros + 1 : macros;
    // What a macro goes over is not in its loop.
    for (const child of childrenOf(node)) visit(child, depth + 1, child === range ? macros : inner);
  };
  visit(root, 1, 0);
}

interface SyntaxErrorShape {
  readonly location: { readonly start: { readonly offset: number } };
}

function hasLocation(error: unknown): error is SyntaxErrorShape {
  return error instanceof Error && 'location' in error && typeof error.location === 'object' && error.location !== null;
}

/** What people write who come from another language. */
const slips: readonly { readonly pattern: RegExp; readonly problem: string }[] = [
  { pattern: /^={3}|^!==/, problem: '=== and !== are no operators in CEL: write == and !=' },
  { pattern: /^=(?!=)/, problem: '= is no operator in CEL: write == to compare' },
  { pattern: /^and\b/i, problem: 'and is no operator in CEL: write &&' },
  { pattern: /^or\b/i, problem: 'or is no operator in CEL: write ||' },
];

const operatorPattern = /^(?:&&|\|\||[<>=!]=|in\b|[-+*/%<>=&|?:.])/;

function describeSyntaxError(error: unknown, expression: string): ExpressionProblem {
  if (error instanceof RangeError) return new ExpressionProblem('the expression is nested too deep', 0);
  if (!hasLocation(error)) return new ExpressionProblem(error instanceof Error ? error.message : 'this is not CEL', 0);
  const { offset } = error.location.start;
  const rest = expression.slice(offset);
  if (rest === '') return new ExpressionProblem('the expression ends where a value is expected', offset);
  if (error instanceof Error && error.message.includes('reserved identifier')) {
    const word = /^\w+/.exec(rest)?.[0] ?? '';
    return new ExpressionProblem(
      `${word} is a reserved word; as a key of the metadata, write metadata["${word}"]`,
      offset,
    );
  }
  const slip = slips.find(({ pattern }) => pattern.test(rest));
  if (slip !== undefined) return new ExpressionProblem(slip.problem, offset);
  // It passes for a name, with another one behind it.
  const not = /\bnot\s+$/i.exec(expression.slice(0, offset));
  if (not !== null) return new ExpressionProblem('not is no operator in CEL: write !', not.index);
  // The parser gives up in front of an operator when there is no value behind it.
  const operator = operatorPattern.exec(rest)?.[0];
  if (operator !== undefined) {
    return new ExpressionProblem(`${operator} is no operator here, or has no value behind it`, offset);
  }
  const [sign = ''] = rest;
  const word = /^[\w."']{1,30}/.exec(rest)?.[0] ?? sign;
  return new ExpressionProblem(`${word} is not expected here`, offset);
}
