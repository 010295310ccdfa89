import type { ChatCompletionRequest } from '../../../gen/signalbox/chat/v1/chat_completion_request_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Warnings } from '../warnings.ts';
import type { GeminiModel, ThinkingByBudget, ThinkingByLevel } from './gemini-model.ts';

/** Budgets in tokens as Google's own endpoint for OpenAI's clients has them: ai.google.dev/gemini-api/docs/openai#thinking. */
const budgetOf: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 32_768],
]);

/**
 * Encodes how hard to reason (ai.google.dev/gemini-api/docs/thinking), and whether to tell of it, which Gemini does only when asked.
 *
 * @returns `undefined`: the model's reasoning cannot be set.
 */
export function encodeThinking(
  request: ChatCompletionRequest,
  { thinking }: GeminiModel,
  warnings: Warnings,
): JsonObject | undefined {
  const reasoning = request.extraBody?.reasoning;
  const effort = reasoning?.effort ?? request.reasoningEffort;
  const maxTokens = reasoning?.maxTokens;
  if (thinking === undefined) {
    if ((effort !== undefined && effort !== 'none') || maxTokens !== undefined) {
      warnings.add('The reasoning settings were left out: this model has none that are known here.');
    }
    return undefined;
  }
  const config: JsonObject = { includeThoughts: reasoning?.exclude !== true };
  if (thinking.by === 'level') encodeLevel(thinking, effort, maxTokens, config, warnings);
  else encodeBudget(thinking, effort, maxTokens, config, warnings);
  return config;
}

/** A budget counts only without an effort: Gemini 3 takes one or the other, and the level is its own measure. */
function encodeLevel(
  thinking: ThinkingByLevel,
  effort: string | undefined,
  maxTokens: number | undefined,
  config: JsonObject,
  warnings: Warnings,
): void {
  if (effort === undefined) {
    if (maxTokens !== undefined) config['thinkingBudget'] = maxTokens;
    return;
  }
  if (effort === 'none') warnings.add('The model cannot be kept from reasoning: it was asked for the least.');
  if (maxTokens !== undefined) warnings.add('reasoning.max_tokens was left out: the effort stands for it.');
  config['thinkingLevel'] = levelOf(thinking, effort);
}

function levelOf({ least, medium }: ThinkingByLevel, effort: string): string {
  if (effort === 'none' || effort === 'minimal') return least;
  if (effort === 'low') return 'LOW';
  return effort === 'medium' ? medium : 'HIGH';
}

/** A budget counts before an effort, which is only a word for one. */
function encodeBudget(
  thinking: ThinkingByBudget,
  effort: string | undefined,
  maxTokens: number | undefined,
  config: JsonObject,
  warnings: Warnings,
): void {
  if (maxTokens === undefined && effort === 'none' && thinking.canBeOff) {
    config['thinkingBudget'] = 0;
    config['includeThoughts'] = false;
    return;
  }
  if (maxTokens === undefined && effort === 'none') {
    warnings.add('The model cannot be kept from reasoning: it was asked for the least.');
  }
  const wanted = maxTokens ?? (effort === undefined ? undefined : (budgetOf.get(effort) ?? thinking.minTokens));
  if (wanted === undefined) return;
  const budget = Math.min(Math.max(wanted, thinking.minTokens), thinking.maxTokens);
  if (maxTokens !== undefined && budget !== maxTokens) {
    warnings.add(
      `reasoning.max_tokens was sent as ${budget}: the model takes ${thinking.minTokens} to ${thinking.maxTokens}.`,
    );
  }
  config['thinkingBudget'] = budget;
}
