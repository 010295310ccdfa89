import type { ContentPart, Message, ToolCall } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { unpackToolCallId } from '../tool-call-memo.ts';
import { restoreGoogleSignature } from './call-signature.ts';
import { addEarlierReasoning } from './encode-earlier-reasoning.ts';
import type { OpenAiChatQuirks } from './quirks.ts';
import { encodeReasoningDetail } from './reasoning-details.ts';

/** Encodes one message of a request. */
export function encodeMessage(message: Message, quirks: OpenAiChatQuirks): JsonObject {
  const json: JsonObject = { role: message.role, content: encodeContent(message, quirks) };
  if (message.name !== undefined) json['name'] = message.name;
  if (message.toolCalls.length > 0)
    json['tool_calls'] = message.toolCalls.map((call) => encodeEarlierCall(call, message, quirks));
  if (message.toolCallId !== undefined) json['tool_call_id'] = unpackToolCallId(message.toolCallId).id;
  if (message.refusal !== undefined) json['refusal'] = message.refusal;
  addEarlierReasoning(json, message, quirks);
  if (message.reasoningDetails.length > 0 && quirks.sendsReasoningDetails === true) {
    json['reasoning_details'] = message.reasoningDetails.map(encodeReasoningDetail);
  }
  return json;
}

/** Encodes a call of an earlier answer. What another provider put into its id is not for this one. */
function encodeEarlierCall(call: ToolCall, message: Message, quirks: OpenAiChatQuirks): JsonObject {
  const json: JsonObject = { ...encodeToolCall(call), id: unpackToolCallId(call.id).id };
  if (quirks.sendsGoogleSignatures === true) restoreGoogleSignature(json, message, call.id);
  return json;
}

/** Encodes a whole tool call, of a request or of an answer. */
export function encodeToolCall(call: ToolCall): JsonObject {
  if (call.custom !== undefined) {
    return { id: call.id, type: call.type || 'custom', custom: { name: call.custom.name, input: call.custom.input } };
  }
  return {
    id: call.id,
    type: call.type || 'function',
    function: { name: call.function?.name ?? '', arguments: call.function?.arguments ?? '' },
  };
}

function encodeContent(message: Message, quirks: OpenAiChatQuirks): JsonValue {
  if (message.contentParts.length > 0) return message.contentParts.map((part) => encodePart(part, quirks));
  return message.content ?? null;
}

function encodePart(part: ContentPart, quirks: OpenAiChatQuirks): JsonObject {
  const json = encodePartBody(part);
  if (part.cacheControl !== undefined && quirks.sendsCacheControl) {
    const { type, ttl } = part.cacheControl;
    json['cache_control'] = ttl === undefined ? { type } : { type, ttl };
  }
  return json;
}

function encodePartBody({ part, type }: ContentPart): JsonObject {
  switch (part.case) {
    case 'text':
      return { type: 'text', text: part.value };
    case 'imageUrl': {
      const { url, detail } = part.value;
      return { type: 'image_url', image_url: detail === undefined ? { url } : { url, detail } };
    }
    case 'inputAudio':
      return { type: 'input_audio', input_audio: { data: part.value.data, format: part.value.format } };
    case 'file': {
      const file: JsonObject = {};
      if (part.value.filename !== undefined) file['filename'] = part.value.filename;
      if (part.value.fileData !== undefined) file['file_data'] = part.value.fileData;
      if (part.value.fileId !== undefined) file['file_id'] = part.value.fileId;
      return { type: 'file', file };
    }
    case 'refusal':
      return { type: 'refusal', refusal: part.value };
    case 'other':
      return { ...part.value };
    case undefined:
      // Validation requires a part, so only a message that skipped it gets here; the type alone lets the provider say what it lacks.
      return { type };
  }
}
