import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { PerformanceBook } from '../catalog/performance.ts';
import type { Clock } from '../core/clock.ts';
import { createError, SignalboxError } from '../core/errors.ts';
import { parseFirstTokenTimeoutMs } from '../core/first-token-timeout.ts';
import { createFieldError } from '../core/json-fields.ts';
import type { SavedRouter } from '../routers/saved-router.ts';
import { type CandidateHealth, CandidateMetrics } from './candidate-metrics.ts';
import { estimateRequest } from './estimate-request.ts';
import { findUnknownIgnores } from './find-unknown-ignores.ts';
import { type CandidateList, type ConsideredModel, planCandidates } from './plan-candidates.ts';
import type { Ranking } from './rank-candidates.ts';
import { parseCriteria } from './rank-criterion.ts';
import { findNeeds } from './request-needs.ts';
import { type Candidate, isBareModel, type ModelNames, parseRouterModel } from './resolve-model.ts';
import { type RouterDecision, type RouterTrace, routeCall } from './route-call.ts';

/** The ordered candidates of one call, and what holds for each attempt. */
export interface Plan {
  /** What is sent: the client's request, with what a router's variant adds to it. */
  readonly request: ChatCompletionRequest;
  /** At least one. */
  readonly candidates: readonly Candidate[];
  /** Whether the server put all of them in their order, and nobody named any. */
  readonly isRanked: boolean;
  /** What the first of them was ranked by. `undefined`: it was named. */
  readonly ranking: Ranking | undefined;
  /** Whether the first of them is tried to be measured, before those that are ranked better. Default false. */
  readonly isProbe?: boolean;
  /** What the router decided. `undefined`: the request names no router. */
  readonly decision: RouterDecision | undefined;
  /** How long an attempt may take to its first token, in milliseconds. `undefined`: as long as the call may. */
  readonly firstTokenTimeoutMs: number | undefined;
  /** Whether the reasoning text stays out of the answer. */
  readonly excludesReasoning: boolean;
  /** What of the request has no effect, one sentence each. */
  readonly warnings: readonly string[];
}

/** What is to be planned. */
export interface PlanInput {
  readonly request: ChatCompletionRequest;
  /** Whose routers the request may name. */
  readonly workspace: string;
  /** Whether the answer is to be streamed. */
  readonly stream: boolean;
  /** Whether nobody will be called by this plan, so that nothing is to be measured by it. Default false. */
  readonly isExplained?: boolean;
}

/** What a plan is bounded by. */
export interface PlanLimits {
  /** The most attempts of one call. */
  readonly maxAttempts: number;
  /** The longest text that a router's templates may become, in characters. */
  readonly maxPromptChars: number;
}

/** What plans are made with. */
export interface PlanDependencies extends ModelNames {
  readonly routers: RouterLookup;
  readonly performance: PerformanceBook;
  readonly health: CandidateHealth;
  readonly clock: Clock;
  /** From 0, below 1: draws the variant of calls without a user. */
  readonly random: () => number;
  readonly limits: PlanLimits;
}

/** Where routers are looked up. */
export interface RouterLookup {
  get(workspace: string, name: string): SavedRouter | undefined;
}

/** How a plan came about, as far as it got. */
export interface PlanTrace extends RouterTrace {
  router?: SavedRouter;
  request?: ChatCompletionRequest;
  metrics?: CandidateMetrics;
  /** Gets every model that was considered. `undefined`: nobody wants to know. */
  readonly considered?: ConsideredModel[];
}

/**
 * Plans a call: the router's decision if the request names one, then the named model and the fallbacks in their order, without what is to
 * be ignored.
 *
 * @param trace - filled on the way, for who wants to know how the plan came about. A plan is the same with and without.
 * @throws SignalboxError as routeCall and planCandidates, and INVALID_FIELD, ROUTER_UNKNOWN or WEB_SEARCH_UNAVAILABLE.
 */
