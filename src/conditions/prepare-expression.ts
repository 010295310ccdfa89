import { chargeFunction } from './condition-functions.ts';
import {
  accumulatorName,
  countNodes,
  type Expression,
  fixedVariables,
  type ParsedExpression,
  typeNames,
} from './expression-tree.ts';

/** The name that the metadata has for the evaluator. A variable of a macro cannot be called the same and hide it. */
export const metadataBinding = '@metadata';

/** What one part of an expression costs each time a loop comes to it, and what a turn of a loop costs beside. */
const stepsPerNode = 20;
const stepsPerTurn = 20;

type ExpressionKind = Expression['exprKind'];

/** What an expression says about the call. */
export interface PreparedExpression {
  /** The variables that it names, in their order, each once. */
  readonly variables: readonly string[];
  /** The nodes that read a key of the metadata, with the key. */
  readonly keysById: ReadonlyMap<bigint, string>;
}

/**
 * Makes a parsed expression ready to be evaluated, in place:
 *
 * - names that are neither the call's own nor a macro's become keys of the metadata;
 * - each loop pays for every turn.
 */
export function prepareExpression(parsed: ParsedExpression, root: Expression): PreparedExpression {
  const variables = new Set<string>();
  const keysById = new Map<bigint, string>();
  let lastId = 0n;
  for (const id of Object.keys(parsed.sourceInfo?.positions ?? {})) if (BigInt(id) > lastId) lastId = BigInt(id);

  const createNode = (exprKind: ExpressionKind): Expression => {
    lastId += 1n;
    return { $typeName: 'cel.expr.Expr', id: lastId, exprKind };
  };
  const createName = (name: string): Expression =>
    createNode({ case: 'identExpr', value: { $typeName: 'cel.expr.Expr.Ident', name } });
  const createCall = (name: string, args: Expression[]): ExpressionKind => ({
    case: 'callExpr',
    value: { $typeName: 'cel.expr.Expr.Call', function: name, args },
  });
  const createField = (field: string, testOnly: boolean): ExpressionKind => ({
    case: 'selectExpr',
    value: { $typeName: 'cel.expr.Expr.Select', operand: createName(metadataBinding), field, testOnly },
  });

  const visitName = (node: Expression, written: string, bound: ReadonlySet<string>): void => {
    const name = written.replace(/^\./, '');
    if (bound.has(name)) return;
    variables.add(name);
    if (fixedVariables.has(name)) return;
    keysById.set(node.id, name);
    if (!typeNames.has(name)) {
      node.exprKind = createField(name, false);
      return;
    }
    variables.delete(name);
    const isKey = createNode(createField(name, true));
    const key = createNode(createField(name, false));
    node.exprKind = createCall('_?_:_', [isKey, key, createName(name)]);
  };

  const visit = (node: Expression | undefined, bound: ReadonlySet<string>): void => {
    if (node === undefined) return;
    const { exprKind } = node;
    switch (exprKind.case) {
      case 'identExpr':
        visitName(node, exprKind.value.name, bound);
        break;
      case 'selectExpr': {
        const { operand, field } = exprKind.value;
        const isMetadata = operand?.exprKind.case === 'identExpr' && operand.exprKind.value.name === 'metadata';
        if (isMetadata && !bound.has('metadata')) {
          variables.add(`metadata.${field}`);
          keysById.set(node.id, field);
        } else {
          visit(operand, bound);
        }
        break;
      }
      case 'callExpr':
        visit(exprKind.value.target, bound);
        for (const arg of exprKind.value.args) visit(arg, bound);
        break;
      case 'listExpr':
        for (const element of exprKind.value.elements) visit(element, bound);
        break;
      case 'structExpr':
        for (const { keyKind, value } of exprKind.value.entries) {
          if (keyKind.case === 'mapKey') visit(keyKind.value, bound);
          visit(value, bound);
        }
        break;
      case 'comprehensionExpr': {
        const { value: loop } = exprKind;
        visit(loop.iterRange, bound);
        visit(loop.loopStep, new Set([...bound, loop.iterVar, accumulatorName]));
        const steps = BigInt(stepsPerTurn + stepsPerNode * countNodes(loop.loopStep));
        const price = createNode({
          case: 'constExpr',
          value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'int64Value', value: steps } },
        });
        if (loop.loopCondition !== undefined) {
          loop.loopCondition = createNode(createCall(chargeFunction, [price, loop.loopCondition]));
        }
        break;
      }
    }
  };
  visit(root, new Set());
  return { variables: [...variables], keysById };
}
