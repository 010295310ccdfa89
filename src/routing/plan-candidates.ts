import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError, SignalboxError } from '../core/errors.ts';
import { type Candidate, isBareModel, type ModelNames, resolveModel } from './resolve-model.ts';

/** Why a model is left out: it cannot be resolved, it is to be ignored, it is in the list already, or the list is too long. */
export type Exclusion = 'unresolved' | 'ignored' | 'repeated' | 'too-many';

/** A model that was considered for a call. */
export interface ConsideredModel {
  /** `provider/model`, or the name as it was given where that cannot be resolved. */
  readonly name: string;
  /** `undefined`: it cannot be resolved. */
  readonly candidate: Candidate | undefined;
  /** Why it is left out. `undefined`: it will be tried. */
  readonly exclusion: Exclusion | undefined;
  /** Why it is in or out, one sentence. */
  readonly reason: string;
}

/** How candidates are found. */
export interface CandidateOptions extends ModelNames {
  /** The most attempts of one call. */
  readonly maxAttempts: number;
  /** What the client itself asked for. What the request has beyond it, a router's variant says. */
  readonly asked: ChatCompletionRequest;
}

/** The most models that are considered: a bare model can stand for as many as there are providers in an order, and there can be many. */
const maxConsidered = 256;

/** A name to be resolved. */
interface NamedModel {
  readonly name: string;
  /** Where it stands in the request. */
  readonly field: string;
  /** Why it is considered. */
  readonly reason: string;
  /** Whether the client gave the name, and not a router. */
  readonly isAsked: boolean;
}

/**
 * Finds the candidates of a call in their order: the model, or with `auto` its pool; then the fallbacks; without what is to be ignored.
 *
 * A name that a request gives and that cannot be resolved is refused, so that a misspelt fallback shows at the first call and not in the
 * outage that it was meant for. A router was checked when it was saved, and warned of such names: one that cannot be resolved now is passed
 * over, as long as another one can.
 *
 * @param considered - filled with every model, as far as it gets.
 * @returns at least one.
 * @throws SignalboxError as resolveModel, and NO_CANDIDATE.
 */
export function planCandidates(
  request: ChatCompletionRequest,
  options: CandidateOptions,
  considered: ConsideredModel[],
): Candidate[] {
  const ignored = new Set(request.extraBody?.ignore ?? []);
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  let firstProblem: SignalboxError | undefined;
  for (const named of listNames(request, options)) {
    const resolved = tryResolve(named, options);
    if (resolved instanceof SignalboxError) {
      considered.push({ name: named.name, candidate: undefined, exclusion: 'unresolved', reason: resolved.message });
      if (named.isAsked) throw resolved;
      firstProblem ??= resolved;
      continue;
    }
    const exclusion = findExclusion(resolved, ignored, seen, candidates.length, options);
    seen.add(resolved.id);
    if (exclusion === undefined) candidates.push(resolved);
    const reason = exclusion === undefined ? named.reason : describeExclusion(exclusion, options);
    considered.push({ name: resolved.id, candidate: resolved, exclusion, reason });
  }
  if (candidates.length > 0) return candidates;
  throw firstProblem ?? createError('NO_CANDIDATE', {}, { param: 'extra_body.ignore' });
}

/** Resolves a name to a candidate, or to the error that says why it cannot be. */
export function tryResolve(
  { name, field }: Pick<NamedModel, 'name' | 'field'>,
  options: ModelNames,
): Candidate | SignalboxError {
  try {
    return resolveModel(name, field, options);
  } catch (thrown) {
    if (thrown instanceof SignalboxError) return thrown;
    throw thrown;
  }
}

function findExclusion(
  { id, model, provider }: Candidate,
  ignored: ReadonlySet<string>,
  seen: ReadonlySet<string>,
  candidateCount: number,
  { maxAttempts }: CandidateOptions,
): Exclude<Exclusion, 'unresolved'> | undefined {
  if (ignored.has(provider.id) || ignored.has(id) || ignored.has(model)) return 'ignored';
  if (seen.has(id)) return 'repeated';
  return candidateCount >= maxAttempts ? 'too-many' : undefined;
}

function describeExclusion(exclusion: Exclude<Exclusion, 'unresolved'>, { maxAttempts }: CandidateOptions): string {
  switch (exclusion) {
    case 'ignored':
      return 'The model or its provider is to be ignored.';
    case 'repeated':
      return 'It is in the list already.';
    case 'too-many':
      return `Only the first ${maxAttempts} models are tried (calls.max_attempts).`;
  }
}

function listNames(request: ChatCompletionRequest, { asked }: CandidateOptions): NamedModel[] {
  const { models = [] } = request.extraBody ?? {};
  const isPool = request.model === 'auto';
  const isRouted = request.model !== asked.model;
  const others = models.flatMap((name, index) => {
    const reason = isPool ? `It is number ${index + 1} of the pool.` : `It is fallback number ${index + 1}.`;
    const isAsked = (asked.extraBody?.models.length ?? 0) > 0;
    return expandBareModel({ name, field: `extra_body.models[${index}]`, reason, isAsked }, request, asked);
  });
  if (isPool && others.length > 0) return others.slice(0, maxConsidered);
  const reason = isRouted ? 'The variant names it.' : 'The request names it.';
  const first = { name: request.model, field: 'model', reason, isAsked: !isRouted };
  return [...expandBareModel(first, request, asked), ...others].slice(0, maxConsidered);
}

/** A bare model at each of the providers that may serve it. */
function expandBareModel(
  named: NamedModel,
  { extraBody }: ChatCompletionRequest,
  asked: ChatCompletionRequest,
): NamedModel[] {
  const { order = [], allowFallbacks = true } = extraBody?.provider ?? {};
  const { name, reason } = named;
  if (!isBareModel(name) || order.length === 0) return [named];
  return (allowFallbacks ? order : order.slice(0, 1)).map((provider, index) => ({
    name: `${provider}/${name}`,
    field: `extra_body.provider.order[${index}]`,
    reason: `${reason.slice(0, -1)}, at provider number ${index + 1} of the order.`,
    isAsked: asked.extraBody?.provider !== undefined,
  }));
}
