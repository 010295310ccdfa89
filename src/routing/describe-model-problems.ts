import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { createError, SignalboxError } from '../core/errors.ts';
import { compileRouter } from '../routers/compile-router.ts';
import type { VariantProgram } from '../routers/router-program.ts';
import { tryResolve } from './plan-candidates.ts';
import { isBareModel, type ModelNames } from './resolve-model.ts';

/**
 * What of a router this server could not do now, one sentence each. None of it keeps a router from being saved: a provider may be configured
 * later.
 *
 * @param maxProblems - after so many and one more it looks no further.
 */
export function describeModelProblems(router: Router, names: ModelNames, maxProblems: number): string[] {
  const { routes, defaultRoute } = compileRouter(router);
  const resolver = new NameResolver(names);
  const problems: string[] = [];
  for (const { routeId, variants } of [...routes, ...(defaultRoute === undefined ? [] : [defaultRoute])]) {
    for (const variant of variants) {
      for (const problem of listProblems(variant, resolver)) {
        problems.push(`Route '${routeId}', variant '${variant.variantId}': ${problem}`);
        if (problems.length > maxProblems) return problems;
      }
      if (resolver.lookups > maxLookups)
        return [...problems, 'Not all of its models were looked at: there are too many.'];
    }
  }
  return problems;
}

function listProblems(variant: VariantProgram, resolver: NameResolver): string[] {
  const { modelId, selection, webSearch } = variant;
  const { models = [], provider, ignore = [], sort = [] } = selection ?? {};
  const named = modelId === 'auto' && models.length > 0 ? models : [modelId, ...models];
  const problems = named.flatMap((name) => {
    const order = isBareModel(name) ? (provider?.order ?? []) : [];
    const places = order.length === 0 ? [name] : order.map((id) => `${id}/${name}`);
    return places.flatMap((place) => {
      const problem = resolver.describe(place);
      return problem === undefined ? [] : [`${place} cannot be called now. ${problem}`];
    });
  });
  const ignored = new Set(ignore);
  if (named.every((name) => ignored.has(name) || ignored.has(name.slice(0, Math.max(name.indexOf('/'), 0))))) {
    problems.push('it ignores every model that it names.');
  }
  if (webSearch !== undefined) problems.push(createError('WEB_SEARCH_UNAVAILABLE', {}).message);
  if (sort.length > 0) problems.push('sort has no effect: the models are tried in the order given.');
  return problems;
}

/** The most names that are looked at in one router, repeated ones too: a model without a provider stands for as many as its order has. */
const maxLookups = 50_000;

/** Names come again and again in a router; each is resolved once. */
class NameResolver {
  lookups = 0;
  readonly #names: ModelNames;
  readonly #problems = new Map<string, string | undefined>();

  constructor(names: ModelNames) {
    this.#names = names;
  }

  /** Why a name cannot be called. `undefined`: it can. */
  describe(name: string): string | undefined {
    this.lookups += 1;
    if (this.#problems.has(name)) return this.#problems.get(name);
    const resolved = tryResolve({ name, field: 'model_id' }, this.#names);
    const problem = resolved instanceof SignalboxError ? resolved.message : undefined;
    this.#problems.set(name, problem);
    return problem;
  }
}
