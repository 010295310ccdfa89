import { CelScalar, type CelType, listType, mapType } from '@bufbuild/cel';
import { conditionEnvironment } from './condition-functions.ts';
import { isBudgetExhausted } from './evaluation-budget.ts';
import { ExpressionProblem } from './expression-problem.ts';
import { type Comprehension, type Expression, offsetOf, type ParsedExpression } from './expression-tree.ts';
import { messagesType, recordFields } from './message-record.ts';
import { operandHint } from './operand-hint.ts';
import { resolvePattern } from './pattern-cache.ts';
import { operatorName, typeName } from './type-name.ts';

const { BOOL, BYTES, DOUBLE, DYN, INT, NULL, STRING, UINT } = CelScalar;

const fixedTypes: ReadonlyMap<string, CelType> = new Map<string, CelType>([
  ['messages', messagesType],
  ['model', STRING],
  ['user', STRING],
  ['stream', BOOL],
  ['metadata', mapType(STRING, DYN)],
]);

type Scope = ReadonlyMap<string, CelType>;

const minInt = -(2n ** 63n);
const maxInt = 2n ** 63n - 1n;
const maxUint = 2n ** 64n - 1n;

function isNumber(type: CelType): boolean {
  return type === INT || type === UINT || type === DOUBLE;
}

/** Whether a value of one type can be where the other is expected. */
function fits(type: CelType, expected: CelType): boolean {
  if (type === DYN || expected === DYN) return true;
  if (type.kind === 'list' && expected.kind === 'list') return fits(type.element, expected.element);
  if (type.kind === 'map' && expected.kind === 'map') {
    return fits(type.key, expected.key) && fits(type.value, expected.value);
  }
  return type.kind === expected.kind && type.name === expected.name;
}

/** Whether two values can ever be equal. Numbers are compared across their types; null is what a value of unknown type can be. */
function canEqual(left: CelType, right: CelType): boolean {
  if (isNumber(left) && isNumber(right)) return true;
  if (left.kind === 'list' && right.kind === 'list') return canEqual(left.element, right.element);
  return fits(left, right);
}

function join(types: readonly CelType[]): CelType {
  const [first = DYN, ...rest] = types;
  return rest.every((type) => fits(type, first) && fits(first, type) && type !== DYN) ? first : DYN;
}

/**
 * Finds the type of a parsed expression, as far as it shows without a call's values: keys of the metadata can be anything (`dyn`).
 *
 * The functions that it knows, and their overloads, are those of the environment that evaluates, so that the two cannot differ.
 */
class TypeInference {
  readonly #parsed: ParsedExpression;
  readonly #source: string;

  constructor(parsed: ParsedExpression, source: string) {
    this.#parsed = parsed;
    this.#source = source;
  }

  infer(node: Expression | undefined, scope: Scope): CelType {
    if (node === undefined) return DYN;
    const { exprKind } = node;
    switch (exprKind.case) {
      case 'constExpr':
        return this.#constant(node, exprKind.value.constantKind);
      case 'identExpr':
        return scope.get(exprKind.value.name) ?? fixedTypes.get(exprKind.value.name) ?? DYN;
      case 'selectExpr': {
        const field = this.#field(node, this.infer(exprKind.value.operand, scope), exprKind.value.field);
        // has() asks for the same field, and says whether it is set.
        return exprKind.value.testOnly ? BOOL : field;
      }
      case 'listExpr':
        return listType(join(exprKind.value.elements.map((element) => this.infer(element, scope))));
      case 'structExpr': {
        if (exprKind.value.messageName !== '') return this.#fail(node, 'a condition cannot build messages');
        for (const { keyKind, value } of exprKind.value.entries) {
          const key = keyKind.case === 'mapKey' ? this.infer(keyKind.value, scope) : DYN;
          if (![STRING, INT, UINT, BOOL, DYN].some((type) => type === key)) {
            return this.#fail(node, `${typeName(key)} cannot be the key of a map`);
          }
          this.infer(value, scope);
        }
        return mapType(DYN, DYN);
      }
      case 'comprehensionExpr':
        return this.#macro(node, exprKind.value, scope);
      case 'callExpr':
        return this.#call(node, exprKind.value, scope);
      default:
        return this.#fail(node, 'this is not an expression');
    }
  }

