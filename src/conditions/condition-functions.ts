import {
  type CelEnv,
  type CelFunc,
  CelScalar,
  type CelType,
  type CelValue,
  celEnv,
  celFunc,
  celMethod,
  isCelError,
  isCelList,
  isCelMap,
  listType,
} from '@bufbuild/cel';
import { concatLists, listEnd } from './counted-values.ts';
import { chargeSteps } from './evaluation-budget.ts';
import { resolvePattern } from './pattern-cache.ts';
import { compareTexts, containsText, countCharacters } from './text-search.ts';

const { BOOL, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);

/** The longest text that is read as a number, a time or a duration, in characters. */
const maxParsedChars = 128;

/** Characters that are copied or compared in one step. */
const charsPerStep = 16;

/** Characters that are put in order in one step. */
const orderedCharsPerStep = 8;

/** What a function of the standard costs that does much more than its operands show. */
const extraSteps: Readonly<Record<string, number>> = { timestamp: 600, duration: 300, string: 100, bytes: 50 };

/** What reading a part of a time costs: with the name of a time zone, a calendar is made. */
const stepsPerTimePart = 100;
const stepsPerTimeZone = 10_000;

/** The function that loops pay with. Its name cannot be written in an expression. */
export const chargeFunction = '@charge';

const standard = [...celEnv().funcs];
const conversions = new Set(['int', 'uint', 'double', 'bool', 'timestamp', 'duration']);
const orders = new Set(['_<_', '_<=_', '_>_', '_>=_', 'startsWith', 'endsWith']);

function textSize(value: CelValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}

/** What a call of a standard function costs beside being a call. */
function standardSteps(func: CelFunc, target: CelValue | undefined, values: readonly CelValue[]): number {
  if (func.name.startsWith('get')) return values.length > 0 ? stepsPerTimeZone : stepsPerTimePart;
  const sizes = values.map(textSize);
  if (target !== undefined) sizes.push(textSize(target));
  // Comparing ends where the shorter text ends; all else reads everything.
  const chars = orders.has(func.name) ? Math.min(...sizes) : sizes.reduce((sum, size) => sum + size, 0);
  return chars / charsPerStep + (extraSteps[func.name] ?? 0);
}

/** A function of the standard that pays before it works. */
function charged(func: CelFunc): CelFunc {
  const call = (target: CelValue | undefined, values: readonly CelValue[]): CelValue => {
    chargeSteps(standardSteps(func, target, values));
    const longest = conversions.has(func.name) ? Math.max(0, ...values.map(textSize)) : 0;
    if (longest > maxParsedChars)
      throw new Error(`${func.name}() takes a text of at most ${maxParsedChars} characters`);
    const result = func.call(0, target, [...values]);
    if (result === undefined) throw new Error(`${func.name} does not take these values`);
    if (isCelError(result)) throw result;
    return result;
  };
  return func.target === undefined
    ? celFunc(func.name, func.arguments, func.result, (...values: CelValue[]) => call(undefined, values))
    : celMethod(func.name, func.target, func.arguments, func.result, function (this: CelValue, ...values: CelValue[]) {
        return call(this, values);
      });
}

const equalFunc = standard.find(({ name }) => name === '_==_');

/** Equality as the standard has it, at a price: long texts and long lists inside lists are paid for too. */
function areEqual(left: CelValue, right: CelValue): boolean {
  if (typeof left === 'string' || typeof right === 'string') {
    if (typeof left !== typeof right) return false;
    if (textSize(left) === textSize(right)) chargeSteps(textSize(left) / charsPerStep);
    return left === right;
  }
  if (left instanceof Uint8Array) chargeSteps(left.length);
  if (isCelList(left) && isCelList(right)) {
    if (left.size !== right.size) return false;
    for (let index = 0; index < left.size; index += 1) {
      const [one, other] = [left.get(index), right.get(index)];
      if (one === undefined || other === undefined || !areEqual(one, other)) return false;
      chargeSteps(1);
    }
    return true;
  }
  if (isCelMap(left) && isCelMap(right)) {
    if (left.size !== right.size) return false;
    for (const [key, value] of left) {
      const other = right.get(key);
      if (other === undefined || !areEqual(value, other)) return false;
      chargeSteps(1);
    }
    return true;
  }
  return equalFunc?.call(0, undefined, [left, right]) === true;
}

/** The standard's order of texts, which the language has by UTF-16 units: CEL's is by code points. */
function compareBy(name: string, isInOrder: (order: number) => boolean): CelFunc {
  return celFunc(name, [STRING, STRING], BOOL, (left, right) => {
    chargeSteps(Math.min(left.length, right.length) / orderedCharsPerStep);
    return isInOrder(compareTexts(left, right));
  });
}

/** What stands in place of the standard's own: functions whose cost depends on more than the size of their operands. */
const replaced: readonly CelFunc[] = [
  celFunc('_==_', [DYN, DYN], BOOL, areEqual),
  celFunc('_!=_', [DYN, DYN], BOOL, (left, right) => !areEqual(left, right)),
  celFunc('@in', [DYN, LIST], BOOL, (value, list) => {
    for (const item of list) {
      chargeSteps(1);
      if (areEqual(item, value)) return true;
    }
    return false;
  }),
  compareBy('_<_', (order) => order < 0),
  compareBy('_<=_', (order) => order <= 0),
  compareBy('_>_', (order) => order > 0),
  compareBy('_>=_', (order) => order >= 0),
  celFunc('_+_', [LIST, LIST], LIST, concatLists),
  celFunc('size', [STRING], INT, countCharacters),
  celMethod('size', STRING, [], INT, function () {
    return countCharacters(this);
  }),
  celMethod('contains', STRING, [STRING], BOOL, function (part) {
    return containsText(this, part);
  }),
  celMethod('matches', STRING, [STRING], BOOL, function (pattern) {
    return resolvePattern(pattern).test(this);
  }),
  celFunc('matches', [STRING, STRING], BOOL, (text, pattern) => resolvePattern(pattern).test(text)),
];

const replacedIds = new Set(replaced.map(({ id }) => id));

/** Functions whose cost their operands' types bound: numbers, truth values, the size of a list. */
const freeNames = new Set(['!_', '-_', '_-_', '_*_', '_/_', '_%_', 'size', '@in', 'type', 'dyn']);

const fixedSize: readonly CelType[] = [CelScalar.INT, CelScalar.UINT, CelScalar.DOUBLE, CelScalar.BOOL];

function isFree(func: CelFunc): boolean {
  if (freeNames.has(func.name)) return true;
  return (
    func.target === undefined && func.arguments.every((type) => fixedSize.includes(type)) && !extraSteps[func.name]
  );
}

const own: readonly CelFunc[] = [
  celMethod('first', LIST, [], DYN, function () {
    return listEnd(this, 'first');
  }),
  celMethod('last', LIST, [], DYN, function () {
    return listEnd(this, 'last');
  }),
  celFunc(chargeFunction, [INT, DYN], DYN, (steps, value) => {
    chargeSteps(Number(steps));
    return value;
  }),
];

/**
 * The functions of conditions: those of the standard, and `first()` and `last()` on lists. Each charges what it does.
 */
export const conditionEnvironment: CelEnv = celEnv({
  funcs: [...standard.filter((func) => !replacedIds.has(func.id) && !isFree(func)).map(charged), ...replaced, ...own],
});
