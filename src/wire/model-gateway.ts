import type { Model } from '../../gen/signalbox/model/v1/model_pb.ts';
import { requireScope, routerReaderScopes } from '../auth/authenticator.ts';
import type { CatalogEntry, CatalogView, ModelCatalog } from '../catalog/catalog-view.ts';
import { listPrices } from '../catalog/list-prices.ts';
import type { PerformanceBook } from '../catalog/performance.ts';
import type { Clock } from '../core/clock.ts';
import { createError } from '../core/errors.ts';
import { createFieldError } from '../core/json-fields.ts';
import type { Principal } from '../core/principal.ts';
import { suggest } from '../core/suggest.ts';
import type { RouterBook } from '../routers/router-book.ts';
import { autoModel, parseRouterModel } from '../routing/resolve-model.ts';
import {
  type CallableModel,
  createCallableModel,
  createCallableRouter,
  listRouters,
  readCatalogId,
} from './callable-models.ts';
import { createModel } from './create-model.ts';
import { hasCapabilities, parseCapabilities } from './model-capabilities.ts';
import { describeMissingModel, describeUnlistedModel, type ListedProviders } from './model-hints.ts';
import type { ServerState } from './server-state.ts';

/** What the gateway is built with. */
export interface ModelGatewayDependencies {
  readonly catalog: ModelCatalog;
  readonly performance: Pick<PerformanceBook, 'read'>;
  readonly providers: ListedProviders;
  /** The saved routers, which can be called like models. */
  readonly book: Pick<RouterBook, 'get' | 'list'>;
  /** What a model's name begins with when it names a saved router. */
  readonly routerPrefix: string;
  readonly state: ServerState;
  readonly clock: Clock;
}

/** Which models are asked for. Every part of it must hold. */
export interface ModelFilter {
  /** The id or an alias of a provider. Empty: all of them. */
  readonly provider: string;
  /** Names of capabilities. Empty: whatever they can do. */
  readonly capabilities: readonly string[];
  /** What the client calls the field with the capabilities, for errors. */
  readonly capabilityField: string;
  /** Whether to leave out those that cannot be called now. */
  readonly supportedOnly: boolean;
}

/** How much of a name that a client made up is shown. */
const maxShownChars = 200;

/**
 * Reads the catalogue of models for both edges: what REST and RPC have in common between the wire and the catalogue.
 *
 * Every method throws SERVER_DRAINING once the server drains, and SCOPE_MISSING, which names the scope, when the caller lacks it.
 */
export class ModelGateway {
  readonly #dependencies: ModelGatewayDependencies;

  constructor(dependencies: ModelGatewayDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The models of the catalogue: those that can be called now first, then by provider in the order of the registry and by name.
   *
   * @throws SignalboxError INVALID_FIELD for a provider or a capability that is not known.
   */
  list(principal: Principal, filter: ModelFilter): Model[] {
    this.#admit(principal);
    const { current } = this.#dependencies.catalog;
    const entries = filter.provider === '' ? current.entries : this.#listProvider(filter.provider, current);
    const capabilities = parseCapabilities(filter.capabilities, filter.capabilityField);
    const kept = entries.filter(
      ({ isLive, model }) => (isLive || !filter.supportedOnly) && hasCapabilities(model, capabilities),
    );
    return [...kept.filter(({ isLive }) => isLive), ...kept.filter(({ isLive }) => !isLive)].map((entry) =>
      this.#createModel(entry),
    );
  }

  /**
   * One model of the catalogue.
   *
   * @param name - `provider/model`, or a bare name, which stands for the first provider that has it, a live one if there is any.
   * @throws SignalboxError INVALID_FIELD when it is empty, MODEL_NOT_FOUND.
   */
  get(principal: Principal, name: string): Model {
    this.#admit(principal);
    if (name === '') throw createFieldError('name', 'it is required: provider/model, or the name of a model alone');
    return this.#createModel(this.#find(name));
  }

  /** Everything that `model` of a chat request can say now: `auto`, the routers of the caller's workspace, and the models that are live. */
  listCallable(principal: Principal): CallableModel[] {
    this.#admit(principal);
    const { book, catalog, routerPrefix } = this.#dependencies;
    const live = catalog.current.entries.filter(({ isLive }) => isLive);
    return [
      ...(live.length > 0 ? [callableAuto] : []),
      ...listRouters(book, principal.workspace).map((saved) => createCallableRouter(saved, routerPrefix)),
      ...live.map(createCallableModel),
    ];
  }

  /**
   * One of {@link listCallable}. A bare name, too, finds a model.
   *
   * @throws SignalboxError ROUTER_UNKNOWN, or MODEL_NOT_FOUND, also for a model that cannot be called now.
   */
  getCallable(principal: Principal, name: string): CallableModel {
    this.#admit(principal);
    const { book, catalog, providers, routerPrefix } = this.#dependencies;
    if (name === autoModel && catalog.current.entries.some(({ isLive }) => isLive)) return callableAuto;
    const routerName = parseRouterModel(name, routerPrefix);
    if (routerName !== undefined) {
      const saved = book.get(principal.workspace, routerName);
      if (saved !== undefined) return createCallableRouter(saved, routerPrefix);
      throw createError('ROUTER_UNKNOWN', { router: routerName.slice(0, maxShownChars) });
    }
    const entry = this.#find(name);
    if (entry.isLive) return createCallableModel(entry);
    throw createError('MODEL_NOT_FOUND', {
      model: name.slice(0, maxShownChars),
      hint: describeUnlistedModel(entry, providers),
    });
  }

  #admit(principal: Principal): void {
    if (this.#dependencies.state.isDraining) throw createError('SERVER_DRAINING', {});
    requireScope(principal, ...routerReaderScopes);
  }

  #createModel(entry: CatalogEntry): Model {
    const { clock, performance } = this.#dependencies;
    const { prices } = entry.model;
    return createModel(entry, {
      prices: prices && listPrices(prices, clock.nowMs()),
      speed: performance.read(entry.id),
    });
  }

  #find(name: string): CatalogEntry {
    const { current } = this.#dependencies.catalog;
    const entry = current.get(readCatalogId(name)) ?? findByName(name, current);
    if (entry !== undefined) return entry;
    const hint = describeMissingModel(name, current, this.#dependencies.providers);
    throw createError('MODEL_NOT_FOUND', { model: name.slice(0, maxShownChars), hint });
  }

  /** An empty list for a name that nobody has would look as if the provider had no models. */
  #listProvider(name: string, view: CatalogView): readonly CatalogEntry[] {
    const { providers } = this.#dependencies;
    const id = providers.get(name)?.id ?? name;
    const entries = view.listProvider(id);
    if (entries.length > 0 || providers.get(name) !== undefined) return entries;
    const known = [...new Set([...providers.list(), ...view.entries.map(toProvider)].map((provider) => provider.id))];
    const near = suggest(name, known);
    const meant = near === undefined ? '' : `, and ${near} was perhaps meant`;
    const shown = JSON.stringify(name.slice(0, maxShownChars));
    throw createFieldError('provider', `there is no provider ${shown}${meant}; it takes ${known.join(', ')}`);
  }
}

/** What chooses among all models that are live. */
const callableAuto: CallableModel = { id: autoModel, owner: 'signalbox', createdS: 0 };

function findByName(name: string, view: CatalogView): CatalogEntry | undefined {
  if (name.includes('/')) return undefined;
  const hosts = view.findByName(name);
  return hosts.find(({ isLive }) => isLive) ?? hosts[0];
}

function toProvider({ providerId }: CatalogEntry): { readonly id: string } {
  return { id: providerId };
}
