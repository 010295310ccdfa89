import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ModelTraits } from './model-traits.ts';
import type { Warnings } from './warnings.ts';

/** How a model shall reason in one call. */
export interface ReasoningPlan {
  /** What of `additionalModelRequestFields` says so. */
  readonly fields: JsonObject;
  /** Tokens that are set aside for reasoning. */
  readonly budgetTokens: number;
  /**
   * `own`: the model does as it always does. `adaptive`, `budget` and `effort`: it is told to reason, which limits other fields; `full`:
   * with the effort at which Nova takes no other fields at all.
   */
  readonly mode: 'off' | 'own' | 'adaptive' | 'budget' | 'effort' | 'full';
}

/** The least budget that Claude takes: platform.claude.com/docs/en/build-with-claude/extended-thinking. */
const minBudgetTokens = 1024;

/** Budgets for models that take no effort. Documented in docs/providers.md. */
const budgetOfEffort: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 32_768],
]);

/** Of a token limit, how much an effort may spend on reasoning: the rest is for the answer. */
const budgetShare = 0.8;

/** No reasoning that is asked for. */
export const reasoningOff: ReasoningPlan = { fields: {}, budgetTokens: 0, mode: 'off' };

/**
 * Plans how a model shall reason, by what the request asks for and what the model takes.
 *
 * @param forcesTool - whether the model must call a tool: not together with a budget.
 */
export function planReasoning(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  forcesTool: boolean,
  warnings: Warnings,
): ReasoningPlan {
  const { effort = request.reasoningEffort, maxTokens: budget, exclude = false } = request.extraBody?.reasoning ?? {};
  if (effort === 'none') return planOff(traits, warnings);
  if (effort === undefined && budget === undefined)
    return traits.reasonsByDefault ? { ...reasoningOff, mode: 'own' } : reasoningOff;
  switch (traits.reasoning) {
    case 'none':
      warnings.leaveOut(['reasoning'], 'the model does not reason');
      return reasoningOff;
    case 'unknown':
      warnings.leaveOut(['reasoning'], 'it is not known how this model is told to reason');
      return { ...reasoningOff, mode: 'own' };
    case 'claude-budget':
      return planBudget(request, traits, { effort, budget, forcesTool, warnings });
    case 'claude-either':
      if (budget !== undefined) return planBudget(request, traits, { effort, budget, forcesTool, warnings });
      return planAdaptive(traits, effort, exclude);
    case 'claude-adaptive':
      warnOfBudget(budget, warnings);
      return planAdaptive(traits, effort, exclude);
    case 'nova':
      warnOfBudget(budget, warnings);
      return planNova(request, chooseEffort(effort ?? 'medium', traits) ?? 'medium', warnings);
    case 'effort':
      warnOfBudget(budget, warnings);
      return {
        ...reasoningOff,
        fields: { reasoning_effort: chooseEffort(effort ?? 'medium', traits) ?? 'medium' },
        mode: 'effort',
      };
  }
}

function warnOfBudget(budget: number | undefined, warnings: Warnings): void {
  if (budget === undefined) return;
  warnings.leaveOut(['reasoning.max_tokens'], 'the model takes an effort for its reasoning, not a budget');
}

function planOff(traits: ModelTraits, warnings: Warnings): ReasoningPlan {
  if (!traits.reasonsByDefault) return reasoningOff;
  const own: ReasoningPlan = { ...reasoningOff, mode: 'own' };
  if (traits.thinkingOff === 'disabled' && traits.family === 'claude') {
    return { ...reasoningOff, fields: { thinking: { type: 'disabled' } } };
  }
  if (traits.thinkingOff === 'between_tools') return { ...own, fields: { thinking: { type: 'between_tools' } } };
  warnings.add('The model’s reasoning cannot be turned off; it was asked for the lowest effort.');
  const [lowest = 'low'] = traits.efforts;
  return {
    ...own,
    fields: traits.family === 'claude' ? { output_config: { effort: lowest } } : { reasoning_effort: lowest },
  };
}

function chooseEffort(effort: string, { efforts }: ModelTraits): string | undefined {
  if (effort === 'minimal') return efforts[0];
  // The next one up: `xhigh` is for work that `high` does not do.
  if (effort === 'xhigh') return efforts.find((one) => one === 'xhigh' || one === 'max') ?? efforts.at(-1);
  return efforts.find((one) => one === effort);
}

/** docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html. */
function planAdaptive(traits: ModelTraits, effort: string | undefined, exclude: boolean): ReasoningPlan {
  const chosen = effort === undefined ? undefined : chooseEffort(effort, traits);
  const thinking = { type: 'adaptive', display: exclude ? 'omitted' : 'summarized' };
  return {
    fields: { thinking, ...(chosen !== undefined && { output_config: { effort: chosen } }) },
    budgetTokens: 0,
    mode: 'adaptive',
  };
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

interface BudgetOptions {
  readonly effort: string | undefined;
  /** Named by the client itself. */
  readonly budget: number | undefined;
  readonly forcesTool: boolean;
  readonly warnings: Warnings;
}

function planBudget(
  request: ChatCompletionRequest,
  traits: ModelTraits,
  { effort, budget, forcesTool, warnings }: BudgetOptions,
): ReasoningPlan {
  if (forcesTool) {
    warnings.leaveOut(['reasoning'], 'the model cannot reason where it must call a tool');
    return reasoningOff;
  }
  const maxTokens = request.maxCompletionTokens ?? request.maxTokens;
  // The budget is part of the limit and must be below it.
  const limit = Math.min(maxTokens ?? Infinity, traits.maxOutputTokens ?? Infinity);
  const room = budget === undefined ? Math.floor(limit * budgetShare) : limit - 1;
  if (room < minBudgetTokens) {
    warnings.leaveOut(
      ['reasoning'],
      `the token limit leaves no room for it: it takes ${minBudgetTokens} tokens or more`,
    );
    return reasoningOff;
  }
  const wanted = budget ?? budgetOfEffort.get(effort ?? '') ?? minBudgetTokens;
  const budgetTokens = Math.min(Math.max(wanted, minBudgetTokens), room);
  if (budget !== undefined && budgetTokens !== budget) {
    warnings.add(`The budget of the reasoning was set to ${budgetTokens} tokens, which is what the limits allow.`);
  }
  return { fields: { thinking: { type: 'enabled', budget_tokens: budgetTokens } }, budgetTokens, mode: 'budget' };
}
