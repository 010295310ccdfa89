import type { ToolCallDelta } from '../../../gen/signalbox/chat/v1/chat_completion_slice_pb.ts';
import type { Message, ReasoningDetail } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { createSignatureDetail, findCallSignature, packSignature } from '../google-signature.ts';
import { text } from './reply-fields.ts';

/**
 * Gemini signs its tool calls, and Gemini 3 refuses them when they come back without. Google's endpoint for OpenAI's clients has the
 * signature in `extra_content.google.thought_signature`: ai.google.dev/gemini-api/docs/thought-signatures#openai.
 */

/**
 * Keeps the signature of a call, in its id and as a detail.
 *
 * @param call - as it was decoded; its id is changed in place.
 * @param json - as it came.
 * @returns the details: none without a signature, nor for a piece that goes on with a call.
 */
export function keepGoogleSignature(call: ToolCallDelta, json: JsonObject): ReasoningDetail[] {
  const extra = json['extra_content'];
  const google = isJsonObject(extra) ? extra['google'] : undefined;
  const signature = isJsonObject(google) ? text(google['thought_signature'])?.toWellFormed() : undefined;
  if (signature === undefined || !call.id) return [];
  const detail = createSignatureDetail(call.index, signature, call.id);
  call.id = packSignature(call.id, signature);
  return [detail];
}

/**
 * Gives a call of an earlier answer its signature back.
 *
 * @param json - the encoded call; changed in place.
 * @param packedId - its id as the client sent it.
 */
export function restoreGoogleSignature(json: JsonObject, message: Message, packedId: string): void {
  const signature = findCallSignature(message, packedId);
  if (signature !== undefined) json['extra_content'] = { google: { thought_signature: signature } };
}
