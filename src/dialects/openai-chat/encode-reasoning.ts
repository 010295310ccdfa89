import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import type { EffortNames, OpenAiChatQuirks } from './quirks.ts';

/** How much a request asks to reason. */
interface ReasoningWish {
  /** In the provider's words. */
  readonly effort: string | undefined;
  readonly maxTokens: number | undefined;
}

/**
 * Encodes how much a model is to reason, in the provider's own terms.
 *
 * `reasoning.exclude` is not encoded: what a provider does not tell cannot be handed back to it, so the gateway itself keeps it from the
 * client.
 *
 * @param body - changed in place. Its model is there.
 * @param warnings - what was left out or changed is added.
 */
export function encodeReasoning(
  request: ChatCompletionRequest,
  quirks: OpenAiChatQuirks,
  body: JsonObject,
  warnings: string[],
): void {
  const reasoning = request.extraBody?.reasoning;
  const wish: ReasoningWish = {
    effort: nameEffort(reasoning?.effort ?? request.reasoningEffort, findEffortNames(body, quirks), warnings),
    maxTokens: reasoning?.maxTokens,
  };
  switch (quirks.reasoningControl ?? 'effort') {
    case 'effort':
      if (wish.effort !== undefined) body['reasoning_effort'] = wish.effort;
      warnOfBudget(wish, warnings);
      return;
    case 'object':
      encodeObject(wish, body, warnings);
      return;
    case 'thinking':
      encodeThinking(wish, body);
      warnOfBudget(wish, warnings);
      return;
    case 'enable-thinking':
      encodeEnableThinking(wish, body, warnings);
      return;
  }
}

function findEffortNames(body: JsonObject, { effortNames = {}, modelEffortNames = [] }: OpenAiChatQuirks): EffortNames {
  const model = typeof body['model'] === 'string' ? body['model'] : '';
  return modelEffortNames.find(({ models }) => models.test(model))?.names ?? effortNames;
}

function nameEffort(effort: string | undefined, effortNames: EffortNames, warnings: string[]): string | undefined {
  if (effort === undefined) return undefined;
  const name = new Map(Object.entries(effortNames)).get(effort);
  if (name === undefined || name === effort) return effort;
  const deed = name === null ? 'was left out' : `was sent as ${name}`;
  warnings.push(`reasoning_effort ${effort} ${deed}: the provider has no such step.`);
  return name ?? undefined;
}

function warnOfBudget({ maxTokens }: ReasoningWish, warnings: string[]): void {
  if (maxTokens === undefined) return;
  warnings.push('reasoning.max_tokens was left out: the provider takes an effort, not a budget.');
}

/** One of the two, not both: openrouter.ai/docs/use-cases/reasoning-tokens. */
function encodeObject({ effort, maxTokens }: ReasoningWish, body: JsonObject, warnings: string[]): void {
  if (maxTokens !== undefined) {
    body['reasoning'] = { max_tokens: maxTokens };
    if (effort !== undefined)
      warnings.push('reasoning_effort was left out: the provider takes it or a budget, not both.');
  } else if (effort !== undefined) {
    body['reasoning'] = { effort };
  }
}

function encodeThinking({ effort }: ReasoningWish, body: JsonObject): void {
  if (effort === undefined) return;
  body['thinking'] = { type: effort === 'none' ? 'disabled' : 'enabled' };
  if (effort !== 'none') body['reasoning_effort'] = effort;
}

function encodeEnableThinking({ effort, maxTokens }: ReasoningWish, body: JsonObject, warnings: string[]): void {
  if (effort === undefined && maxTokens === undefined) return;
  const isOn = effort !== 'none';
  body['enable_thinking'] = isOn;
  if (isOn && maxTokens !== undefined) body['thinking_budget'] = maxTokens;
  if (isOn && effort !== undefined) {
    warnings.push(
      `reasoning_effort ${effort} was sent as thinking switched on: the provider takes a budget, not an effort.`,
    );
  }
}
