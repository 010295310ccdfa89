import type { AssistantMessage, ChatCompletion, Choice } from '../../../gen/signalbox/chat/v1/chat_completion_pb.ts';
import type { JsonObject } from '../../core/json.ts';
import {
  encodeAnnotation,
  encodeAudio,
  encodeImage,
  encodeLogprobs,
  encodeMetadata,
  encodeUsage,
  setKnown,
} from './encode-answer-parts.ts';
import { encodeToolCall } from './encode-message.ts';
import { encodeReasoningDetail } from './reasoning-details.ts';

/** Encodes a whole answer as OpenAI's `chat.completion`, with the gateway's `metadata`. */
export function encodeCompletion(completion: ChatCompletion): JsonObject {
  const json: JsonObject = {
    id: completion.id,
    object: 'chat.completion',
    created: Number(completion.created),
    model: completion.model,
    choices: completion.choices.map(encodeChoice),
  };
  if (completion.usage !== undefined) json['usage'] = encodeUsage(completion.usage);
  setKnown(json, 'service_tier', completion.serviceTier);
  setKnown(json, 'system_fingerprint', completion.systemFingerprint);
  if (completion.metadata !== undefined) json['metadata'] = encodeMetadata(completion.metadata);
  return json;
}

function encodeChoice(choice: Choice): JsonObject {
  const json: JsonObject = {
    index: choice.index,
    message: choice.message === undefined ? {} : encodeAssistantMessage(choice.message),
    logprobs: encodeLogprobs(choice.logprobs),
    finish_reason: choice.finishReason,
  };
  setKnown(json, 'native_finish_reason', choice.nativeFinishReason);
  return json;
}

function encodeAssistantMessage(message: AssistantMessage): JsonObject {
  const json: JsonObject = { role: message.role, content: message.content ?? null };
  // Clients of OpenAI's format expect the field, with null when there is no refusal.
  json['refusal'] = message.refusal ?? null;
  setKnown(json, 'reasoning_content', message.reasoningContent);
  if (message.reasoningDetails.length > 0) {
    json['reasoning_details'] = message.reasoningDetails.map(encodeReasoningDetail);
  }
  if (message.toolCalls.length > 0) json['tool_calls'] = message.toolCalls.map(encodeToolCall);
  if (message.annotations.length > 0) json['annotations'] = message.annotations.map(encodeAnnotation);
  if (message.images.length > 0) json['images'] = message.images.map(encodeImage);
  if (message.audio !== undefined) json['audio'] = encodeAudio(message.audio);
  return json;
}
