import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { count, number, objects } from './reply-fields.ts';

/**
 * Decodes the usage of a reply or chunk. `undefined` when it has none.
 *
 * Groq puts a stream's usage under `x_groq` (console.groq.com/docs/api-reference), Moonshot into the choice that ends
 * (platform.moonshot.ai/docs/api/chat).
 */
export function decodeUsage(reply: JsonObject): Usage | undefined {
  const own = reply['usage'];
  if (isJsonObject(own)) return decode(own);
  const groq = reply['x_groq'];
  const groqUsage = isJsonObject(groq) ? groq['usage'] : undefined;
  if (isJsonObject(groqUsage)) return decode(groqUsage);
  const ofChoice = objects(reply['choices']).find((choice) => isJsonObject(choice['usage']))?.['usage'];
  return isJsonObject(ofChoice) ? decode(ofChoice) : undefined;
}

function decode(json: JsonObject): Usage {
  const prompt = object(json['prompt_tokens_details']);
  const completion = object(json['completion_tokens_details']);
  const promptDetails = {
    // In order: OpenAI; DeepSeek; Together and Moonshot; Mistral.
    cachedTokens:
      count(prompt['cached_tokens']) ??
      count(json['prompt_cache_hit_tokens']) ??
      count(json['cached_tokens']) ??
      count(json['num_cached_tokens']),
    // In order: OpenRouter; Alibaba; Vercel's gateway.
    cacheWriteTokens:
      count(prompt['cache_write_tokens']) ??
      count(prompt['cache_creation_input_tokens']) ??
      count(json['cache_creation_input_tokens']),
    audioTokens: count(prompt['audio_tokens']),
    // xAI.
    imageTokens: count(prompt['image_tokens']),
    // Another server like this one.
    cacheWrite1hTokens: count(prompt['cache_write_1h_tokens']),
    billedTokens: count(prompt['billed_tokens']),
  };
  const completionDetails = {
    reasoningTokens: count(completion['reasoning_tokens']),
    audioTokens: count(completion['audio_tokens']),
    acceptedPredictionTokens: count(completion['accepted_prediction_tokens']),
    rejectedPredictionTokens: count(completion['rejected_prediction_tokens']),
    imageTokens: count(completion['image_tokens']),
    billedTokens: count(completion['billed_tokens']),
  };
  const usage = create(UsageSchema, {
    promptTokens: count(json['prompt_tokens']),
    completionTokens: count(json['completion_tokens']),
    totalTokens: count(json['total_tokens']),
    cost: decodeCost(json),
    ...(isAnyKnown(promptDetails) && { promptTokensDetails: promptDetails }),
    ...(isAnyKnown(completionDetails) && { completionTokensDetails: completionDetails }),
  });
  includeWhatIsApart(usage);
  return usage;
}

/** xAI counts money in ticks: docs.x.ai/developers/cost-tracking. */
const ticksPerDollar = 10_000_000_000;

/**
 * The price in USD that the provider itself states: OpenRouter and Vercel's gateway as a number, Perplexity as the total beside its parts
 * (docs.perplexity.ai/api-reference/chat-completions-post), DeepInfra as an estimate (docs.deepinfra.com/chat/overview), xAI in ticks.
 */
function decodeCost(json: JsonObject): number | undefined {
  const ticks = number(json['cost_in_usd_ticks']);
  const stated = number(json['cost']) ?? number(object(json['cost'])['total_cost']) ?? number(json['estimated_cost']);
  return stated ?? (ticks === undefined ? undefined : ticks / ticksPerDollar);
}

/**
 * Makes prompt_tokens and completion_tokens include what their details name. xAI counts reasoning apart, Mistral's Voxtral the audio
 * of the prompt, which shows in their own total: prompt + completion + the detail. Where the total is prompt + completion, the
 * detail is inside already.
 */
function includeWhatIsApart(usage: Usage): void {
  const { promptTokens, completionTokens, totalTokens } = usage;
  if (promptTokens === undefined || completionTokens === undefined || totalTokens === undefined) return;
  const apart = totalTokens - promptTokens - completionTokens;
  if (apart <= 0) return;
  if (apart === usage.completionTokensDetails?.reasoningTokens) usage.completionTokens = completionTokens + apart;
  else if (apart === usage.promptTokensDetails?.audioTokens) usage.promptTokens = promptTokens + apart;
}

function isAnyKnown(details: Record<string, number | undefined>): boolean {
  return Object.values(details).some((value) => value !== undefined);
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
