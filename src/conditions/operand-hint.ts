const numberTypes = new Set(['int', 'uint', 'double']);

/**
 * What to do about numbers that an operator does not put together, as the end of a sentence. Empty where there is nothing to say.
 *
 * @param operator - as the library names it, such as `_+_`.
 * @param types - the names of its operands' types.
 */
export function operandHint(operator: string, types: readonly string[]): string {
  if (!/^_[-+*/%]_$/.test(operator) || !types.every((type) => numberTypes.has(type))) return '';
  if (operator === '_%_') return '; it is for whole numbers: convert with int(x)';
  return '; convert one of them, as with double(x)';
}
