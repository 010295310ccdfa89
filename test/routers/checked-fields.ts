import { expect } from 'vitest';
import type { FieldViolation } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { checkRouter } from '../../src/routers/check-router.ts';
import { readRouter, routerJson, rules } from './checked-routers.ts';

/** Where routerJson has its variant. */
export const variantPath = 'defaultRoute.variants[0].variant';

/** Violations by path, each of which is there once. */
export function toRecord(violations: readonly FieldViolation[]): Record<string, string> {
  const record = Object.fromEntries(violations.map(({ field, description }) => [field, description]));
  expect(Object.keys(record)).toHaveLength(violations.length);
  return record;
}

/** What is wrong with a router, by path. */
export function check(json: JsonObject, more: Partial<typeof rules> = {}): Record<string, string> {
  return toRecord(checkRouter(readRouter(json), { ...rules, ...more }));
}

/** What is wrong with a variant, by path inside the variant. */
export function checkVariant(variant: JsonObject, more: Partial<typeof rules> = {}): Record<string, string> {
  const violations = Object.entries(check(routerJson(variant), more));
  return Object.fromEntries(
    violations.map(([field, description]) => [field.replace(`${variantPath}.`, ''), description]),
  );
}
