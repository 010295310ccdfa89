import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { textUnits, type WorkBudget } from '../work-budget.ts';

/**
 * Whether two JSON values are the same as JSON Schema means it: numbers by value, objects whatever the order of their names.
 *
 * One of the two should be known to nest only so deep, as {@link measureJson} tells.
 *
 * @throws WorkExhausted
 */
export function isJsonEqual(left: JsonValue, right: JsonValue, budget: WorkBudget): boolean {
  budget.spend(typeof left === 'string' ? textUnits(left) : 1);
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => {
        const other = right[index];
        return other !== undefined && isJsonEqual(item, other, budget);
      })
    );
  }
  if (isJsonObject(left)) {
    if (!isJsonObject(right)) {
      return false;
    }
    const names = Object.keys(left);
    budget.spend(names.length);
    return (
      names.length === Object.keys(right).length &&
      names.every((name) => {
        const [value, other] = [left[name], Object.hasOwn(right, name) ? right[name] : undefined];
        return value !== undefined && other !== undefined && isJsonEqual(value, other, budget);
      })
    );
  }
  return left === right;
}

/**
 * Spends the size of a value that the caller gave, and looks whether it may stand in a sample.
 *
 * @returns whether it nests at most `maxDepth` deep and can be written as JSON, which knows no infinite numbers.
 * @throws WorkExhausted when it is larger than what is left of the budget.
 */
export function measureJson(value: JsonValue, maxDepth: number, budget: WorkBudget): boolean {
  budget.spend(typeof value === 'string' ? textUnits(value) : 1);
  if (typeof value !== 'object' || value === null) {
    return typeof value !== 'number' || Number.isFinite(value);
  }
  if (maxDepth === 0) {
    return false;
  }
  return Object.entries(value).every(([name, inner]) => {
    budget.spend(textUnits(name));
    return measureJson(inner, maxDepth - 1, budget);
  });
}
