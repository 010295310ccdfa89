import { createHash } from 'node:crypto';
import type { Message } from '../../../gen/signalbox/chat/v1/message_pb.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { claudeFormat, type EncryptedBlock, restoreSignedBlocks, type SignedBlock } from '../signed-reasoning.ts';

/**
 * Reasoning as Converse has it: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ReasoningContentBlock.html. Encrypted data of
 * Claude's is base64 of what Anthropic's own API gives, and is told in Anthropic's terms.
 */

/** Whose terms a model's reasoning is in. */
export type ReasoningFormat = typeof claudeFormat | `amazon-bedrock-v1/${string}`;

/** What of Claude's cannot be put in Anthropic's terms. */
const claudeBlobFormat = 'amazon-bedrock-v1/claude';

/** The maker in a model's id, with what stands before it: a region's group, and an ARN's resource. */
const makerPattern = /^(?:[a-z-]+\.)?([a-z][a-z0-9]*)\.[a-z0-9]/;

/**
 * The terms of a model other than Claude: data is as Bedrock gives it, and means nothing to models of another maker. Where the id does not
 * tell the maker, its model is one of its own; a hash stands for it, since the id is the operator's.
 */
export function bedrockFormatOf(model: string): ReasoningFormat {
  const name = model.toLowerCase().split('/').at(-1) ?? '';
  const maker = makerPattern.exec(name)?.[1];
  const family = maker === 'amazon' ? 'nova' : maker;
  return `amazon-bedrock-v1/${family ?? createHash('sha256').update(model).digest('hex').slice(0, 12)}`;
}

/** An encrypted block. What of Claude's cannot be put in Anthropic's terms stays as Bedrock gives it. */
export function decodeEncrypted(format: ReasoningFormat, redacted: string): EncryptedBlock {
  const data = format === claudeFormat ? toAnthropicData(redacted) : undefined;
  if (data !== undefined) return { data, format: claudeFormat };
  return { data: redacted, format: format === claudeFormat ? claudeBlobFormat : format };
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
 * @param hidesText - whether its text may have been hidden from the client. Default false.
 */
export function restoreReasoning(message: Message, format: ReasoningFormat, hidesText = false): SignedBlock[] {
  return restoreSignedBlocks(message, {
    format,
    hidesText,
    encryptedFormats: format === claudeFormat ? [claudeBlobFormat] : [],
  });
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
