import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import { budgetOfEffort } from '../efforts.ts';
import type { Warnings } from '../warnings.ts';

/**
 * Models that do not reason (docs.cohere.com/docs/models), which `thinking` means nothing to. Of others, and of those that are tuned and
 * have a name of their own, it is not known.
 */
const plainModels = /^(?:c4ai-aya|tiny-aya|command(?:$|-(?:light|nightly|r|r7b|a-03|a-vision|a-translate)(?:-|$)))/;

/**
 * Efforts without a budget, as on Cohere's own endpoint for OpenAI's clients, which knows `none` and `high` alone
 * (docs.cohere.com/docs/compatibility-api).
 */
const boundlessEfforts: ReadonlySet<string> = new Set(['high', 'xhigh']);

/** Whether a model may reason. */
export function mayReason(model: string): boolean {
  return !plainModels.test(model);
}

/**
 * Encodes how hard to reason: docs.cohere.com/docs/reasoning. Models that reason do so unless they are told not to. An effort of `none`
 * counts before a budget, and a budget before any other effort.
 *
 * @returns `undefined`: the model does as it always does.
 */
export function encodeThinking(
  request: ChatCompletionRequest,
  model: string,
  warnings: Warnings,
): JsonObject | undefined {
  const { effort = request.reasoningEffort, maxTokens } = request.extraBody?.reasoning ?? {};
  if (effort === undefined && maxTokens === undefined) return undefined;
  const isOff = effort === 'none';
  if (!mayReason(model)) {
    if (!isOff) warnings.leaveOut(['reasoning'], 'the model does not reason');
    return undefined;
  }
  if (isOff) return { type: 'disabled' };
  const budget = maxTokens ?? (boundlessEfforts.has(effort ?? '') ? undefined : budgetOfEffort.get(effort ?? ''));
  return budget === undefined ? { type: 'enabled' } : { type: 'enabled', token_budget: budget };
}
