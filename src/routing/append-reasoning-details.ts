import { clone } from '@bufbuild/protobuf';
import { type ReasoningDetail, ReasoningDetailSchema } from '../../gen/signalbox/chat/v1/message_pb.ts';

/** How many pieces back another one may belong to: providers finish a piece before the next, or go on with a few at a time. */
const maxOpenPieces = 16;

/**
 * Appends pieces of reasoning to those that came before. Pieces of one index and type are one: their texts are joined, and of the rest the
 * last value counts. What was signed is whole, and so is what only the provider can read: nothing is joined to it.
 *
 * @param collected - changed in place. The pieces themselves are not.
 */
export function appendReasoningDetails(collected: ReasoningDetail[], pieces: readonly ReasoningDetail[]): void {
  for (const piece of pieces) {
    const known = collected.slice(-maxOpenPieces).findLast((other) => belongsTo(piece, other));
    if (known === undefined) collected.push(clone(ReasoningDetailSchema, piece));
    else join(known, piece);
  }
}

function belongsTo(piece: ReasoningDetail, known: ReasoningDetail): boolean {
  if (piece.index === undefined || piece.index !== known.index || piece.type !== known.type) return false;
  const isText = piece.text !== undefined || piece.summary !== undefined;
  return !(isText && known.signature !== undefined) && !(piece.data !== undefined && known.data !== undefined);
}

function join(known: ReasoningDetail, piece: ReasoningDetail): void {
  if (piece.text !== undefined) known.text = (known.text ?? '') + piece.text;
  if (piece.summary !== undefined) known.summary = (known.summary ?? '') + piece.summary;
  if (piece.data !== undefined) known.data = piece.data;
  if (piece.signature !== undefined) known.signature = piece.signature;
  if (piece.id !== undefined) known.id = piece.id;
  if (piece.format !== undefined) known.format = piece.format;
}
