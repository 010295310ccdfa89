import type { Route, WeightedVariant } from '../../gen/signalbox/router/v1/router_pb.ts';
import type { ViolationList } from '../dialects/router-json/violation-list.ts';
import { checkCount, checkRange, UsedIds } from './check-bounds.ts';
import { checkVariant } from './check-variant.ts';
import type { RouterRules } from './router-limits.ts';

const weightTotal = 100;

/** How far the sum of weights may be off: 33.3, 33.3 and 33.4 do not sum to 100 in binary fractions. */
const weightTolerance = 1e-9;

/** Checks the variants of a route, and their weights. */
export function checkVariants(route: Route, rules: RouterRules, path: string, violations: ViolationList): void {
  const { variants } = route;
  if (variants.length === 0) {
    violations.add(path, 'it must have at least one variant');
    return;
  }
  const ids = new UsedIds();
  checkCount(variants, rules.maxVariants, path, violations).forEach(({ variant, weight }, index) => {
    const place = `${path}[${index}]`;
    checkRange(weight, { min: 0, max: weightTotal }, `${place}.weight`, violations);
    if (variant === undefined) {
      violations.add(`${place}.variant`, 'it is required');
      return;
    }
    checkVariant(variant, rules, `${place}.variant`, violations);
    ids.check(variant.variantId, `${place}.variant.variant_id`, violations);
  });
  checkWeightTotal(variants, path, violations);
}

/** Of weights that are wrong in themselves the sum says nothing more. */
function checkWeightTotal(variants: readonly WeightedVariant[], path: string, violations: ViolationList): void {
  if (variants.some(({ weight }) => !(weight >= 0 && weight <= weightTotal))) return;
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  if (Math.abs(total - weightTotal) <= weightTolerance) return;
  // To the digits that the tolerance leaves: 0.1 and 0.2 are 0.3.
  violations.add(path, `their weights must sum to ${weightTotal}, not ${Number(total.toPrecision(12))}`);
}
