import { create } from '@bufbuild/protobuf';
import {
  type Message,
  type ReasoningDetail,
  ReasoningDetailSchema,
} from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { parseObject } from '../read-values.ts';
import { maxMemoBytes } from '../signed-reasoning.ts';
import { packToolCallId, unpackToolCallId } from '../tool-call-memo.ts';

/**
 * Gemini signs the parts of an answer with its thoughts, and wants the signatures back in the next request:
 * ai.google.dev/gemini-api/docs/thought-signatures. They travel in `reasoning_details`, and those of tool calls in the call's id as well.
 */

const format = 'google-gemini-v1';
const encrypted = 'reasoning.encrypted';

/** Stands before the signature in the memo of a tool call, which may be another provider's. */
const memoPrefix = 'gemini:';

/**
 * The signature for a call that Gemini did not make, or whose signature was lost. Gemini 3 refuses a call without any; this one is
 * documented to pass: ai.google.dev/gemini-api/docs/thought-signatures#faqs.
 */
export const foreignSignature = 'skip_thought_signature_validator';

/** Puts the signature of a tool call into its id. One that is longer than a memo may be travels in `reasoning_details` alone. */
export function packSignature(id: string, signature: string): string {
  const memo = memoPrefix + signature;
  return Buffer.byteLength(memo) <= maxMemoBytes ? packToolCallId(id, memo) : id;
}

/** A piece of `reasoning_details` with a signature. */
export function createSignatureDetail(index: number, signature: string, callId?: string): ReasoningDetail {
  return create(ReasoningDetailSchema, { type: encrypted, format, index, data: signature, id: callId });
}

/** A piece of `reasoning_details` with a whole part that only Gemini reads: a call of a tool of its own, or the result. */
export function createPartDetail(index: number, part: JsonObject): ReasoningDetail {
  // Signatures are base64 and begin with no brace.
  return create(ReasoningDetailSchema, { type: encrypted, format, index, data: JSON.stringify(part) });
}

/** The signature of one call of an earlier answer. `undefined`: it has none of Gemini's. */
export function findCallSignature(message: Message, packedId: string): string | undefined {
  const { id, memo } = unpackToolCallId(packedId);
  const detail = message.reasoningDetails.find((one) => isOurs(one) && one.id !== undefined && plainId(one.id) === id);
  if (detail?.data) return detail.data;
  return memo?.startsWith(memoPrefix) ? memo.slice(memoPrefix.length) || undefined : undefined;
}

/** The parts of an earlier answer that are not its text or its calls: Gemini's own tools at work, and signatures of text. */
export interface SignedParts {
  readonly tools: JsonObject[];
  readonly signatures: JsonObject[];
}

/** Reads the signed parts of an earlier answer. */
export function readSignedParts(message: Message): SignedParts {
  const signed: SignedParts = { tools: [], signatures: [] };
  for (const detail of message.reasoningDetails) {
    if (!isOurs(detail) || detail.id || !detail.data) continue;
    const tool = detail.data.startsWith('{') ? parseToolPart(detail.data) : undefined;
    if (tool !== undefined) signed.tools.push(tool);
    // As Gemini itself sends a signature at the end of a streamed text.
    else if (!detail.data.startsWith('{')) signed.signatures.push({ text: '', thoughtSignature: detail.data });
  }
  return signed;
}

/** The client can have changed it: only what belongs to such a part is taken. */
function parseToolPart(data: string): JsonObject | undefined {
  const json = parseObject(data);
  if (json === undefined) return undefined;
  const { toolCall, toolResponse, thoughtSignature } = json;
  const part: JsonObject = {};
  if (isJsonObject(toolCall)) part['toolCall'] = toolCall;
  else if (isJsonObject(toolResponse)) part['toolResponse'] = toolResponse;
  else return undefined;
  if (typeof thoughtSignature === 'string') part['thoughtSignature'] = thoughtSignature;
  return part;
}

function isOurs({ type, format: whose }: ReasoningDetail): boolean {
  return type === encrypted && whose === format;
}

function plainId(packed: string): string {
  return unpackToolCallId(packed).id;
}
