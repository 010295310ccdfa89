import type { SchemaParts } from './expand-schema.ts';
import { readNumberRange } from './number-range.ts';
import { readNumber } from './schema-keywords.ts';

/** How many neighbours of each landmark are proposed beyond the one that was asked for. */
const spareVariants = 6;
/** How far the common multiple of two steps is looked for. */
const maxStepFactor = 1_000;

/**
 * Numbers that may meet the parts, likely ones first: those around 1, the bounds and a few more, on the grid of `multipleOf`. They
 * have to be checked.
 */
export function* proposeNumbers(parts: SchemaParts, type: 'integer' | 'number', variant: number): Generator<number> {
  const ranges = parts.map(readNumberRange);
  const low = Math.max(...ranges.map((range) => range.low));
  const high = Math.min(...ranges.map((range) => range.high));
  const steps = parts.flatMap((part) => readNumber(part, 'multipleOf') ?? []).filter((step) => step > 0);
  const isOnGrid = type === 'integer' || steps.length > 0;
  const step = (type === 'integer' ? [1, ...steps] : steps).reduce(commonMultiple, steps[0] ?? 1);
  const landmarks = [1, low, high, 0, -1, 1_000, -1_000].filter((landmark) => Number.isFinite(landmark));
  for (const landmark of landmarks) {
    const start = isOnGrid ? Math.ceil(landmark / step) : landmark;
    for (let offset = 0; offset <= variant + spareVariants; offset++) {
      const distance = landmark === high ? -offset : offset;
      yield plainZero(isOnGrid ? (start + distance) * step : start + distance);
    }
    // A bound may lie between two places of the grid, or leave room below a whole step.
    yield plainZero(isOnGrid ? Math.floor(landmark / step) * step : landmark - 1);
  }
  for (let share = 2; Number.isFinite(high - low) && share <= variant + spareVariants; share++) {
    yield plainZero(low + (high - low) / share);
  }
}

/** The smallest number that both steps divide, or the first step when it is not found nearby. */
function commonMultiple(left: number, right: number): number {
  for (let factor = 1; factor <= maxStepFactor; factor++) {
    if (Number.isSafeInteger((left * factor) / right)) {
      return left * factor;
    }
  }
  return left;
}

/** JSON has no use for negative zero. */
function plainZero(value: number): number {
  return value === 0 ? 0 : value;
}
