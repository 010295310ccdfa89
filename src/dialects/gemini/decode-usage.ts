import { create } from '@bufbuild/protobuf';
import { type Usage, UsageSchema } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { count, objects } from '../read-values.ts';

/**
 * Decodes `usageMetadata` (ai.google.dev/api/generate-content#UsageMetadata). `undefined` when it counts nothing, as in the earlier
 * chunks of Vertex AI, which tell only the kind of traffic.
 *
 * Gemini counts thoughts beside the answer, and what its own tools put into the prompt beside the prompt; both are included here, as the
 * total includes them. Cached tokens are inside the prompt's already.
 */
export function decodeUsage(metadata: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(metadata)) return undefined;
  const prompt = count(metadata['promptTokenCount']);
  const total = count(metadata['totalTokenCount']);
  const candidates = count(metadata['candidatesTokenCount']);
  const thoughts = count(metadata['thoughtsTokenCount']);
  if (prompt === undefined && total === undefined && candidates === undefined) return undefined;
  // An answer that ends before its first token has no count for itself.
  const completionTokens = add(candidates, thoughts) ?? 0;
  const promptTokens = add(prompt, count(metadata['toolUsePromptTokenCount']));
  const cachedTokens = count(metadata['cachedContentTokenCount']);
  const heard = countModality(metadata, 'promptTokensDetails', 'AUDIO');
  const seen = countModality(metadata, 'promptTokensDetails', 'IMAGE');
  const spoken = countModality(metadata, 'candidatesTokensDetails', 'AUDIO');
  const drawn = countModality(metadata, 'candidatesTokensDetails', 'IMAGE');
  return create(UsageSchema, {
    promptTokens,
    completionTokens,
    totalTokens: total ?? add(promptTokens, completionTokens),
    ...((cachedTokens ?? heard ?? seen) !== undefined && {
      promptTokensDetails: { cachedTokens, audioTokens: heard, imageTokens: seen },
    }),
    ...((thoughts ?? spoken ?? drawn) !== undefined && {
      completionTokensDetails: { reasoningTokens: thoughts, audioTokens: spoken, imageTokens: drawn },
    }),
  });
}

function countModality(metadata: JsonObject, field: string, modality: string): number | undefined {
  return count(objects(metadata[field]).find((detail) => detail['modality'] === modality)?.['tokenCount']);
}

/** The sum of what is known. `undefined`: nothing is, or a 32-bit field does not hold it. */
function add(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined ? second : count(first + (second ?? 0));
}
