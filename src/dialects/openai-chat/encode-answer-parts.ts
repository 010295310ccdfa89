import type { Annotation, Image, OutputAudio } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { Attempt, CompletionMetadata } from '../../../gen/signalbox/chat/v1/completion_metadata_pb.ts';
import type { Logprobs, TokenLogprob, TopLogprob } from '../../../gen/signalbox/chat/v1/logprobs_pb.ts';
import type { Usage } from '../../../gen/signalbox/chat/v1/usage_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';

/** Encodes the parts that a whole answer and a chunk have in common. What is not known is left out, never zero. */

/** Sets a field that is known. */
export function setKnown(json: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value !== undefined) json[key] = value;
}

/** Encodes `usage`. */
export function encodeUsage(usage: Usage): JsonObject {
  const json: JsonObject = {};
  setKnown(json, 'prompt_tokens', usage.promptTokens);
  setKnown(json, 'completion_tokens', usage.completionTokens);
  setKnown(json, 'total_tokens', usage.totalTokens);
  if (usage.promptTokensDetails !== undefined) {
    const details: JsonObject = {};
    setKnown(details, 'cached_tokens', usage.promptTokensDetails.cachedTokens);
    setKnown(details, 'cache_write_tokens', usage.promptTokensDetails.cacheWriteTokens);
    setKnown(details, 'audio_tokens', usage.promptTokensDetails.audioTokens);
    setKnown(details, 'cache_write_1h_tokens', usage.promptTokensDetails.cacheWrite1hTokens);
    setKnown(details, 'image_tokens', usage.promptTokensDetails.imageTokens);
    setKnown(details, 'billed_tokens', usage.promptTokensDetails.billedTokens);
    json['prompt_tokens_details'] = details;
  }
  if (usage.completionTokensDetails !== undefined) {
    const details: JsonObject = {};
    setKnown(details, 'reasoning_tokens', usage.completionTokensDetails.reasoningTokens);
    setKnown(details, 'audio_tokens', usage.completionTokensDetails.audioTokens);
    setKnown(details, 'accepted_prediction_tokens', usage.completionTokensDetails.acceptedPredictionTokens);
    setKnown(details, 'rejected_prediction_tokens', usage.completionTokensDetails.rejectedPredictionTokens);
    setKnown(details, 'image_tokens', usage.completionTokensDetails.imageTokens);
    setKnown(details, 'billed_tokens', usage.completionTokensDetails.billedTokens);
    json['completion_tokens_details'] = details;
  }
  setKnown(json, 'cost', usage.cost);
  return json;
}

/** Encodes `metadata`. */
export function encodeMetadata(metadata: CompletionMetadata): JsonObject {
  const json: JsonObject = {
    attempts: metadata.attempts.map(encodeAttempt),
    generation_id: metadata.generationId,
    reasoning: metadata.reasoning,
    total_duration_ms: metadata.totalDurationMs,
  };
  setKnown(json, 'router', metadata.router);
  setKnown(json, 'route_id', metadata.routeId);
  setKnown(json, 'variant_id', metadata.variantId);
  if (metadata.warnings.length > 0) json['warnings'] = metadata.warnings;
  return json;
}

/** Encodes one element of `metadata.attempts`. */
export function encodeAttempt(attempt: Attempt): JsonObject {
  const json: JsonObject = { model: attempt.model, success: attempt.success };
  setKnown(json, 'time_to_first_token_ms', attempt.timeToFirstTokenMs);
  setKnown(json, 'error_message', attempt.errorMessage);
  setKnown(json, 'error_code', attempt.errorCode);
  if (attempt.warnings.length > 0) json['warnings'] = attempt.warnings;
  return json;
}

/** Encodes one url citation. */
export function encodeAnnotation({ type, urlCitation }: Annotation): JsonObject {
  const citation: JsonObject = { url: urlCitation?.url ?? '', title: urlCitation?.title ?? '' };
  setKnown(citation, 'content', urlCitation?.content);
  setKnown(citation, 'start_index', urlCitation?.startIndex);
  setKnown(citation, 'end_index', urlCitation?.endIndex);
  return { type, url_citation: citation };
}

/** Encodes one generated image. */
export function encodeImage({ type, imageUrl }: Image): JsonObject {
  return { type, image_url: { url: imageUrl?.url ?? '' } };
}

/** Encodes generated audio, whole or a piece. */
export function encodeAudio(audio: OutputAudio): JsonObject {
  const json: JsonObject = {};
  setKnown(json, 'id', audio.id);
  setKnown(json, 'data', audio.data);
  setKnown(json, 'transcript', audio.transcript);
  setKnown(json, 'expires_at', audio.expiresAt === undefined ? undefined : Number(audio.expiresAt));
  return json;
}

/** Encodes log probabilities. `null` says that there are none, as OpenAI does. */
export function encodeLogprobs(logprobs: Logprobs | undefined): JsonValue {
  if (logprobs === undefined) return null;
  const { content, refusal } = logprobs;
  return {
    content: content.length > 0 ? content.map(encodeTokenLogprob) : null,
    refusal: refusal.length > 0 ? refusal.map(encodeTokenLogprob) : null,
  };
}

function encodeTokenLogprob(token: TokenLogprob): JsonObject {
  return { ...encodeTopLogprob(token), top_logprobs: token.topLogprobs.map(encodeTopLogprob) };
}

function encodeTopLogprob(token: TokenLogprob | TopLogprob): JsonObject {
  return { token: token.token, logprob: token.logprob, bytes: token.bytes === undefined ? null : [...token.bytes] };
}
