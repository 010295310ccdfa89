import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { createError, type SignalboxError } from '../core/errors.ts';
import type { CandidateMetrics } from './candidate-metrics.ts';
import { type AbilityFilter, findInability } from './check-ability.ts';
import { IgnoredModels } from './ignored-models.ts';
import { type Proposal, type ProposalGroup, proposeModels } from './propose-models.ts';
import { defaultRanking, hostRanking, type Ranking, rankCandidates } from './rank-candidates.ts';
import type { RankCriterion } from './rank-criterion.ts';
import type { RequestNeeds } from './request-needs.ts';
import type { Candidate, ModelNames } from './resolve-model.ts';

/**
 * Why a model is left out: it cannot be resolved, it is to be ignored, it cannot do what the call needs, it is in the list already, its name
 * stands for fewer, or the list is too long.
 */
export type Exclusion = 'unresolved' | 'ignored' | AbilityFilter | 'repeated' | 'no-fallback' | 'too-many';

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
  /** What candidates are to be ranked by. Empty: by what their kind of name is ranked by. */
  readonly criteria: readonly RankCriterion[];
  readonly metrics: CandidateMetrics;
  /** What the call needs of a model. Called once at most, and only if there is something to choose. */
  readonly findNeeds: () => RequestNeeds;
  /** Chooses one to be tried before the best, to be measured: its index. `undefined`, or what it gives: none. */
  readonly chooseProbe: ((ranked: readonly string[]) => number | undefined) | undefined;
  /** Filled with every model, as far as it gets. `undefined`: nobody wants to know. */
  readonly considered: ConsideredModel[] | undefined;
}

/** The candidates of a call. */
export interface CandidateList {
  /** In the order in which they are tried. At least one. */
  readonly candidates: readonly Candidate[];
  /** Whether the server put all of them in their order, and nobody named any. */
  readonly isRanked: boolean;
  /** Whether the server put any of them in an order. */
  readonly hasRanked: boolean;
  /** What the first of them was ranked by. `undefined`: it was named. */
  readonly firstRanking: Ranking | undefined;
  /** Whether the first of them is there to be measured, before those that are ranked better. */
  readonly isProbe: boolean;
  /** Names of a router that were passed over, since they cannot be resolved. */
  readonly unresolved: readonly { readonly name: string; readonly reason: string }[];
  /** How many named models were left out since the list is too long. What the server chose from does not count. */
  readonly omittedCount: number;
}

/**
 * Finds the candidates of a call in their order: the model, then the fallbacks; with `auto` the best of its pool. Without what is to be
 * ignored, and, of what the server chooses itself, without what cannot do what the call needs.
 *
 * A name that a request gives and that cannot be resolved is refused, so that a misspelt fallback shows at the first call and not in the
 * outage that it was meant for. A router was checked when it was saved, and warned of such names: one that cannot be resolved now is passed
 * over, as long as another one can.
 *
 * @throws SignalboxError as proposeModels says in its problems, and NO_CANDIDATE.
 */
export function planCandidates(request: ChatCompletionRequest, options: CandidateOptions): CandidateList {
  const groups = proposeModels(request, options.asked, options);
  const problems = groups.flatMap((group) => group.problems);
  for (const { name, error } of problems) {
    options.considered?.push({ name, candidate: undefined, exclusion: 'unresolved', reason: error.message });
  }
  const fatal = problems.find(({ isAsked }) => isAsked);
  if (fatal !== undefined) throw fatal.error;
  const chain = new CandidateChain(request, options);
  for (const group of groups) chain.add(group);
  const { firstRanking, hasRanked, isProbe, omittedCount } = chain;
  const candidates = putFailingLast(chain.candidates, options.metrics);
  const isRanked = groups.every(({ order }) => order !== 'given');
  const unresolved = problems.map(({ name, error }) => ({ name, reason: error.message }));
  if (candidates.length > 0) {
    return { candidates, isRanked, hasRanked, firstRanking, isProbe, unresolved, omittedCount };
  }
  throw problems[0]?.error ?? chain.describeEmptiness();
}

/** A call goes to what is failing only when nothing else is left: in the order in which it is told, too. */
function putFailingLast(candidates: readonly Candidate[], metrics: CandidateMetrics): readonly Candidate[] {
  const failing = candidates.filter((candidate) => metrics.isFailing(candidate));
  if (failing.length === 0 || failing.length === candidates.length) return candidates;
  return [...candidates.filter((candidate) => !failing.includes(candidate)), ...failing];
}

/** What the name of a filter says of the models that it removed. */
const filterTexts: Readonly<Record<AbilityFilter | 'ignored', string>> = {
  ignored: 'are to be ignored',
  'text-output': 'write no text',
  tools: 'do not call tools',
  'image-input': 'take no images',
  'audio-input': 'take no audio',
  'video-input': 'take no video',
  'file-input': 'take no files',
  'json-schema': 'do not keep to a JSON schema',
  reasoning: 'do not reason',
  'image-output': 'give no images',
  'audio-output': 'give no audio',
  'web-search': 'do not search the web',
  'context-length': 'hold too few tokens',
  'output-length': 'give too short answers',
};

/** The candidates of a call while they are collected, group by group. */
class CandidateChain {
  readonly candidates: Candidate[] = [];
  firstRanking: Ranking | undefined;
  hasRanked = false;
  isProbe = false;
  omittedCount = 0;
  readonly #options: CandidateOptions;
  readonly #ignored: IgnoredModels;
  readonly #seen = new Set<string>();
  readonly #removed = new Map<AbilityFilter | 'ignored', number>();
  #needs: RequestNeeds | undefined;

