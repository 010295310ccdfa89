import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { claudeFormat, type EncryptedBlock, restoreSignedBlocks, type SignedBlock } from '../signed-reasoning.ts';

/**
 * Reasoning as Converse has it: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html. Encrypted data of
 * Claude's is base64 of what Anthropic's own API gives, and is told in Anthropic's terms.
 */

/** Whose terms a model's reasoning is in. */
export type ReasoningFormat = typeof claudeFormat | typeof bedrockFormat;

/** Other models' than Claude: data is as Bedrock gives it. */
export const bedrockFormat = 'amazon-bedrock-v1';

/** An encrypted block. What of Claude's cannot be put in Anthropic's terms stays in Bedrock's. */
export function decodeEncrypted(format: ReasoningFormat, redacted: string): EncryptedBlock {
  const data = format === claudeFormat ? toAnthropicData(redacted) : undefined;
  return data === undefined ? { data: redacted, format: bedrockFormat } : { data, format: claudeFormat };
}

/** `undefined`: what comes is no base64 of a text. */
function toAnthropicData(redacted: string): string | undefined {
  const text = Buffer.from(redacted, 'base64').toString('utf8');
  return fromAnthropicData(text) === redacted ? text : undefined;
}

function fromAnthropicData(data: string): string {
  return Buffer.from(data, 'utf8').toString('base64');
}

/**
 * The reasoning of an earlier answer that this model can go on with, from wherever the client kept it.
 *
 * @param format - the terms of the model that gets it.
 */
export function restoreReasoning(message: Message, format: ReasoningFormat): SignedBlock[] {
  // Claude's own in Bedrock's terms is what could not be put in Anthropic's.
  return restoreSignedBlocks(message, format, [bedrockFormat]);
}

/** A block as Converse takes it. */
export function encodeReasoningBlock(block: SignedBlock): JsonObject {
  if ('signature' in block) return { reasoningContent: { reasoningText: { ...block } } };
  const redactedContent = block.format === claudeFormat ? fromAnthropicData(block.data) : block.data;
  return { reasoningContent: { redactedContent } };
}

/** Whether a block of a request is reasoning. */
export function isReasoning(block: JsonObject): boolean {
  return isJsonObject(block['reasoningContent']);
}
