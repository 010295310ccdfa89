import type { JsonObject } from '../../../src/core/json.ts';

/** A route of variants with equal shares. */
export function createRoute(routeId: string, ...variants: JsonObject[]): JsonObject {
  return {
    route_id: routeId,
    variants: variants.map((variant) => ({ variant, weight: 100 / variants.length })),
  };
}

/** A route of one variant that has nothing but its model. */
export function createModelRoute(routeId: string, modelId: string): JsonObject {
  return createRoute(routeId, { variant_id: 'only', model_id: modelId });
}

/** A route with a condition. */
export function createConditional(celExpression: string, route: JsonObject): JsonObject {
  return { route, condition: { cel_expression: celExpression } };
}

/** A route of two variants, `heavy` on sandbox/echo and `light` on sandbox/json. */
export function createSplit(heavyWeight: number, lightWeight: number): JsonObject {
  return {
    route_id: 'split',
    variants: [
      { variant: { variant_id: 'heavy', model_id: 'sandbox/echo' }, weight: heavyWeight },
      { variant: { variant_id: 'light', model_id: 'sandbox/json' }, weight: lightWeight },
    ],
  };
}

/** The messages of a call of which the answer does not matter. */
export const hello: JsonObject[] = [{ role: 'user', content: 'Hello!' }];

/** A client's name as a part of a router's. */
export function toNamePart(protocol: string): string {
  return protocol.toLowerCase().replaceAll(/[^a-z]+/g, '-');
}
