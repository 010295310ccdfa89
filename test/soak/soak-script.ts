import type { JsonObject } from '../../src/core/json.ts';
import type { Fault } from '../support/faults/fault.ts';

/** One thing that the load does. */
export type SoakStep =
  | {
      readonly kind: 'chat';
      /** Models or a router, the first to be tried before the others. */
      readonly models: readonly [string, ...string[]];
      readonly isStreamed: boolean;
      readonly fault: Fault;
      readonly isPersistent: boolean;
      /** When the client leaves: once the provider has the request, or after so many pieces. `undefined`: it stays. */
      readonly leaves: 'at-provider' | number | undefined;
    }
  | { readonly kind: 'update-router'; readonly router: JsonObject }
  | { readonly kind: 'explain'; readonly model: string }
  | { readonly kind: 'list-models' }
  | { readonly kind: 'bad-request' };

/** The routers that are there from the start, and change all the time. */
export const soakRouters = ['soak-1', 'soak-2', 'soak-3'];

/** Every fault that a call can meet. Silences are rare, since they take as long as the server's patience. */
const faults: readonly Fault[] = [
  { kind: 'refuse', refusal: 'rate-limit' },
  { kind: 'refuse', refusal: 'server-error' },
  { kind: 'refuse', refusal: 'overloaded' },
  { kind: 'refuse', refusal: 'context' },
  { kind: 'refuse', refusal: 'policy' },
  { kind: 'reset' },
  { kind: 'late', delayMs: 50 },
  { kind: 'cut', afterWords: 0 },
  { kind: 'cut', afterWords: 20 },
  { kind: 'cut', afterWords: 55 },
  { kind: 'broken-event', place: 10 },
  { kind: 'unended' },
];
const silences: readonly Fault[] = [{ kind: 'silent' }, { kind: 'stall', afterWords: 20 }];

/** Draws what is done next. */
export function drawStep(random: () => number, models: readonly string[]): SoakStep {
  const share = random();
  if (share < 0.06) return { kind: 'update-router', router: drawRouter(random, models) };
  if (share < 0.1) return { kind: 'explain', model: `router/${pick(random, soakRouters)}` };
  if (share < 0.13) return { kind: 'list-models' };
  if (share < 0.15) return { kind: 'bad-request' };

  const isStreamed = random() < 0.6;
  const model = random() < 0.4 ? `router/${pick(random, soakRouters)}` : pick(random, models);
  const chat = { kind: 'chat', models: [model, pick(random, models)], isStreamed } as const;
  const calm = { fault: { kind: 'none' }, isPersistent: false, leaves: undefined } as const;
  const fate = random();
  if (fate < 0.7) return { ...chat, ...calm };
  if (fate < 0.85) {
    const fault = random() < 0.05 ? pick(random, silences) : pick(random, faults);
    return { ...chat, fault, isPersistent: random() < 0.2, leaves: undefined };
  }
  if (isStreamed && random() < 0.5) return { ...chat, ...calm, leaves: 1 + Math.floor(random() * 50) };
  // The provider says nothing, so that the client's leaving is what ends the call.
  return { ...chat, fault: { kind: 'silent' }, isPersistent: true, leaves: 'at-provider' };
}

/** A router of one of the names, with two of the models and a condition. */
export function drawRouter(
  random: () => number,
  models: readonly string[],
  name = pick(random, soakRouters),
): JsonObject {
  const weight = 1 + Math.floor(random() * 99);
  return {
    name,
    routes: [
      {
        condition: { cel_expression: `messages.size() > ${Math.floor(random() * 100) + 10}` },
        route: { route_id: 'long', variants: [createVariant('long', pick(random, models), 100)] },
      },
    ],
    default_route: {
      route_id: 'all',
      variants: [
        createVariant('heavy', pick(random, models), weight),
        createVariant('light', pick(random, models), 100 - weight),
      ],
    },
  };
}

function createVariant(id: string, model: string, weight: number): JsonObject {
  return { weight, variant: { variant_id: id, model_id: model } };
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}