export function planChat(
  { request: asked, workspace, stream, isExplained = false }: PlanInput,
  dependencies: PlanDependencies,
  trace: PlanTrace = {},
): Plan {
  const { clock, health, limits, performance, random, routerPrefix, routers } = dependencies;
  const routerName = parseRouterModel(asked.model, routerPrefix);
  let request = asked;
  let decision: RouterDecision | undefined;
  if (routerName === '') throw createFieldError('model', 'it must name a router after the slash');
  if (routerName !== undefined) {
    const router = routers.get(workspace, routerName);
    if (router === undefined) {
      throw createError('ROUTER_UNKNOWN', { router: routerName }, { param: 'model', code: 'model_not_found' });
    }
    trace.router = router;
    ({ request, decision } = routeCall(asked, router, {
      stream,
      random,
      maxPromptChars: limits.maxPromptChars,
      trace,
    }));
  }
  trace.request = request;
  if (request.messages.length === 0) throw createFieldError('messages', 'it must have at least one message');
  const sent = request;
  const metrics = new CandidateMetrics({
    performance,
    health,
    nowMs: clock.nowMs(),
    estimate: () => estimateRequest(sent),
  });
  trace.metrics = metrics;
  const ownSort = asked.extraBody?.sort ?? [];
  const criteria = ownSort.length > 0 ? parseCriteria(ownSort) : (decision?.criteria ?? []);
  const list = tellOf(decision, () => {
    requireNoGatewaySearch(sent);
    return planCandidates(sent, {
      ...dependencies,
      maxAttempts: limits.maxAttempts,
      asked,
      criteria,
      metrics,
      findNeeds: () => findNeeds(sent, metrics.estimate),
      chooseProbe: isExplained ? undefined : (ranked) => performance.chooseProbe(ranked),
      considered: trace.considered,
    });
  });
  return {
    request,
    candidates: list.candidates,
    isRanked: list.isRanked,
    ranking: list.firstRanking,
    isProbe: list.isProbe,
    decision,
    firstTokenTimeoutMs: planFirstTokenTimeout(request),
    excludesReasoning: request.extraBody?.reasoning?.exclude ?? false,
    warnings: [
      ...listWarnings(request, decision, criteria.length > 0 && !list.hasRanked, dependencies),
      ...warnOfOmissions(list, decision, limits.maxAttempts),
    ],
  };
}

function requireNoGatewaySearch({ webSearch, extraBody }: ChatCompletionRequest): void {
  if (webSearch === undefined && extraBody?.webSearch === undefined) return;
  throw createError('WEB_SEARCH_UNAVAILABLE', {}, { param: 'web_search' });
}

/** What is wrong with what a router chose is not the fault of a field that the client sent. */
function tellOf<Result>(decision: RouterDecision | undefined, run: () => Result): Result {
  try {
    return run();
  } catch (thrown) {
    if (decision === undefined || !(thrown instanceof SignalboxError)) throw thrown;
    const { router, routeId: route, variantId: variant } = decision;
    const { message: problem } = thrown;
    throw createError('VARIANT_UNUSABLE', { router, route, variant, problem }, { param: 'model', cause: thrown });
  }
}

/** The most warnings of one kind. A person reads a few, and each answer carries them. */
const maxWarnings = 20;

/** What is left out of the chain without the client having asked for it. */
function warnOfOmissions(
  { candidates, omittedCount, unresolved }: CandidateList,
  decision: RouterDecision | undefined,
  maxAttempts: number,
): string[] {
  const warnings = unresolved
    .slice(0, maxWarnings)
    .map(({ name, reason }) => `the router ${decision?.router} names ${name}, which was passed over: ${reason}`);
  if (unresolved.length > maxWarnings) {
    warnings.push(`${unresolved.length - maxWarnings} more models were passed over.`);
  }
  if (omittedCount > 0) {
    const total = candidates.length + omittedCount;
    warnings.push(`only the first ${maxAttempts} of ${total} models may be tried: the server allows no more attempts.`);
  }
  return warnings;
}

function planFirstTokenTimeout(request: ChatCompletionRequest): number | undefined {
  const text = request.extraBody?.fallback?.ttftTimeout;
  if (text === undefined) return undefined;
  const timeout = parseFirstTokenTimeoutMs(text);
  if ('problem' in timeout) throw createFieldError('extra_body.fallback.ttft_timeout', timeout.problem);
  return timeout.timeoutMs;
}

function listWarnings(
  request: ChatCompletionRequest,
  decision: RouterDecision | undefined,
  hasIdleSort: boolean,
  names: ModelNames,
): string[] {
  const warnings: string[] = [];
  const { ignore = [], models = [], provider, promptVariables = {} } = request.extraBody ?? {};
  const unknown = ignore.length === 0 ? [] : findUnknownIgnores(ignore, names);
  for (const name of unknown.slice(0, maxWarnings)) {
    warnings.push(`ignore names ${JSON.stringify(name)}, which nobody here has: it excludes nothing.`);
  }
  if (hasIdleSort) {
    warnings.push('sort has no effect: the models are named with their providers, and tried in the order given.');
  }
  if (provider !== undefined && ![request.model, ...models].some(isBareModel)) {
    warnings.push('provider has no effect: the models name their providers.');
  }
  if (decision === undefined && Object.keys(promptVariables).length > 0) {
    warnings.push('prompt_variables has no effect: only the templates of a router have variables.');
  }
  if (request.messages.some((message) => message.compression !== undefined)) {
    warnings.push('compression has no effect here: messages are sent whole.');
  }
  return warnings;
}