  #fail(node: Expression, problem: string): never {
    throw new ExpressionProblem(problem, offsetOf(this.#parsed, node));
  }

  #constant(node: Expression, constant: ConstantKind): CelType {
    switch (constant.case) {
      case 'boolValue':
        return BOOL;
      case 'stringValue':
        return STRING;
      case 'bytesValue':
        return BYTES;
      case 'doubleValue':
        return DOUBLE;
      case 'int64Value':
        return constant.value < minInt || constant.value > maxInt ? this.#fail(node, 'the number is too large') : INT;
      case 'uint64Value':
        return constant.value > maxUint ? this.#fail(node, 'the number is too large') : UINT;
      default:
        return NULL;
    }
  }

  #field(node: Expression, type: CelType, field: string): CelType {
    if (type === DYN) return DYN;
    if (type.kind === 'map') return type.value;
    const fields = recordFields(type.name);
    if (fields === undefined) {
      const hint = type.kind === 'list' ? '; take one element of it, as with last()' : '';
      return this.#fail(node, `${typeName(type)} has no field ${field}${hint}`);
    }
    const known = fields.get(field);
    if (known !== undefined) return known.type;
    return this.#fail(node, `${typeName(type)} has no field ${field}; it has ${[...fields.keys()].join(', ')}`);
  }

  #macro(node: Expression, comprehension: Comprehension, scope: Scope): CelType {
    const name = this.#macroName(node);
    const range = this.infer(comprehension.iterRange, scope);
    const element = range.kind === 'list' ? range.element : range.kind === 'map' ? range.key : DYN;
    if (range !== DYN && range.kind !== 'list' && range.kind !== 'map') {
      this.#fail(node, `${name}() goes over a list or a map, not ${typeName(range)}`);
    }
    const inner = new Map([...scope, [comprehension.iterVar, element]]);
    const { test, transform } = readMacro(name, comprehension);
    if (test !== undefined) this.#expectBool(test, this.infer(test, inner), `the test of ${name}()`);
    if (name === 'map') return listType(this.infer(transform, inner));
    return name === 'filter' ? listType(element) : BOOL;
  }

  #macroName(node: Expression): string {
    const kind = this.#parsed.sourceInfo?.macroCalls[node.id.toString()]?.exprKind;
    return kind?.case === 'callExpr' ? kind.value.function : '';
  }

  #expectBool(node: Expression, type: CelType, what: string): void {
    if (!fits(type, BOOL)) this.#fail(node, `${what} must be true or false, not ${typeName(type)}`);
  }

  #call(node: Expression, call: Call, scope: Scope): CelType {
    const name = call.function;
    const target = call.target === undefined ? undefined : this.infer(call.target, scope);
    const types = call.args.map((arg) => this.infer(arg, scope));
    const [first = DYN, second = DYN, third = DYN] = types;
    switch (call.target === undefined ? name : '') {
      case '_&&_':
      case '_||_':
        for (const [index, arg] of call.args.entries()) {
          this.#expectBool(arg, types[index] ?? DYN, `an operand of ${operatorName(name)}`);
        }
        return BOOL;
      case '_?_:_':
        if (call.args[0] !== undefined) this.#expectBool(call.args[0], first, 'what stands before ?');
        return join([second, third]);
      case '_[_]':
        return this.#index(node, call, first, second);
      case '_==_':
      case '_!=_':
        if (canEqual(first, second)) return BOOL;
        return this.#fail(node, `${typeName(first)} and ${typeName(second)} are never equal`);
      case '@in':
        if (second.kind === 'list' && !canEqual(first, second.element)) {
          return this.#fail(node, `${typeName(first)} is never in a list of ${typeName(second.element)}`);
        }
    }
    return this.#overload(node, call, target, types);
  }

  #index(node: Expression, call: Call, container: CelType, key: CelType): CelType {
    if (container === DYN) return DYN;
    if (container.kind === 'map') {
      return fits(key, container.key) ? container.value : this.#fail(node, `${typeName(key)} is no key of this map`);
    }
    if (container.kind === 'list') {
      if (key === DYN || isNumber(key)) return container.element;
      return this.#fail(node, `a list has positions, such as [0], and no ${typeName(key)}`);
    }
    const field = call.args[1]?.exprKind;
    const isText = field?.case === 'constExpr' && field.value.constantKind.case === 'stringValue';
    if (isText && field.value.constantKind.case === 'stringValue') {
      return this.#field(node, container, field.value.constantKind.value);
    }
    return recordFields(container.name) !== undefined && fits(key, STRING)
      ? DYN
      : this.#fail(node, `${typeName(container)} has no elements`);
  }

  #overload(node: Expression, call: Call, target: CelType | undefined, types: readonly CelType[]): CelType {
    const name = call.function;
    const all = [...(conditionEnvironment.funcs.find(name) ?? [])];
    if (all.length === 0) this.#fail(node, describeUnknown(name, call));
    const ofKind = all.filter((func) => (func.target === undefined) === (target === undefined));
    if (ofKind.length === 0) {
      const form = target === undefined ? `a method: write value.${name}()` : `a function: write ${name}(value)`;
      this.#fail(node, `${name} is ${form}`);
    }
    const ofArity = ofKind.filter((func) => func.arguments.length === types.length);
    if (ofArity.length === 0) {
      const counts = [...new Set(ofKind.map((func) => func.arguments.length))].join(' or ');
      this.#fail(node, `${name}() takes ${counts} arguments, not ${types.length}`);
    }
    const matching = ofArity.filter(
      (func) =>
        (target === undefined || func.target === undefined || fits(target, func.target)) &&
        func.arguments.every((expected, index) => fits(types[index] ?? DYN, expected)),
    );
    if (matching.length === 0) {
      const given = types.map(typeName).join(' and ');
      const hint = operandHint(name, types.map(typeName));
      const on = target === undefined ? '' : ` of ${typeName(target)}`;
      this.#fail(node, `${operatorName(name)}${on} does not take ${given || 'that'}${hint}`);
    }
    if (name === 'matches') this.#checkPattern(call.args.at(-1));
    if ((name === 'first' || name === 'last') && target?.kind === 'list') return target.element;
    return join(matching.map((func) => func.result));
  }

  /** A pattern that is written in the expression is compiled now. One that comes with a call is compiled then. */
  #checkPattern(node: Expression | undefined): void {
    if (node?.exprKind.case !== 'constExpr' || node.exprKind.value.constantKind.case !== 'stringValue') return;
    const pattern = node.exprKind.value.constantKind.value;
    try {
      resolvePattern(pattern);
    } catch (error) {
      if (isBudgetExhausted()) this.#fail(node, 'the patterns of the expression are too large together');
      const message = error instanceof Error ? error.message : 'it is not valid';
      const problem = message.replace(/^error parsing regexp: /, '');
      // RE2 quotes the part that it refuses: it is found in the expression where nothing before it is escaped.
      const part = /: `(.+)`$/s.exec(message)?.[1] ?? '';
      const start = offsetOf(this.#parsed, node);
      const place = part === '' ? -1 : this.#source.indexOf(part, start);
      const isInside = place >= 0 && place <= start + pattern.length + 2;
      throw new ExpressionProblem(`RE2 refuses the pattern: ${problem}`, isInside ? place : start);
    }
  }
}

