import type {
  ChatCompletionRequest,
  ProviderPreferences,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
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
  /** The router that named the models. `undefined`: the request did. */
  readonly router: string | undefined;
}

/** A name to be resolved. */
interface NamedModel {
  readonly name: string;
  /** Where it stands in the request. */
  readonly field: string;
  /** Why it is considered. */
  readonly reason: string;
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
      if (options.router === undefined) throw resolved;
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

function tryResolve({ name, field }: NamedModel, options: CandidateOptions): Candidate | SignalboxError {
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

function listNames(request: ChatCompletionRequest, { router }: CandidateOptions): NamedModel[] {
  const { models = [], provider } = request.extraBody ?? {};
  const isPool = request.model === 'auto';
  const others = models.flatMap((name, index) => {
    const reason = isPool ? `It is number ${index + 1} of the pool.` : `It is fallback number ${index + 1}.`;
    return expandBareModel({ name, field: `extra_body.models[${index}]`, reason }, provider);
  });
  if (isPool && others.length > 0) return others;
  const reason = router === undefined ? 'The request names it.' : 'The variant names it.';
  return [...expandBareModel({ name: request.model, field: 'model', reason }, provider), ...others];
}

/** A bare model at each of the providers that may serve it. */
function expandBareModel(
  { name, field, reason }: NamedModel,
  preferences: ProviderPreferences | undefined,
): NamedModel[] {
  const order = preferences?.order ?? [];
  if (!isBareModel(name) || order.length === 0) return [{ name, field, reason }];
  const allowed = preferences?.allowFallbacks === false ? order.slice(0, 1) : order;
  return allowed.map((provider, index) => ({
    name: `${provider}/${name}`,
    field: `extra_body.provider.order[${index}]`,
    reason: `${reason.slice(0, -1)}, at provider number ${index + 1} of the order.`,
  }));
}
