import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { planThinking, type ThinkingPlan } from '../claude-thinking.ts';
import { chooseEffort } from '../efforts.ts';
import { count, objectOf } from '../read-values.ts';
import { setKnown } from '../set-known.ts';
import type { Warnings } from '../warnings.ts';
import type { ReasoningControl } from './model-traits.ts';

/** How a model shall reason in one call. */
export interface ReasoningPlan {
  /** What of `additionalModelRequestFields` says so. */
  readonly fields: JsonObject;
  /** Whether the client said it in the model's own fields, which are not changed. */
  readonly isNative?: boolean;
  /** Tokens that are set aside for reasoning. */
  readonly budgetTokens: number;
  /**
   * `off`: that of earlier answers does not go back either. `own`: the model does as it always does. `adaptive`, `budget` and `effort`: it is told to reason, which limits other fields; `full`:
   * with the effort at which Nova takes no other fields at all.
   */
  readonly mode: 'off' | 'own' | 'adaptive' | 'budget' | 'effort' | 'full';
}

/** No reasoning that is asked for. */
export const reasoningOff: ReasoningPlan = { fields: {}, budgetTokens: 0, mode: 'off' };

/** Nothing is said of it. What a model gave goes back to it. */
const reasoningOwn: ReasoningPlan = { ...reasoningOff, mode: 'own' };

/** What models other than Claude take. */
const efforts = ['low', 'medium', 'high'] as const;

/**
 * Plans how a model shall reason, by what the request asks for and what the model takes.
 *
 * @param forcesTool - whether the model must call a tool: Claude does not take that together with a budget.
 */
export function planReasoning(
  request: ChatCompletionRequest,
  control: ReasoningControl,
  forcesTool: boolean,
  warnings: Warnings,
): ReasoningPlan {
  const native = planNative(objectOf(request.extraFields?.['additionalModelRequestFields']));
  if (native !== undefined) return native;
  if (control.by === 'thinking') return encodePlan(planThinking(request, control.traits, forcesTool, warnings));
  const { effort = request.reasoningEffort, maxTokens: budget } = request.extraBody?.reasoning ?? {};
  if (effort === 'none') return planOff(control, warnings);
  if (effort === undefined && budget === undefined) {
    return reasoningOwn;
  }
  if (control.by === 'none') {
    warnings.leaveOut(['reasoning'], 'the model does not reason');
    return reasoningOff;
  }
  if (control.by === 'unknown') {
    warnings.leaveOut(['reasoning'], 'it is not known how this model is told to reason');
    return reasoningOwn;
  }
  if (budget !== undefined) {
    warnings.leaveOut(['reasoning.max_tokens'], 'the model takes an effort for its reasoning, not a budget');
  }
  const chosen = chooseEffort(effort ?? 'medium', efforts) ?? 'medium';
  if (control.by === 'reasoning-config') return planNova(request, chosen, warnings);
  return { ...reasoningOff, fields: { reasoning_effort: chosen }, mode: 'effort' };
}

/** What the client says in the model's own fields: …/userguide/claude-messages-extended-thinking.html and those below. */
function planNative({
  thinking,
  reasoning_config: older,
  reasoningConfig: nova,
  reasoning_effort: effort,
}: JsonObject): ReasoningPlan | undefined {
  const plan = { ...reasoningOff, isNative: true };
  const claude = thinking ?? older;
  if (isJsonObject(claude)) {
    if (claude['type'] === 'enabled')
      return { ...plan, budgetTokens: count(claude['budget_tokens']) ?? 0, mode: 'budget' };
    if (claude['type'] === 'disabled') return plan;
    return { ...plan, mode: claude['type'] === 'adaptive' ? 'adaptive' : 'own' };
  }
  if (isJsonObject(nova)) {
    if (nova['type'] !== 'enabled') return { ...plan, mode: 'own' };
    return { ...plan, mode: nova['maxReasoningEffort'] === 'high' ? 'full' : 'effort' };
  }
  return effort === undefined ? undefined : { ...plan, mode: 'effort' };
}

/** docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html. */
function encodePlan({ thinking, effort, budgetTokens, mode }: ThinkingPlan): ReasoningPlan {
  const fields: JsonObject = {};
  setKnown(fields, 'thinking', thinking);
  setKnown(fields, 'output_config', effort === undefined ? undefined : { effort });
  return { fields, budgetTokens, mode };
}

function planOff({ by }: ReasoningControl, warnings: Warnings): ReasoningPlan {
  if (by === 'none') return reasoningOff;
  if (by !== 'effort') return reasoningOwn;
  warnings.add('The model’s reasoning cannot be turned off; it was asked for the lowest effort.');
  return { ...reasoningOff, fields: { reasoning_effort: efforts[0] }, mode: 'own' };
}

/** With the effort `high` Nova takes neither sampling nor a token limit: …/nova2-userguide/extended-thinking.html. */
function planNova(request: ChatCompletionRequest, effort: string, warnings: Warnings): ReasoningPlan {
  const isLimited = request.maxCompletionTokens !== undefined || request.maxTokens !== undefined;
  if (effort === 'high' && isLimited) {
    warnings.add('The effort of the reasoning was lowered to medium: with high, the model takes no token limit.');
  }
  const isFull = effort === 'high' && !isLimited;
  const chosen = effort === 'high' && isLimited ? 'medium' : effort;
  const fields = { reasoningConfig: { type: 'enabled', maxReasoningEffort: chosen } };
  return { fields, budgetTokens: 0, mode: isFull ? 'full' : 'effort' };
}
