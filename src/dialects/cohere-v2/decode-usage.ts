import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { count, objectOf } from '../read-values.ts';

/**
 * Decodes the usage of an answer: docs.cohere.com/reference/chat. `undefined` when it counts nothing.
 *
 * `tokens` is what the model read and wrote, with Cohere's own instructions, what came from the cache, and reasoning; `billed_units` is
 * less, and stands in for it only where it is missing.
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const tokens = objectOf(value['tokens']);
  const billed = objectOf(value['billed_units']);
  const promptTokens = count(tokens['input_tokens']) ?? count(billed['input_tokens']);
  const completionTokens = count(tokens['output_tokens']) ?? count(billed['output_tokens']);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  const cachedTokens = count(value['cached_tokens']);
  const reasoningTokens = count(tokens['reasoning_tokens']);
  return create(UsageSchema, {
    promptTokens,
    completionTokens,
    totalTokens:
      promptTokens === undefined || completionTokens === undefined ? undefined : count(promptTokens + completionTokens),
    ...(cachedTokens !== undefined && { promptTokensDetails: { cachedTokens } }),
    ...(reasoningTokens !== undefined && { completionTokensDetails: { reasoningTokens } }),
  });
}
