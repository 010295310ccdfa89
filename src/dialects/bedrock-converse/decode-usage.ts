import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { count, objects } from '../read-values.ts';

/**
 * Decodes the usage of an answer: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html. What was read from the cache
 * and written to it is counted apart from `inputTokens`; the prompt is all three. Servers say the cache's counts under two names.
 *
 * @param reasoningTokens - what {@link decodeReasoningTokens} gave.
 * @returns `undefined`: it counts nothing.
 */
export function decodeUsage(value: JsonValue | undefined, reasoningTokens: number | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const [input, output] = [count(value['inputTokens']), count(value['outputTokens'])];
  if (input === undefined && output === undefined) return undefined;
  const read = count(value['cacheReadInputTokens']) ?? count(value['cacheReadInputTokenCount']);
  const written = count(value['cacheWriteInputTokens']) ?? count(value['cacheWriteInputTokenCount']);
  const written1h = objects(value['cacheDetails']).find(({ ttl }) => ttl === '1h')?.['inputTokens'];
  const prompt = input === undefined ? undefined : bound(input + (read ?? 0) + (written ?? 0));
  const isCacheKnown = read !== undefined || written !== undefined;
  return create(UsageSchema, {
    promptTokens: prompt,
    completionTokens: output,
    totalTokens: prompt === undefined || output === undefined ? undefined : bound(prompt + output),
    ...(isCacheKnown && {
      promptTokensDetails: { cachedTokens: read, cacheWriteTokens: written, cacheWrite1hTokens: count(written1h) },
    }),
    ...(reasoningTokens !== undefined && { completionTokensDetails: { reasoningTokens } }),
  });
}

/**
 * Decodes how many tokens went into reasoning: of Claude, where its own usage was asked for in `additionalModelResponseFieldPaths`.
 * Converse does not count them.
 */
export function decodeReasoningTokens(additionalFields: JsonValue | undefined): number | undefined {
  const usage = isJsonObject(additionalFields) ? additionalFields['usage'] : undefined;
  const details = isJsonObject(usage) ? usage['output_tokens_details'] : undefined;
  return isJsonObject(details) ? count(details['thinking_tokens']) : undefined;
}

/** Counts that are added up must still be of 32 bits. */
function bound(tokens: number): number {
  return Math.min(tokens, 2 ** 31 - 1);
}
