import { create } from '@bufbuild/protobuf';
import { type Message, type ReasoningDetail, ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import { maxMemoBytes } from './signed-reasoning.ts';
import { packToolCallId, unpackToolCallId } from './tool-call-memo.ts';

/**
 * Gemini signs its tool calls with its thoughts, and wants the signatures back in the next request, whichever of Google's formats it is
 * spoken to in: ai.google.dev/gemini-api/docs/thought-signatures. They travel in `reasoning_details` and in the call's id.
 */

/** Whose terms the details are in. */
const format = 'google-gemini-v1';
const encrypted = 'reasoning.encrypted';

/** Stands before the signature in the memo of a tool call, which may be another provider's. */
const memoPrefix = 'gemini:';

/** Puts the signature of a tool call into its id. One that is longer than a memo may be travels in `reasoning_details` alone. */
export function packSignature(id: string, signature: string): string {
  const memo = memoPrefix + signature;
  return Buffer.byteLength(memo) <= maxMemoBytes ? packToolCallId(id, memo) : id;
}

/** A piece of `reasoning_details` with the signature of a call. */
export function createSignatureDetail(index: number, signature: string, callId: string): ReasoningDetail {
  return create(ReasoningDetailSchema, { type: encrypted, format, index, data: signature, id: callId });
}

/** The signature of one call of an earlier answer. `undefined`: it has none of Gemini's. */
export function findCallSignature(message: Message, packedId: string): string | undefined {
  const { id, memo } = unpackToolCallId(packedId);
  const detail = message.reasoningDetails.find(
    (one) =>
      one.type === encrypted && one.format === format && one.id !== undefined && unpackToolCallId(one.id).id === id,
  );
  if (detail?.data) return detail.data;
  return memo?.startsWith(memoPrefix) ? memo.slice(memoPrefix.length) || undefined : undefined;
}
