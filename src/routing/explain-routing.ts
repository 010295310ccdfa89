import { create, fromJson } from '@bufbuild/protobuf';
import { type Value, ValueSchema } from '@bufbuild/protobuf/wkt';
import {
  type ChatCompletionRequest,
  ChatCompletionRequestSchema,
  ExtraBodySchema,
} from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import {
  CallEstimateSchema,
  type RouteVerdict as ExplainedRoute,
  RouteVerdictSchema,
  type RoutingExplanation,
  RoutingExplanationSchema,
  RoutingRefusalSchema,
  VariantDrawSchema,
} from '../../gen/signalbox/router/v1/routing_explanation_pb.ts';
import { toSignalboxError } from '../core/errors.ts';
import type { JsonValue } from '../core/json.ts';
import { describeCandidates } from './describe-candidates.ts';
import { explainPlan } from './explain-choice.ts';
import type { ConsideredModel } from './plan-candidates.ts';
import { type Plan, type PlanDependencies, type PlanInput, type PlanTrace, planChat } from './plan-chat.ts';
import { describeCriterion } from './rank-criterion.ts';

/**
 * Tells how a call would be routed. It is the plan of a real call that is explained, made by the same function, so that both agree; nobody
 * is called, and nothing changes.
 *
 * Never throws what a call would be refused with: that is part of the explanation.
 *
 * @throws SignalboxError INTERNAL.
 */
export function explainRouting(input: PlanInput, dependencies: PlanDependencies): RoutingExplanation {
  const considered: ConsideredModel[] = [];
  const trace: PlanTrace = { considered };
  const explanation = create(RoutingExplanationSchema);
  try {
    describePlan(explanation, planChat({ ...input, isExplained: true }, dependencies, trace));
  } catch (thrown) {
    const error = toSignalboxError(thrown);
    if (error.reason === 'INTERNAL') throw error;
    const { reason, message, details } = error;
    explanation.reasoning = message;
    explanation.refusal = create(RoutingRefusalSchema, {
      reason,
      message,
      ...(details.param !== undefined && { field: details.param }),
    });
  }
  describeTrace(explanation, trace);
  explanation.candidates = describeCandidates(sortByChain(considered, explanation.chain), trace.metrics, dependencies);
  if (trace.metrics?.hasEstimate === true) {
    explanation.estimate = create(CallEstimateSchema, trace.metrics.estimate);
  }
  return explanation;
}

/** Those that would be tried in the order of that, the others after them. */
function sortByChain(considered: readonly ConsideredModel[], chain: readonly string[]): ConsideredModel[] {
  const places = new Map(chain.map((id, index) => [id, index]));
  const placeOf = ({ name, exclusion }: ConsideredModel): number =>
    exclusion === undefined ? (places.get(name) ?? chain.length) : chain.length;
  return considered.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function describePlan(explanation: RoutingExplanation, plan: Plan): void {
  explanation.reasoning = explainPlan(plan);
  explanation.chain = plan.candidates.map(({ id }) => id);
  explanation.warnings = [...plan.warnings];
  explanation.sort = plan.ranking?.criteria.map(describeCriterion) ?? [];
  if (plan.firstTokenTimeoutMs !== undefined) explanation.firstTokenTimeoutMs = plan.firstTokenTimeoutMs;
}

function describeTrace(explanation: RoutingExplanation, trace: PlanTrace): void {
  const { drawn, request, route, router } = trace;
  if (router !== undefined) {
    explanation.router = router.name;
    explanation.routes = listRoutes(trace);
  }
  if (route !== undefined) explanation.routeId = route.routeId;
  if (drawn !== undefined) {
    explanation.variantId = drawn.variant.variantId;
    explanation.isRandom = drawn.isRandom;
    explanation.variants = drawn.draws.map(({ variant, hash, score }) =>
      create(VariantDrawSchema, {
        variantId: variant.variantId,
        weight: variant.weight,
        isChosen: variant === drawn.variant,
        ...(hash !== undefined && { hash }),
        ...(score !== undefined && { score }),
      }),
    );
  }
  if (request !== undefined) {
    explanation.messages = request.messages;
    explanation.request = pickSettings(request);
  }
}

/** The settings alone: messages have a place of their own, and what only the gateway reads is not sent. */
function pickSettings(request: ChatCompletionRequest): ChatCompletionRequest {
  const { $typeName: _, messages: __, extraBody, ...fields } = request;
  const settings = create(ChatCompletionRequestSchema, fields);
  const { reasoning, webSearch, webSearchOptions } = extraBody ?? {};
  if (reasoning === undefined && webSearch === undefined && webSearchOptions === undefined) return settings;
  settings.extraBody = create(ExtraBodySchema, {
    ...(reasoning && { reasoning }),
    ...(webSearch && { webSearch }),
    ...(webSearchOptions && { webSearchOptions }),
  });
  return settings;
}

/** Every route, also those that were not looked at since one before them is taken. */
function listRoutes({ router, route: taken, scope, verdicts = [] }: PlanTrace): ExplainedRoute[] {
  if (router === undefined) return [];
  const { routes, defaultRoute } = router.program;
  const explained = routes.map((route, index) => {
    const { condition, routeId } = route;
    const verdict = verdicts[index]?.verdict;
    const values = verdict === undefined ? {} : (scope?.describe(condition.variables) ?? {});
    return create(RouteVerdictSchema, {
      routeId,
      isTaken: route === taken,
      celExpression: condition.expression,
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, createValue(value)])),
      ...(verdict !== undefined && { result: verdict.isTrue }),
      ...(verdict?.error !== undefined && { error: verdict.error }),
    });
  });
  if (defaultRoute === undefined) return explained;
  const { routeId } = defaultRoute;
  return [...explained, create(RouteVerdictSchema, { routeId, isTaken: defaultRoute === taken })];
}

function createValue(value: JsonValue): Value {
  return fromJson(ValueSchema, value);
}
