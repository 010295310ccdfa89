import { clone, create } from '@bufbuild/protobuf';
import { type Message, type ReasoningDetail, ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';
import type { JsonValue } from '../core/json.ts';
import { packToolCallId, unpackToolCallId } from './tool-call-memo.ts';

/**
 * Signed reasoning on its way to the client and back. Models that sign it want it back unchanged with the results of the tools that the
 * answer called (platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows).
 *
 * It rides in `reasoning_details`, and for clients that drop fields they do not know in the id of the tool call that follows it.
 */

/**
 * Whose terms Claude's reasoning is in: the name that OpenRouter gave it. Its signatures hold on every platform, so that another provider
 * of Claude can go on with it.
 */
export const claudeFormat = 'anthropic-claude-v1';

/** A block of encrypted reasoning. */
export interface EncryptedBlock {
  readonly data: string;
  /** Whose terms the data is in. */
  readonly format: string;
}

/** A block of reasoning that can be sent back: readable and signed, or encrypted. */
export type SignedBlock = { readonly text: string; readonly signature: string } | EncryptedBlock;

/**
 * The longest memo of a tool call, in bytes of UTF-8; base64url makes a third more of it. Reasoning that is longer rides in
 * `reasoning_details` alone.
 */
export const maxMemoBytes = 8192;

/** How many blocks before a call are kept for its memo. A memo has room for no more of real ones. */
const maxKeptBlocks = 64;

/** A piece of readable reasoning in the client's terms. */
export function createTextDetail(
  format: string,
  index: number,
  fields: { text?: string; signature?: string },
): ReasoningDetail {
  return create(ReasoningDetailSchema, { type: 'reasoning.text', format, index, ...fields });
}

/** A block of encrypted reasoning in the client's terms. */
export function createEncryptedDetail(index: number, { data, format }: EncryptedBlock): ReasoningDetail {
  return create(ReasoningDetailSchema, { type: 'reasoning.encrypted', format, index, data });
}

/** Puts the reasoning of one answer into the ids of its tool calls. */
export class ReasoningMemo {
  readonly #format: string;
  /** Since the last call. `undefined`: more than a memo holds, or without a signature. */
  #blocks: SignedBlock[] | undefined = [];

  /** @param format - whose terms the reasoning is in. */
  constructor(format: string) {
    this.#format = format;
  }

  /** Takes a block. `undefined`: one that cannot be sent back, and without which the others are worth nothing. */
  add(block: SignedBlock | undefined): void {
    if (block === undefined || this.#blocks === undefined || this.#blocks.length >= maxKeptBlocks) {
      this.#blocks = undefined;
    } else {
      this.#blocks.push(block);
    }
  }

  /** The id of a call, with the reasoning before it. */
  pack(id: string): string {
    const memo = encodeMemo(this.#format, this.#blocks ?? []);
    this.#blocks = [];
    return memo === undefined ? id : packToolCallId(id, memo);
  }
}

/** Writes blocks as a memo. `undefined`: there is none, or they are too long. What is not in the format's terms stays empty. */
function encodeMemo(format: string, blocks: readonly SignedBlock[]): string | undefined {
  if (blocks.length === 0) return undefined;
  const pieces = blocks.map((block) =>
    'signature' in block ? [block.text, block.signature] : [block.format === format ? block.data : ''],
  );
  const memo = `${format}${JSON.stringify(pieces)}`;
  return Buffer.byteLength(memo) <= maxMemoBytes ? memo : undefined;
}

/** Reads what {@link encodeMemo} wrote. Nothing when the memo is another one's, or was changed. */
function decodeMemo(format: string, memo: string): SignedBlock[] {
  if (!memo.startsWith(format)) return [];
  let pieces: JsonValue;
  try {
    pieces = JSON.parse(memo.slice(format.length));
  } catch {
    return [];
  }
  if (!Array.isArray(pieces)) return [];
  return pieces.flatMap((piece): SignedBlock[] => {
    if (!Array.isArray(piece)) return [];
    const [first, signature] = piece;
    if (typeof first !== 'string') return [];
    if (typeof signature === 'string') return [{ text: first, signature }];
    return signature === undefined && first !== '' ? [{ data: first, format }] : [];
  });
}

/** What reasoning a model takes back. */
export interface RestoreOptions {
  /** The model's own terms. */
  readonly format: string;
  /** In whose terms it takes encrypted reasoning too. Default none. */
  readonly encryptedFormats?: readonly string[];
  /**
   * Whether the text may have been hidden from the client, so that a signature stands for itself: Claude reads its thinking from there
   * (platform.claude.com/docs/en/build-with-claude/extended-thinking#controlling-thinking-display). Else one that stands alone lost its
   * text, and would be refused. Default false.
   */
  readonly hidesText?: boolean;
}

/** The reasoning of an earlier answer that a model can go on with, from wherever the client kept it. */
export function restoreSignedBlocks(
  message: Message,
  { format, encryptedFormats = [], hidesText = false }: RestoreOptions,
): SignedBlock[] {
  const details = joinDetails(message.reasoningDetails);
  const known = [format, ...encryptedFormats];
  const fromDetails = details.flatMap((detail) => restoreBlock(detail, format, known));
  const isCut = message.toolCalls.length > 0 && details.some(lacksText);
  if (!isCut && fromDetails.length > 0) return fromDetails;
  const fromMemos = message.toolCalls.flatMap(({ id }) => decodeMemo(format, unpackToolCallId(id).memo ?? ''));
  return fromMemos.length === 0 && hidesText ? fromDetails : fromMemos;
}

/**
 * A client that keeps of a stream only the last piece of each detail has a signature without the text that it signs. So has one that was
 * shown no text; where that matters, before calls, the memo knows which it is.
 */
function lacksText({ type, text, signature }: ReasoningDetail): boolean {
  return type === 'reasoning.text' && Boolean(signature) && !text;
}

/** Joins pieces of text of one index, which a client that collected a stream may have left apart. A signature is the end of its block. */
function joinDetails(details: readonly ReasoningDetail[]): ReasoningDetail[] {
  const joined: ReasoningDetail[] = [];
  for (const detail of details) {
    const last = joined.at(-1);
    if (last === undefined || !isNextPiece(last, detail)) {
      joined.push(clone(ReasoningDetailSchema, detail));
      continue;
    }
    last.text = (last.text ?? '') + (detail.text ?? '');
    if (detail.signature !== undefined) last.signature = detail.signature;
    if (detail.format !== undefined) last.format = detail.format;
  }
  return joined;
}

function isNextPiece(last: ReasoningDetail, { index, type, format }: ReasoningDetail): boolean {
  return (
    index !== undefined &&
    index === last.index &&
    type === last.type &&
    type !== 'reasoning.encrypted' &&
    !last.signature &&
    (format === undefined || last.format === undefined || format === last.format)
  );
}

/**
 * A detail of another provider means nothing to this one, and one without a signature would be refused. Where no format is named, it is
 * Claude's: clients of Anthropic's own API know of none.
 */
function restoreBlock(detail: ReasoningDetail, wanted: string, encrypted: readonly string[]): SignedBlock[] {
  const { type, text, signature, data, format } = detail;
  if (type === 'reasoning.text' && signature && (format ?? claudeFormat) === wanted) {
    return [{ text: text ?? '', signature }];
  }
  const isTaken = type === 'reasoning.encrypted' && format !== undefined && encrypted.includes(format);
  return isTaken && data ? [{ data, format }] : [];
}
