import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { count, objectOf } from '../read-values.ts';

/**
 * Decodes the usage of an answer: docs.cohere.com/reference/chat. `undefined` when it counts nothing.
 *
 * `tokens` is what the model read and wrote, with Cohere's own instructions, what came from the cache, and reasoning; `billed_units`, what
 * is charged for, is less, and stands in for it where it is missing.
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const tokens = objectOf(value['tokens']);
  const billed = objectOf(value['billed_units']);
  const promptTokens = count(tokens['input_tokens']) ?? count(billed['input_tokens']);
  const completionTokens = count(tokens['output_tokens']) ?? count(billed['output_tokens']);
  if (promptTokens === undefined && completionTokens === undefined) return undefined;
  const promptDetails = {
    cachedTokens: count(value['cached_tokens']),
    billedTokens: unless(promptTokens, count(billed['input_tokens'])),
  };
  const completionDetails = {
    reasoningTokens: count(tokens['reasoning_tokens']),
    billedTokens: unless(completionTokens, count(billed['output_tokens'])),
  };
  return create(UsageSchema, {
    promptTokens,
    completionTokens,
    totalTokens:
      promptTokens === undefined || completionTokens === undefined ? undefined : count(promptTokens + completionTokens),
    ...(isAnyKnown(promptDetails) && { promptTokensDetails: promptDetails }),
    ...(isAnyKnown(completionDetails) && { completionTokensDetails: completionDetails }),
  });
}

/** What is charged for, if it is not simply all. */
function unless(all: number | undefined, billed: number | undefined): number | undefined {
  return billed === all ? undefined : billed;
}

function isAnyKnown(details: Record<string, number | undefined>): boolean {
  return Object.values(details).some((value) => value !== undefined);
}
