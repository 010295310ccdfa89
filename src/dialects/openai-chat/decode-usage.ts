import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/**
 * Decodes the usage of a reply or chunk. `undefined` when it has none.
 *
 * Groq puts a stream's usage under `x_groq` (console.groq.com/docs/api-reference).
 */
export function decodeUsage(reply: JsonObject): Usage | undefined {
  const own = reply['usage'];
  if (isJsonObject(own)) return decode(own);
  const groq = reply['x_groq'];
  const groqUsage = isJsonObject(groq) ? groq['usage'] : undefined;
  return isJsonObject(groqUsage) ? decode(groqUsage) : undefined;
}

function decode(json: JsonObject): Usage {
  const prompt = object(json['prompt_tokens_details']);
  const completion = object(json['completion_tokens_details']);
  const promptDetails = {
    // In order: OpenAI; DeepSeek; Together and Moonshot; Mistral.
    cachedTokens:
      tokens(prompt['cached_tokens']) ??
      tokens(json['prompt_cache_hit_tokens']) ??
      tokens(json['cached_tokens']) ??
      tokens(json['num_cached_tokens']),
    cacheWriteTokens: tokens(prompt['cache_write_tokens']),
    audioTokens: tokens(prompt['audio_tokens']),
  };
  const completionDetails = {
    reasoningTokens: tokens(completion['reasoning_tokens']),
    audioTokens: tokens(completion['audio_tokens']),
    acceptedPredictionTokens: tokens(completion['accepted_prediction_tokens']),
    rejectedPredictionTokens: tokens(completion['rejected_prediction_tokens']),
    imageTokens: tokens(completion['image_tokens']),
  };
  const usage = create(UsageSchema, {
    promptTokens: tokens(json['prompt_tokens']),
    completionTokens: tokens(json['completion_tokens']),
    totalTokens: tokens(json['total_tokens']),
    // OpenRouter and Vercel's gateway report their own price in USD. Others put an object there.
    cost: typeof json['cost'] === 'number' ? json['cost'] : undefined,
    ...(isAnyKnown(promptDetails) && { promptTokensDetails: promptDetails }),
    ...(isAnyKnown(completionDetails) && { completionTokensDetails: completionDetails }),
  });
  includeReasoning(usage);
  return usage;
}

/**
 * Makes completion_tokens include the reasoning. xAI counts it apart, which shows in its own total: prompt + completion +
 * reasoning. Where the total is prompt + completion, the reasoning is inside already.
 */
function includeReasoning(usage: Usage): void {
  const { promptTokens, completionTokens, totalTokens } = usage;
  const reasoning = usage.completionTokensDetails?.reasoningTokens;
  if (promptTokens === undefined || completionTokens === undefined || totalTokens === undefined || !reasoning) return;
  if (totalTokens === promptTokens + completionTokens + reasoning)
    usage.completionTokens = completionTokens + reasoning;
}

function isAnyKnown(details: Record<string, number | undefined>): boolean {
  return Object.values(details).some((value) => value !== undefined);
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** A count that the field can hold. */
function tokens(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 ? value : undefined;
}
