import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { ConditionScope } from '../conditions/condition.ts';
import { createConditionScope } from '../conditions/condition-scope.ts';
import { createError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { RouteProgram } from '../routers/router-program.ts';
import type { SavedRouter } from '../routers/saved-router.ts';
import { applyVariant } from './apply-variant.ts';
import { chooseRoute, type RouteVerdict } from './choose-route.ts';
import { type DrawnVariant, drawVariant } from './draw-variant.ts';
import { type RankCriterion, readCriteria } from './rank-criterion.ts';
import { renderTemplates } from './render-templates.ts';

/** What a router decided for a call. */
export interface RouterDecision {
  readonly router: string;
  readonly routeId: string;
  readonly variantId: string;
  /** Whether chance drew the variant, since the call has no user. */
  readonly isRandom: boolean;
  /** The condition of the route. `undefined`: it is the default one. */
  readonly expression: string | undefined;
  /** What the variant wants candidates to be ranked by. Empty: it does not say. */
  readonly criteria: readonly RankCriterion[];
}

/** How a router came to its decision, as far as it got. */
export interface RouterTrace {
  scope?: ConditionScope;
  verdicts?: readonly RouteVerdict[];
  route?: RouteProgram | undefined;
  drawn?: DrawnVariant;
}

/** Who asks, and by which chance. */
export interface RouteCallOptions {
  /** Whether the answer is to be streamed. */
  readonly stream: boolean;
  /** From 0, below 1. */
  readonly random: () => number;
  /** The longest text that a router's templates may become, in characters. */
  readonly maxPromptChars: number;
  /** Filled on the way. */
  readonly trace?: RouterTrace;
}

/**
 * Runs a router on a call: chooses the route, draws the variant, and makes its request.
 *
 * @throws SignalboxError NO_ROUTE_MATCHED, PROMPT_VARIABLE_MISSING, INVALID_FIELD.
 */
export function routeCall(
  request: ChatCompletionRequest,
  { name: router, program }: SavedRouter,
  { stream, random, maxPromptChars, trace = {} }: RouteCallOptions,
): { readonly request: ChatCompletionRequest; readonly decision: RouterDecision } {
  const { messages, model, user } = request;
  const scope = createConditionScope({ metadata: readMetadata(request), messages, model, user, stream });
  trace.scope = scope;
  const { route, verdicts } = chooseRoute(program, scope);
  trace.verdicts = verdicts;
  trace.route = route;
  if (route === undefined) throw createError('NO_ROUTE_MATCHED', {}, { param: 'model' });
  const drawn = drawVariant(route, { router, user, random });
  trace.drawn = drawn;
  const { variant, isRandom } = drawn;
  const variables = request.extraBody?.promptVariables ?? {};
  const templates = renderTemplates(variant.templates, { router, variables, maxChars: maxPromptChars });
  const expression = verdicts.find((verdict) => verdict.route === route)?.route.condition.expression;
  return {
    request: applyVariant(request, variant, templates),
    decision: {
      router,
      routeId: route.routeId,
      variantId: variant.variantId,
      isRandom,
      expression,
      criteria: readCriteria(variant.selection?.sort ?? []),
    },
  };
}

/** What conditions see as metadata: the gateway's own field, or else OpenAI's. */
function readMetadata({ extraBody, metadata }: ChatCompletionRequest): JsonObject {
  return extraBody?.metadata ?? metadata ?? {};
}
