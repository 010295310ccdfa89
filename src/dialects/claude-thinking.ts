import type { ChatCompletionRequest } from '../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../core/json.ts';
import type { ClaudeEffort, ThinkingTraits } from './claude-traits.ts';
import { budgetOfEffort, chooseEffort } from './efforts.ts';
import type { Warnings } from './warnings.ts';

/** How a model of Claude's kind shall think in one call. */
export interface ThinkingPlan {
  /** What `thinking` is. `undefined`: it is left out. */
  readonly thinking: JsonObject | undefined;
  /** What `output_config.effort` is. */
  readonly effort: ClaudeEffort | undefined;
  /** Tokens that are set aside for thinking. */
  readonly budgetTokens: number;
  /** `budget` and `adaptive`: the model is told to think, which limits other fields. `own`: it does as it always does. */
  readonly mode: 'off' | 'own' | 'adaptive' | 'budget';
}

/** The least budget that Claude takes: platform.claude.com/docs/en/build-with-claude/extended-thinking. */
const minBudgetTokens = 1024;

/** Of a token limit, how much an effort may spend on thinking: the rest is for the answer. */
const budgetShare = 0.8;

/** Nothing is said of thinking. */
export const noThinking: ThinkingPlan = { thinking: undefined, effort: undefined, budgetTokens: 0, mode: 'off' };

/**
 * Plans how a model shall think, by what the request asks for and what the model takes.
 *
 * @param forcesTool - whether the model must call a tool: not together with a budget.
 */
export function planThinking(
  request: ChatCompletionRequest,
  traits: ThinkingTraits,
  forcesTool: boolean,
  warnings: Warnings,
): ThinkingPlan {
  const { effort = request.reasoningEffort, maxTokens: budget, exclude = false } = request.extraBody?.reasoning ?? {};
  if (effort === 'none') return planOff(traits, warnings);
  if (effort === undefined && budget === undefined) return planOwn(traits);
  const display = exclude ? 'omitted' : 'summarized';
  if (traits.thinking === 'none') {
    warnings.leaveOut(['reasoning'], 'the model does not reason');
    return noThinking;
  }
  const takesAdaptive = traits.thinking === 'adaptive' || (traits.thinking !== 'budget' && budget === undefined);
  if (!takesAdaptive) {
    return planBudget(request, traits, budget ?? budgetOfEffort.get(effort ?? '') ?? minBudgetTokens, {
      isExact: budget !== undefined,
      forcesTool,
      warnings,
    });
  }
  if (budget !== undefined) {
    warnings.leaveOut(['reasoning.max_tokens'], 'the model takes an effort for its reasoning, not a budget');
  }
  return {
    thinking: { type: 'adaptive', display },
    effort: effort === undefined ? undefined : chooseEffort(effort, traits.efforts),
    budgetTokens: 0,
    mode: 'adaptive',
  };
}

/**
 * Whether thinking may come without its text: the client does not want it, or the model does not show it unless it is told to
 * (platform.claude.com/docs/en/build-with-claude/adaptive-thinking).
 */
export function hidesThinking(request: ChatCompletionRequest, { thinking }: ThinkingTraits): boolean {
  return request.extraBody?.reasoning?.exclude === true || thinking === 'adaptive';
}

/** Nobody said anything of it. */
function planOwn(traits: ThinkingTraits): ThinkingPlan {
  return traits.thinksByDefault === false ? noThinking : { ...noThinking, mode: 'own' };
}

function planOff(traits: ThinkingTraits, warnings: Warnings): ThinkingPlan {
  switch (traits.thinkingOff) {
    case 'omit':
      return noThinking;
    case 'disabled':
      return { ...noThinking, thinking: { type: 'disabled' } };
    case 'between_tools':
      return { ...noThinking, thinking: { type: 'between_tools' }, mode: 'own' };
    case 'never':
      warnings.add('The model’s reasoning cannot be turned off; it was asked for the lowest effort.');
      return { ...noThinking, effort: traits.efforts[0], mode: 'own' };
  }
}

interface BudgetOptions {
  /** Whether the client named the budget itself. */
  readonly isExact: boolean;
  readonly forcesTool: boolean;
  readonly warnings: Warnings;
}

function planBudget(
  request: ChatCompletionRequest,
  traits: ThinkingTraits,
  wanted: number,
  { isExact, forcesTool, warnings }: BudgetOptions,
): ThinkingPlan {
  if (forcesTool) {
    warnings.leaveOut(['reasoning'], 'the model cannot reason where it must call a tool');
    return noThinking;
  }
  const maxTokens = request.maxCompletionTokens ?? request.maxTokens;
  // The budget is part of the limit and must be below it.
  const limit = Math.min(maxTokens ?? Infinity, traits.maxOutputTokens ?? Infinity);
  const room = isExact ? limit - 1 : Math.floor(limit * budgetShare);
  if (room < minBudgetTokens) {
    warnings.leaveOut(
      ['reasoning'],
      `the token limit leaves no room for it: it takes ${minBudgetTokens} tokens or more`,
    );
    return noThinking;
  }
  const budgetTokens = Math.min(Math.max(wanted, minBudgetTokens), room);
  if (isExact && budgetTokens !== wanted) {
    warnings.add(`The budget of the reasoning was set to ${budgetTokens} tokens, which is what the limits allow.`);
  }
  return {
    thinking: { type: 'enabled', budget_tokens: budgetTokens },
    effort: undefined,
    budgetTokens,
    mode: 'budget',
  };
}

/** Says that thinking was left out because Claude refuses to think within a budget where its earlier thinking is lost. */
export function warnOfLostThinking(warnings: Warnings): void {
  warnings.leaveOut(
    ['reasoning'],
    'the signed reasoning before the last tool calls is not in the messages. It is in the reasoning_details of the answer and, where it is short, in the ids of its calls',
  );
}