  constructor(request: ChatCompletionRequest, options: CandidateOptions) {
    this.#options = options;
    this.#ignored = new IgnoredModels(request.extraBody?.ignore ?? [], options);
  }

  add({ proposals, order, maxCandidates }: ProposalGroup): void {
    const left = proposals.filter((proposal) => !this.#isRemoved(proposal, order === 'auto'));
    const { considered, maxAttempts } = this.#options;
    const free = Math.max(Math.min(maxAttempts - this.candidates.length, maxCandidates ?? maxAttempts), 0);
    const usual = order === 'hosts' ? hostRanking : defaultRanking;
    const ordered = order === 'given' ? left : this.#rank(left, usual, free);
    const taken = order === 'given' ? ordered.slice(0, free) : takeDiverse(ordered, free);
    for (const proposal of taken) this.candidates.push(proposal.candidate);
    if (order === 'given') this.omittedCount += ordered.length - taken.length;
    if (considered === undefined) return;
    const chosen = new Set(taken);
    for (const { candidate, reason } of taken) {
      considered.push({ name: candidate.id, candidate, exclusion: undefined, reason });
    }
    for (const proposal of ordered) if (!chosen.has(proposal)) this.#noteOmitted(proposal, maxCandidates);
  }

  /** Why nothing is left. */
  describeEmptiness(): SignalboxError {
    const told = [...this.#removed].map(([filter, count]) => `${count} ${filterTexts[filter]}`);
    const onlyIgnored = this.#removed.size === 1 && this.#removed.has('ignored');
    const param = onlyIgnored ? 'extra_body.ignore' : 'model';
    return createError('NO_CANDIDATE', { removed: told.join(', ') }, { param });
  }

  #isRemoved({ candidate, kind }: Proposal, isPool: boolean): boolean {
    if (this.#ignored.has(candidate))
      return this.#remove(candidate, 'ignored', 'The model or its provider is to be ignored.');
    // One model may be named in several ways, by an alias of its provider or its own.
    const key = candidate.entry?.id ?? `${candidate.provider.id}/${candidate.model}`;
    if (this.#seen.has(key)) {
      this.#note(candidate, 'repeated', 'It is in the list already.');
      return true;
    }
    this.#seen.add(key);
    // Who names a model with its provider gets it, and what the provider makes of the request.
    if ((kind === 'named' && !isPool) || candidate.entry === undefined) return false;
    this.#needs ??= this.#options.findNeeds();
    const inability = findInability(candidate.entry.model, this.#needs);
    if (inability === undefined || (kind !== 'chosen' && !inability.isKnown)) return false;
    return this.#remove(candidate, inability.filter, inability.reason);
  }

  #rank(proposals: readonly Proposal[], usual: Ranking, free: number): Proposal[] {
    const { chooseProbe, criteria, metrics } = this.#options;
    const ranking = criteria.length === 0 ? usual : { criteria, prefersIntelligent: false };
    this.hasRanked = true;
    if (this.candidates.length === 0 && proposals.length > 0) this.firstRanking = ranking;
    const byCandidate = new Map(proposals.map((proposal) => [proposal.candidate, proposal]));
    const ranked = rankCandidates([...byCandidate.keys()], ranking, metrics).flatMap(
      (candidate) => byCandidate.get(candidate) ?? [],
    );
    const isBySpeed = ranking.criteria[0]?.metric === 'latency' || ranking.criteria[0]?.metric === 'throughput';
    // Only what would be tried first can be measured in another one's place, and only where that one can still be tried after it.
    if (!isBySpeed || this.candidates.length > 0 || free < 2) return ranked;
    const probed = ranked[chooseProbe?.(ranked.map(({ candidate }) => candidate.id)) ?? 0];
    if (probed === undefined || probed === ranked[0] || metrics.isFailing(probed.candidate)) return ranked;
    this.isProbe = true;
    return [probed, ...ranked.filter((proposal) => proposal !== probed)];
  }

  #noteOmitted({ candidate }: Proposal, maxCandidates: number | undefined): void {
    if (maxCandidates !== undefined) {
      this.#note(candidate, 'no-fallback', 'Only the first provider is tried (allow_fallbacks is false).');
      return;
    }
    const { maxAttempts } = this.#options;
    this.#note(candidate, 'too-many', `Only the first ${maxAttempts} models are tried (calls.max_attempts).`);
  }

  #remove(candidate: Candidate, filter: AbilityFilter | 'ignored', reason: string): true {
    this.#removed.set(filter, (this.#removed.get(filter) ?? 0) + 1);
    this.#note(candidate, filter, reason);
    return true;
  }

  #note(candidate: Candidate, exclusion: Exclusion, reason: string): void {
    this.#options.considered?.push({ name: candidate.id, candidate, exclusion, reason });
  }
}

/** The first of a ranked list. Where all of them are of one provider, the last place goes to the best of another one: providers fail whole. */
function takeDiverse(ranked: readonly Proposal[], count: number): readonly Proposal[] {
  const first = ranked.slice(0, count);
  const provider = first[0]?.candidate.provider;
  if (first.length < 2 || first.some(({ candidate }) => candidate.provider !== provider)) return first;
  const other = ranked.slice(count).find(({ candidate }) => candidate.provider !== provider);
  return other === undefined ? first : [...first.slice(0, -1), other];
}
