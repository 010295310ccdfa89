import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { CatalogEntry, CatalogView } from '../catalog/catalog-view.ts';
import { createError, SignalboxError } from '../core/errors.ts';
import type { ProviderDirectory } from '../providers/provider-directory.ts';
import {
  autoModel,
  type Candidate,
  createCandidate,
  isBareModel,
  type ModelNames,
  requireLive,
  resolveModel,
} from './resolve-model.ts';

/**
 * How a candidate came to be proposed: the caller named it with its provider; it hosts a model that was named without one; or it is one of
 * many to choose from.
 */
export type ProposalKind = 'named' | 'hosted' | 'chosen';

/** A candidate that a name stands for. */
export interface Proposal {
  readonly candidate: Candidate;
  readonly kind: ProposalKind;
  /** Why it is considered, one sentence. */
  readonly reason: string;
}

/** What one name of a request, or its whole pool, stands for. */
export interface ProposalGroup {
  /** In the order of the request, or of the catalogue. */
  readonly proposals: readonly Proposal[];
  /** By what its candidates are ordered. */
  readonly order: 'given' | 'hosts' | 'auto';
  /** The most of them that may be tried. `undefined`: as many as there are. */
  readonly maxCandidates: number | undefined;
  /** Names that cannot be resolved, and why. */
  readonly problems: readonly NameProblem[];
}

/** A name that cannot be resolved. */
export interface NameProblem {
  readonly name: string;
  readonly error: SignalboxError;
  /** Whether the client gave the name, and not a router. */
  readonly isAsked: boolean;
}

/** A name to be resolved. */
interface NamedModel {
  readonly name: string;
  /** Where it stands in the request. */
  readonly field: string;
  /** Why it is considered, one sentence. */
  readonly reason: string;
  readonly isAsked: boolean;
}

/**
 * What gateways' names of free offers end with. They take a few calls a minute, and may keep prompts or train on them
 * (openrouter.ai/docs/guides/routing/model-variants/free, also of `openrouter/free`, which chooses one of them). Whoever wants that names it.
 */
const freeName = /[:/-]free$/;

/** The most names that are looked at: a bare model can stand for as many as there are providers in an order, and there can be many. */
const maxNames = 256;

/**
 * Finds what the names of a request stand for, one group for each that is tried after another: the model and its fallbacks, or the one pool
 * of `auto`.
 *
 * @param asked - what the client itself asked for. What the request has beyond it, a router's variant says.
 */
export function proposeModels(
  request: ChatCompletionRequest,
  asked: ChatCompletionRequest,
  names: ModelNames,
): ProposalGroup[] {
  const { models = [] } = request.extraBody ?? {};
  const isAsked = (asked.extraBody?.models.length ?? 0) > 0;
  if (request.model === autoModel) {
    if (models.length === 0) return [proposeAll(names)];
    const pool = models.map((name, index) => {
      const reason = `It is in the pool, by its entry number ${index + 1}.`;
      return proposeName({ name, field: `extra_body.models[${index}]`, reason, isAsked }, request, asked, names);
    });
    return [joinPool(pool)];
  }
  const isRouted = request.model !== asked.model;
  const reason = isRouted ? 'The variant names it.' : 'The request names it.';
  const groups = [
    proposeName({ name: request.model, field: 'model', reason, isAsked: !isRouted }, request, asked, names),
  ];
  for (const [index, name] of models.entries()) {
    if (countNames(groups) >= maxNames) break;
    const fallback = {
      name,
      field: `extra_body.models[${index}]`,
      reason: `It is fallback number ${index + 1}.`,
      isAsked,
    };
    groups.push(proposeName(fallback, request, asked, names));
  }
  return groups;
}

function countNames(groups: readonly ProposalGroup[]): number {
  return groups.reduce((sum, { proposals, problems }) => sum + proposals.length + problems.length, 0);
}

/** Why a name cannot be called now, with or without its provider. `undefined`: it can. */
export function findNameProblem(name: string, names: ModelNames): SignalboxError | undefined {
  const { problems } =
    name === autoModel
      ? proposeAll(names)
      : expandName({ name, field: 'model_id', reason: '', isAsked: false }, [], names);
  return problems[0]?.error;
}

