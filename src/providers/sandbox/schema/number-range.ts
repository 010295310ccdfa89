import type { JsonObject } from '../../../core/json.ts';
import { readNumber } from './schema-keywords.ts';

/** Bounds of a number; infinite where there is none. */
export interface NumberRange {
  readonly low: number;
  readonly isLowExcluded: boolean;
  readonly high: number;
  readonly isHighExcluded: boolean;
}

/** Reads the bounds of a number, also in the form of draft 4, where the exclusive keywords are booleans. */
export function readNumberRange(schema: JsonObject): NumberRange {
  const low = readNumber(schema, 'minimum') ?? Number.NEGATIVE_INFINITY;
  const above = readNumber(schema, 'exclusiveMinimum') ?? Number.NEGATIVE_INFINITY;
  const high = readNumber(schema, 'maximum') ?? Number.POSITIVE_INFINITY;
  const below = readNumber(schema, 'exclusiveMaximum') ?? Number.POSITIVE_INFINITY;
  return {
    low: Math.max(low, above),
    isLowExcluded: (above >= low && above !== Number.NEGATIVE_INFINITY) || schema['exclusiveMinimum'] === true,
    high: Math.min(high, below),
    isHighExcluded: (below <= high && below !== Number.POSITIVE_INFINITY) || schema['exclusiveMaximum'] === true,
  };
}

/** Whether a number keeps to bounds. */
export function isInRange(value: number, range: NumberRange): boolean {
  return (
    (range.isLowExcluded ? value > range.low : value >= range.low) &&
    (range.isHighExcluded ? value < range.high : value <= range.high)
  );
}

/**
 * Whether a number is a multiple. The quotient must be a whole number that doubles hold exactly, which is stricter than some
 * validators and never laxer. A step that is not positive says nothing.
 */
export function isMultipleOf(value: number, step: number): boolean {
  return step <= 0 || Number.isSafeInteger(value / step);
}