type ConstantKind = Extract<Expression['exprKind'], { case: 'constExpr' }>['value']['constantKind'];
type Call = Extract<Expression['exprKind'], { case: 'callExpr' }>['value'];

const macroNames = new Set(['all', 'exists', 'exists_one', 'existsOne', 'filter', 'map']);

function describeUnknown(name: string, call: Call): string {
  if (name === 'has') return 'has() takes one field, such as has(metadata.tier)';
  if (macroNames.has(name)) return `${name}() is used as list.${name}(x, …), where x is a plain name`;
  const what = call.target === undefined ? 'function' : 'method';
  return `the ${what} ${operatorName(name)} is not known`;
}

/** The parts of a macro that its user wrote, out of what it was expanded to. */
function readMacro(
  name: string,
  { loopStep }: Comprehension,
): { readonly test?: Expression | undefined; readonly transform?: Expression | undefined } {
  const args = argsOf(loopStep);
  const element = (node: Expression | undefined): Expression | undefined => {
    const added = argsOf(node)[1]?.exprKind;
    return added?.case === 'listExpr' ? added.value.elements[0] : undefined;
  };
  if (name === 'exists' || name === 'all') return { test: args[1] };
  if (name === 'map' && args.length === 2) return { transform: element(loopStep) };
  return { test: args[0], transform: element(args[1]) };
}

function argsOf(node: Expression | undefined): readonly Expression[] {
  return node?.exprKind.case === 'callExpr' ? node.exprKind.value.args : [];
}

/**
 * The type of an expression, where it has one whatever the call.
 *
 * @throws ExpressionProblem when a part of it can never be evaluated.
 */
export function inferType(parsed: ParsedExpression, root: Expression, source: string): CelType {
  return new TypeInference(parsed, source).infer(root, new Map());
}