/** What there is to choose from, by the catalogue that it comes from: the same for every call until that changes. */
const wholeCatalogs = new WeakMap<
  CatalogView,
  { readonly providers: ProviderDirectory; readonly proposals: readonly Proposal[] }
>();

function proposeAll({ catalog: { current }, providers }: ModelNames): ProposalGroup {
  let whole = wholeCatalogs.get(current);
  if (whole?.providers !== providers) {
    whole = { providers, proposals: collectChoices(current, providers) };
    wholeCatalogs.set(current, whole);
  }
  const { proposals } = whole;
  if (proposals.length > 0) return { proposals, order: 'auto', maxCandidates: undefined, problems: [] };
  const error = createError('SELECTION_UNAVAILABLE', { model: autoModel }, { param: 'model' });
  const problems = [{ name: autoModel, error, isAsked: true }];
  return { proposals, order: 'auto', maxCandidates: undefined, problems };
}

function collectChoices({ entries }: CatalogView, providers: ProviderDirectory): Proposal[] {
  const live = entries.filter(({ isLive }) => isLive);
  return proposeEntries(keepChoosable(live), 'chosen', 'It is in the catalogue, and its provider is live.', providers);
}

/**
 * Leaves out what the server does not choose by itself, unless there is nothing else: free offers, models for trying things out, and those
 * that their provider will switch off.
 */
function keepChoosable(entries: readonly CatalogEntry[]): readonly CatalogEntry[] {
  const choosable = entries.filter(
    ({ model }) => model.isTest !== true && model.isDeprecated !== true && !freeName.test(model.model),
  );
  return choosable.length > 0 ? choosable : entries;
}

function joinPool(groups: readonly ProposalGroup[]): ProposalGroup {
  return {
    proposals: groups.flatMap(({ proposals, maxCandidates }) => proposals.slice(0, maxCandidates)),
    order: 'auto',
    maxCandidates: undefined,
    problems: groups.flatMap(({ problems }) => problems),
  };
}

function proposeName(
  named: NamedModel,
  request: ChatCompletionRequest,
  asked: ChatCompletionRequest,
  names: ModelNames,
): ProposalGroup {
  const { order = [], allowFallbacks = true } = request.extraBody?.provider ?? {};
  const isAsked = asked.extraBody?.provider !== undefined;
  const places = order.slice(0, maxNames).map((provider, index) => ({
    provider,
    field: `extra_body.provider.order[${index}]`,
    isAsked,
  }));
  const group = expandName(named, allowFallbacks ? places : places.slice(0, 1), names);
  return allowFallbacks || group.order !== 'hosts' ? group : { ...group, maxCandidates: 1 };
}

/** A place in the order of providers that a bare model is looked for at. */
interface OrderedProvider {
  readonly provider: string;
  readonly field: string;
  readonly isAsked: boolean;
}

function expandName(named: NamedModel, order: readonly OrderedProvider[], names: ModelNames): ProposalGroup {
  const { name, reason } = named;
  if (!isBareModel(name)) return proposeResolved([tryPropose(named, () => resolveModel(name, named.field, names))]);
  if (names.providers.get(name) !== undefined) return proposeProvider(named, names);
  if (order.length === 0) return proposeHosts(named, names);
  return proposeResolved(
    order.map(({ provider, field, isAsked }, index) => {
      const where = `${reason.slice(0, -1)}, at provider number ${index + 1} of the order.`;
      const place = { name: `${provider}/${name}`, field, reason: where, isAsked };
      return tryPropose(place, () => resolveAt(provider, name, place.field, names));
    }),
  );
}

/** A bare model at a provider: under the name that it has there, or, where the catalogue does not know, under its own. */
function resolveAt(providerId: string, name: string, field: string, names: ModelNames): Candidate {
  const { id } = requireLive(providerId, `${providerId}/${name}`, field, names.providers);
  const entry = names.catalog.current.findByName(name).find((host) => host.providerId === id);
  const candidate = entry === undefined ? undefined : createCandidate(entry, names.providers);
  return candidate ?? resolveModel(`${providerId}/${name}`, field, names);
}

