import type { Router } from '../../gen/signalbox/router/v1/router_pb.ts';
import { createError } from '../core/errors.ts';
import { compileRouter } from '../routers/compile-router.ts';
import type { VariantProgram } from '../routers/router-program.ts';
import { findNameProblem } from './propose-models.ts';
import { autoModel, isBareModel, type ModelNames } from './resolve-model.ts';

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
  const order = provider?.order ?? [];
  const named = modelId === autoModel && models.length > 0 ? models : [modelId, ...models];
  const problems = named.flatMap((name) => {
    const places = isBareModel(name) && order.length > 0 ? order.map((id) => `${id}/${name}`) : [name];
    return places.flatMap((place) => resolver.describe(place) ?? []);
  });
  const ignored = new Set(ignore);
  if (named.every((name) => ignored.has(name) || ignored.has(name.slice(0, Math.max(name.indexOf('/'), 0))))) {
    problems.push('it ignores every model that it names.');
  }
  if (webSearch !== undefined) problems.push(createError('WEB_SEARCH_UNAVAILABLE', {}).message);
  if (sort.length > 0 && modelId !== autoModel && named.every((name) => name.includes('/'))) {
    problems.push('sort has no effect: the models are named with their providers, and tried in the order given.');
  }
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

  /** What is wrong with a name. `undefined`: nothing. */
  describe(name: string): string | undefined {
    this.lookups += 1;
    if (this.#problems.has(name)) return this.#problems.get(name);
    const error = findNameProblem(name, this.#names);
    const problem =
      error === undefined ? this.#describeUnknown(name) : `${name} cannot be called now. ${error.message}`;
    this.#problems.set(name, problem);
    return problem;
  }

  /** Providers add models faster than catalogues do, so that a model that is not in one may be there all the same. */
  #describeUnknown(name: string): string | undefined {
    const { catalog, providers } = this.#names;
    const slash = name.indexOf('/');
    const provider = slash < 0 ? undefined : providers.get(name.slice(0, slash));
    if (provider === undefined || catalog.current.listProvider(provider.id).length === 0) return undefined;
    if (catalog.current.get(`${provider.id}/${name.slice(slash + 1)}`) !== undefined) return undefined;
    return `${name} is not in the catalogue, so the provider may not have it.`;
  }
}