function proposeHosts({ name, field, reason, isAsked }: NamedModel, names: ModelNames): ProposalGroup {
  const hosts = names.catalog.current.findByName(name);
  const where = `${reason.slice(0, -1)}, and the provider hosts it.`;
  const proposals = proposeEntries(hosts, 'hosted', where, names.providers);
  if (proposals.length > 0) return { proposals, order: 'hosts', maxCandidates: undefined, problems: [] };
  const error = describeMissingHost(name, field, hosts, names);
  return { proposals: [], order: 'hosts', maxCandidates: undefined, problems: [{ name, error, isAsked }] };
}

/** The most providers that an error names. */
const maxToldHosts = 8;

function describeMissingHost(
  name: string,
  field: string,
  hosts: readonly CatalogEntry[],
  { catalog, providers, routerPrefix }: ModelNames,
): SignalboxError {
  const details = { param: field, code: 'model_not_found' };
  if (hosts.length > 0) {
    const told = hosts.slice(0, maxToldHosts).map(({ providerId }) => providerId);
    return createError(
      'MODEL_NOT_LIVE',
      { model: name, providers: told.join(', '), remedy: remedyOf(told, providers) },
      details,
    );
  }
  const near = catalog.current.suggest(name);
  const live = providers.listLiveIds().join(', ');
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Routers are named ${routerPrefix}NAME.`;
  return createError('MODEL_UNKNOWN', { model: name, hint, providers: live }, details);
}

/** What would make one of the providers live. */
function remedyOf(ids: readonly string[], providers: ProviderDirectory): string {
  for (const id of ids) {
    const entry = providers.get(id);
    if (entry !== undefined && !entry.live) return entry.remedy;
  }
  return `add one of them to providers in the configuration, with kind: openai-compatible and its base_url`;
}

/** All models of a provider, for a name that is a provider's. */
function proposeProvider({ name, field, isAsked }: NamedModel, names: ModelNames): ProposalGroup {
  const problem = tryRun(() => requireLive(name, name, field, names.providers));
  if (problem instanceof SignalboxError) {
    return { proposals: [], order: 'auto', maxCandidates: undefined, problems: [{ name, error: problem, isAsked }] };
  }
  const entries = keepChoosable(names.catalog.current.listProvider(problem.id));
  const proposals = proposeEntries(entries, 'chosen', `It is a model of ${problem.id}.`, names.providers);
  if (proposals.length > 0) return { proposals, order: 'auto', maxCandidates: undefined, problems: [] };
  const error = createError(
    'PROVIDER_WITHOUT_MODELS',
    { provider: problem.id },
    { param: field, code: 'model_not_found' },
  );
  return { proposals, order: 'auto', maxCandidates: undefined, problems: [{ name, error, isAsked }] };
}

function proposeEntries(
  entries: readonly CatalogEntry[],
  kind: ProposalKind,
  reason: string,
  providers: ProviderDirectory,
): Proposal[] {
  return entries.flatMap((entry) => {
    const candidate = createCandidate(entry, providers);
    return candidate === undefined ? [] : { candidate, kind, reason };
  });
}

function proposeResolved(resolved: readonly (Proposal | NameProblem)[]): ProposalGroup {
  return {
    proposals: resolved.filter((one) => 'candidate' in one),
    order: 'given',
    maxCandidates: undefined,
    problems: resolved.filter((one) => 'error' in one),
  };
}

function tryPropose({ name, reason, isAsked }: NamedModel, resolve: () => Candidate): Proposal | NameProblem {
  const resolved = tryRun(resolve);
  if (resolved instanceof SignalboxError) return { name, error: resolved, isAsked };
  return { candidate: resolved, kind: 'named', reason };
}

function tryRun<Result>(run: () => Result): Result | SignalboxError {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return thrown;
    throw thrown;
  }
}
